"""A simulated retailer: every trading day is a pure function of (settings, seed, day)."""

from retail_platform.generation.day import generate_day, generate_day_chunks
from retail_platform.generation.days import days_together, generate_days
from retail_platform.generation.settings import GenerationSettings

__all__ = ["GenerationSettings", "days_together", "generate_day", "generate_day_chunks", "generate_days"]
