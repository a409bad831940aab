"""What a warm code server imports once, for forked runs to begin with: this code location and the parsed dbt project.

See `retail-platform code-server`. Nothing here may start a thread.
"""

from __future__ import annotations

from retail_platform.transformation.dbt_parse import parse_project
from retail_platform.transformation.definitions import defs
from retail_platform.transformation.models import PROJECT

defs.get_repository_def()
parse_project(PROJECT)
