"""The dbt project, parsed once and run in this process, as a warm code server does."""

from __future__ import annotations

import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from unittest.mock import patch

from dbt.adapters.starrocks.connections import StarRocksConnectionManager
from dbt.cli.main import dbtRunner

from retail_platform.settings import retail_settings


@dataclass(frozen=True, order=True)
class Cost:
    """Seconds by the clock and of the processor, of statements."""

    clock: float = 0.0
    processor: float = 0.0

    def __add__(self, other: Cost) -> Cost:
        return Cost(self.clock + other.clock, self.processor + other.processor)


class WarmDbt:
    """Builds and tests the project one node after another; only the statements sent to the warehouse are counted."""

    def __init__(self, scratch: Path) -> None:
        directory = str(retail_settings().dbt_dir)
        self.paths = ["--project-dir", directory, "--profiles-dir", directory]
        self.paths += ["--target-path", str(scratch / "target"), "--log-path", str(scratch / "logs")]
        parsed = dbtRunner().invoke(["--quiet", "parse", *self.paths])
        if not parsed.success:
            raise RuntimeError(f"dbt can't parse the project: {parsed.exception}")
        self.manifest: Any = parsed.result

    def build(self) -> tuple[Cost, Cost]:
        """Build every model with its tests; what models and tests cost the warehouse."""
        return self._invoke("build")

    def test(self) -> Cost:
        """Run every test on all rows; what that costs the warehouse."""
        return self._invoke("test")[1]

    def _invoke(self, command: str) -> tuple[Cost, Cost]:
        options = ["--threads", "1", "--exclude-resource-type", "unit_test"]
        with _Statements() as statements:
            outcome = dbtRunner(manifest=self.manifest).invoke(["--quiet", command, *self.paths, *options])
        if not outcome.success:
            results = getattr(outcome.result, "results", None) or []
            bad = [f"{r.node.name}: {r.message}" for r in results if r.status in ("error", "fail")]
            raise RuntimeError(f"dbt failed: {bad or outcome.exception}")
        return statements.models, statements.tests


class _Statements:
    """Adds up what statements cost, by the kind of node they belong to."""

    def __init__(self) -> None:
        self.models, self.tests = Cost(), Cost()

    def __enter__(self) -> _Statements:
        original = StarRocksConnectionManager.add_query

        def timed(manager: StarRocksConnectionManager, *args: Any, **more: Any) -> Any:  # noqa: ANN401 - passed on as they are
            clock, processor = time.perf_counter(), time.process_time()
            try:
                return original(manager, *args, **more)
            finally:
                cost = Cost(time.perf_counter() - clock, time.process_time() - processor)
                if str(manager.get_thread_connection().name).startswith("test."):
                    self.tests += cost
                else:
                    self.models += cost

        self._patch = patch.object(StarRocksConnectionManager, "add_query", timed)
        self._patch.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._patch.stop()
