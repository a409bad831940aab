"""The landing zone: what is sent to the warehouse, byte for byte, kept so that it can be sent again."""

from retail_platform.landing.manifest import DayManifest, LandedFile, LandedUnit
from retail_platform.landing.store import LandingZone, LandingZoneError, without_secrets

__all__ = ["DayManifest", "LandedFile", "LandedUnit", "LandingZone", "LandingZoneError", "without_secrets"]
