"""`python -m benchmarks [NAME ...]`: run the benchmarks named, or all of them."""

from __future__ import annotations

import importlib
import sys

BENCHMARKS = ("ingestion", "warehouse", "transformation", "latency")


def main(names: list[str]) -> int:
    unknown = [name for name in names if name not in BENCHMARKS]
    if unknown:
        print(f"no benchmark {', '.join(unknown)}; there are: {', '.join(BENCHMARKS)}", file=sys.stderr)
        return 2
    for name in names or BENCHMARKS:
        importlib.import_module(f"benchmarks.{name}").run()
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
