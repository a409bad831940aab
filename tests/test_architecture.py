"""The import rules of docs/architecture.md, read from the code."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent / "retail_platform"
MAX_LINES = 250

# Room → rooms of ours it must not import. Rooms are path prefixes below retail_platform/.
FORBIDDEN = {
    "contracts": ["*"],
    "settings": ["*"],
    "generation": ["*", "!contracts"],
    "landing": ["*", "!contracts"],
    "starrocks/embedded": ["*"],
    "starrocks": ["*", "!contracts", "!settings"],
    "transformation": ["generation", "ingestion", "cli", "starrocks.embedded"],
    "ingestion": ["transformation", "cli", "starrocks.embedded"],
    "deployment": ["generation", "ingestion", "transformation", "cli", "starrocks.embedded"],
    "partitions": ["*"],
    "executors": ["*", "!settings"],
    "sqlite_storage": ["*"],
    "reconciliation": ["generation", "ingestion", "transformation", "cli", "starrocks.embedded"],
}
# Only these may import dagster.
DAGSTER_ROOMS = (
    "ingestion",
    "transformation",
    "partitions",
    "resources",
    "raw_assets",
    "executors",
    "sqlite_storage",
    "cli",
)


def _modules() -> list[Path]:
    return sorted(ROOT.rglob("*.py"))


def _imports(path: Path) -> set[str]:
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found |= {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)}
    return found


def _room(path: Path) -> str:
    relative = path.relative_to(ROOT).with_suffix("").as_posix()
    rooms = [room for room in FORBIDDEN if relative == room or relative.startswith(room + "/")]
    return max(rooms, key=len, default="")


def _is_below(module: str, room: str) -> bool:
    return module == room or module.startswith(room + ".")


@pytest.mark.parametrize("path", _modules(), ids=lambda p: p.relative_to(ROOT).as_posix())
def test_arrows_only_point_downwards(path: Path) -> None:
    room = _room(path)
    own = room.replace("/", ".")
    ours = {name.removeprefix("retail_platform.") for name in _imports(path) if name.startswith("retail_platform.")}
    outside = {name for name in ours if not (own and _is_below(name, own))}
    if own == "starrocks":
        outside |= {name for name in ours if _is_below(name, "starrocks.embedded")}
    rules = FORBIDDEN.get(room, [])
    allowed = [rule[1:] for rule in rules if rule.startswith("!")]
    for name in outside:
        if any(_is_below(name, a) for a in allowed):
            continue
        banned = "*" in rules or any(_is_below(name, rule) for rule in rules)
        assert not banned, f"{path.relative_to(ROOT)} imports retail_platform.{name}, which {room}/ must not know"


@pytest.mark.parametrize("path", _modules(), ids=lambda p: p.relative_to(ROOT).as_posix())
def test_dagster_stays_in_its_rooms(path: Path) -> None:
    relative = path.relative_to(ROOT).with_suffix("").as_posix()
    if any(relative == room or relative.startswith(room + "/") for room in DAGSTER_ROOMS):
        return
    dagster = {name for name in _imports(path) if name.split(".")[0] in ("dagster", "dagster_dbt", "dagster_k8s")}
    assert not dagster, f"{relative} imports {', '.join(sorted(dagster))}"


@pytest.mark.parametrize("path", _modules(), ids=lambda p: p.relative_to(ROOT).as_posix())
def test_modules_have_a_docstring_and_stay_small(path: Path) -> None:
    text = path.read_text()
    assert ast.get_docstring(ast.parse(text)), f"{path.relative_to(ROOT)} doesn't say what it is for"
    assert len(text.splitlines()) <= MAX_LINES, f"{path.relative_to(ROOT)} has more than {MAX_LINES} lines"


def test_code_locations_are_tables_of_contents() -> None:
    for location in ("ingestion", "transformation"):
        text = (ROOT / location / "definitions.py").read_text()
        assert len(text.splitlines()) <= 60
        kinds = {type(node) for node in ast.parse(text).body}
        assert kinds <= {ast.Expr, ast.Import, ast.ImportFrom, ast.Assign}, "definitions.py holds no logic"


def test_the_pools_limited_at_start_are_those_the_assets_use() -> None:
    from retail_platform.cli.instance import POOLS
    from retail_platform.ingestion.assets import LOAD_POOL
    from retail_platform.transformation.models import DBT_POOL

    assert {LOAD_POOL, DBT_POOL} == set(POOLS)
