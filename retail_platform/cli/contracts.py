"""`contracts`: the contracts as Open Data Contract Standard files, and what changed since some were written."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click
import yaml

from retail_platform.contracts import CONTRACTS
from retail_platform.contracts.odcs import compare, to_document


@click.group()
def contracts() -> None:
    """What each feed promises."""


@contracts.command()
@click.option("--out", type=click.Path(path_type=Path, file_okay=False), help="Directory for one file per feed.")
def export(out: Path | None) -> None:
    """Write every contract as YAML, to a directory or to standard output."""
    for contract in CONTRACTS:
        text = yaml.safe_dump(to_document(contract), sort_keys=False, allow_unicode=True, width=110)
        if out is None:
            click.echo("---\n" + text, nl=False)
        else:
            out.mkdir(parents=True, exist_ok=True)
            (out / f"{contract.name}.yaml").write_text(text, encoding="utf-8")


@contracts.command()
@click.argument("old", type=click.Path(path_type=Path, exists=True, file_okay=False))
@click.argument("new", required=False, type=click.Path(path_type=Path, exists=True, file_okay=False))
def diff(old: Path, new: Path | None) -> None:
    """Compare exported contracts with today's, or with another export; ends with status 1 if readers would break."""
    before = _read(old)
    after = _read(new) if new else {contract.name: to_document(contract) for contract in CONTRACTS}
    breaking = [f"feed {name} is gone" for name in before if name not in after]
    compatible = [f"feed {name} is new" for name in after if name not in before]
    for name in (n for n in before if n in after):
        for change in compare(before[name], after[name]):
            (breaking if change.breaking else compatible).append(f"{name}: {change.what}")
    for title, found in (("breaking", breaking), ("compatible", compatible)):
        for text in found:
            click.echo(f"{title}: {text}")
    if not breaking and not compatible:
        click.echo("nothing changed")
    if breaking:
        raise click.exceptions.Exit(1)


def _read(directory: Path) -> dict[str, dict[str, Any]]:
    documents = {}
    for path in sorted(directory.glob("*.yaml")):
        document = yaml.safe_load(path.read_text(encoding="utf-8"))
        if not isinstance(document, dict) or document.get("kind") != "DataContract":
            raise click.ClickException(
                f"{path} is no data contract; write some with `retail-platform contracts export`"
            )
        documents[str(document["name"])] = document
    if not documents:
        raise click.ClickException(f"there are no contracts in {directory}")
    return documents
