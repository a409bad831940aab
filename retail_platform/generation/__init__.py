"""A simulated retailer: every trading day is a pure function of (settings, seed, day)."""

from retail_platform.generation.day import generate_day, generate_day_chunks
from retail_platform.generation.settings import GenerationSettings

__all__ = ["GenerationSettings", "generate_day", "generate_day_chunks"]
