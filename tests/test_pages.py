"""What the pages say: links lead somewhere, commands and options exist, examples run, .env.example has the defaults."""

from __future__ import annotations

import itertools
import re
import shlex
from pathlib import Path

import click
import pytest

from retail_platform.cli import main
from retail_platform.settings import RetailSettings, StarRocksSettings
from retail_platform.starrocks.connection import connect, execute, query
from tests.conftest import Platform, own_environment

ROOT = Path(__file__).resolve().parent.parent
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md")), *sorted((ROOT / "helm").rglob("README.md"))]
EACH_PAGE = pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())


def anchors(page: Path) -> set[str]:
    """The anchors GitHub gives a page's headings."""
    headings = re.findall(r"^#+ (.*)$", page.read_text(), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).strip().replace(" ", "-") for heading in headings}


@EACH_PAGE
def test_links_lead_somewhere(page: Path) -> None:
    for target in re.findall(r"\]\(([^)\s]+)\)", page.read_text()):
        if not target.startswith("http"):
            path, _, anchor = target.partition("#")
            there = (page.parent / path).resolve() if path else page
            assert there.exists(), target
            assert not anchor or anchor in anchors(there), target


def commands(text: str) -> list[list[str]]:
    """What a page says behind `retail-platform`, in blocks and between backticks."""
    found = []
    for line in re.findall(r"retail-platform ([a-z][^`\n]*)", text.replace("\\\n", " ")):
        parts = shlex.shlex(line, posix=True, punctuation_chars=True)
        parts.whitespace_split = True
        found.append(list(itertools.takewhile(lambda word: word not in ("|", ";", "&", "&&"), parts)))
    return [words for words in found if words]


@EACH_PAGE
def test_commands_and_options_exist(page: Path) -> None:
    for words in commands(page.read_text()):
        command = main.get_command(click.Context(main), words[0])
        assert command, words
        if isinstance(command, click.Group) and len(words) > 1:
            command = command.get_command(click.Context(command), words[1])
            assert command, words
        known = {option for parameter in command.params for option in (*parameter.opts, *parameter.secondary_opts)}
        assert {word.split("=")[0] for word in words if word.startswith("--")} <= known, words


def test_commands_are_found_in_pages() -> None:
    told = [words for page in PAGES for words in commands(page.read_text())]
    assert len(told) > 20
    replay = ["quarantine", "replay", "--rule", "channel|allowed", "--set", "channel=web", "--dry-run"]
    assert replay in told, "a quoted | doesn't end a command"


def python_blocks(page: str) -> list[str]:
    return re.findall(r"```python\n(.*?)```", (ROOT / "docs" / page).read_text(), re.DOTALL)


def test_the_examples_of_the_stream_load_client_run(
    platform: Platform, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    database = platform.retail.bronze
    for name in ("orders", "order_items"):
        (tmp_path / f"{name.removeprefix('order_')}.jsonl").write_text('{"id": 1}\n{"id": 2}\n')
        with connect(platform.starrocks) as connection:
            execute(connection, f"CREATE TABLE {database}.{name} (id INT NOT NULL) DUPLICATE KEY (id)")
    alone, together, by_hand = python_blocks("stream-load-client.md")
    names: dict[str, object] = {}
    for block in (alone, together, by_hand):
        exec(block.replace('"bronze"', repr(database)), names)
    with connect(platform.starrocks) as connection:
        for name, loads in (("orders", 3), ("order_items", 1)):
            assert query(connection, f"SELECT COUNT(*) AS n FROM {database}.{name}") == [{"n": 2 * loads}], name


@pytest.mark.parametrize("settings", [StarRocksSettings, RetailSettings])
def test_the_example_of_env_tells_the_defaults(settings: type[StarRocksSettings | RetailSettings]) -> None:
    example = ROOT / ".env.example"
    with own_environment():
        assert settings(_env_file=example) == settings(_env_file=None)
    given = re.findall(r"^([A-Z_]+)=", example.read_text(), re.MULTILINE)
    known = {f"STARROCKS_{name.upper()}" for name in StarRocksSettings.model_fields}
    known |= {f"RETAIL_{name.upper()}" for name in RetailSettings.model_fields}
    assert set(given) <= known | {"COMPOSE_PROFILES"}  # which is for compose itself


def test_the_example_of_the_generator_runs() -> None:
    (block, *_) = python_blocks("generation.md")
    names: dict[str, object] = {}
    exec(block, names)
    assert names["frames"]
