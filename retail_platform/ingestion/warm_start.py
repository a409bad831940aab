"""What a warm code server imports once, for the runs forked from it to begin with: this code location, built.

See `retail-platform code-server`. Nothing here may start a thread.
"""

from __future__ import annotations

from retail_platform.ingestion.definitions import defs

defs.get_repository_def()
