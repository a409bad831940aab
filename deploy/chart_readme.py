"""Write the chart's README from the comments of its values.yaml.

A comment that starts with `# --` describes the key after it; comment lines that follow belong to it. A key without one
is a mistake this script names, unless it only groups others.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click
import yaml

CHART = Path(__file__).resolve().parent.parent / "helm" / "retail-platform"
_KEY = re.compile(r"^(?P<indent> *)(?P<key>[A-Za-z][\w-]*):(?P<rest>.*)$")
_COMMENT = re.compile(r"^ *# ?(?P<text>.*)$")


class Undocumented(click.ClickException):
    """A key has no comment."""


def descriptions(text: str) -> Iterator[tuple[str, str]]:
    """Dotted key and description, in the order of the file."""
    path: list[tuple[int, str]] = []
    comment: list[str] = []
    for line in text.splitlines():
        if match := _COMMENT.match(line):
            words = match["text"]
            comment = [words.removeprefix("-- ")] if words.startswith("-- ") else [*comment, words] if comment else []
        elif match := _KEY.match(line):
            path = [step for step in path if step[0] < len(match["indent"])]
            path.append((len(match["indent"]), match["key"]))
            if comment:
                yield ".".join(key for _, key in path), " ".join(comment)
            comment = []
        else:
            comment = []


def leaves(values: dict[str, Any], described: set[str], prefix: str = "") -> Iterator[tuple[str, Any]]:
    """Every key that is described, or has to be, with its default."""
    for key, value in values.items():
        path = f"{prefix}{key}"
        if path in described or not isinstance(value, dict) or not value:
            yield path, value
        else:
            yield from leaves(value, described, f"{path}.")


def table(text: str) -> str:
    """The values as a Markdown table.

    Raises:
        Undocumented: A key has no comment.
    """
    described = dict(descriptions(text))
    rows = []
    for path, default in leaves(yaml.safe_load(text), set(described)):
        if path not in described:
            raise Undocumented(f"values.yaml: {path} has no comment; write `# -- ...` before it")
        shown = json.dumps(default).replace("|", "\\|")
        rows.append(f"| `{path}` | {described[path].replace('|', chr(92) + '|')} | `{shown}` |")
    return "\n".join(["| Value | Meaning | Default |", "|---|---|---|", *rows])


def readme() -> str:
    """The README as it has to be."""
    template = (CHART / "README.md.tmpl").read_text()
    return template.replace("@VALUES@", table((CHART / "values.yaml").read_text()))


@click.command()
def main() -> None:
    """Write README.md of the chart."""
    (CHART / "README.md").write_text(readme())
    click.echo("helm/retail-platform/README.md")


if __name__ == "__main__":
    main()
