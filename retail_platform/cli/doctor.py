"""`doctor`: what is wrong with an installation, and how to mend it."""

from __future__ import annotations

import json
import signal
from collections.abc import Sequence
from types import FrameType

import click

from retail_platform.cli.errors import explained
from retail_platform.deployment.accounts import accounts
from retail_platform.deployment.catalogue import CHECKS, DEFAULT
from retail_platform.deployment.examination import Check, Finding, Subject, examine, wait_until_well
from retail_platform.deployment.grants import grant_statements
from retail_platform.deployment.metrics import Exporter
from retail_platform.settings import retail_settings, starrocks_settings

_NAMES = "\n\n".join(f"{check.name}: {check.summary}" for check in CHECKS.values())


@click.command(epilog=f"Checks:\n\n{_NAMES}")
@click.option(
    "--check",
    "names",
    multiple=True,
    type=click.Choice(list(CHECKS)),
    help="Only this check; may be given several times. Default: all that need nothing more.",
)
@click.option(
    "--wait", default=0.0, type=click.FloatRange(0), help="Keep trying for so many seconds until all is well."
)
@click.option("--webserver-url", default="", help="Dagster's webserver, for code-locations.")
@click.option("--location", "locations", multiple=True, help="Code location that has to be loaded; default: both.")
@click.option("--json", "as_json", is_flag=True, help="As JSON.")
@click.option("--print-grants", is_flag=True, help="Only print the statements that create users and grants.")
@click.option(
    "--serve-metrics", default=0, type=click.IntRange(0, 65535), help="Serve the findings to Prometheus here."
)
@click.option(
    "--interval", default=60.0, show_default=True, type=click.FloatRange(1), help="Seconds between two rounds."
)
@explained
def doctor(
    names: tuple[str, ...],
    wait: float,
    webserver_url: str,
    locations: tuple[str, ...],
    as_json: bool,
    print_grants: bool,
    serve_metrics: int,
    interval: float,
) -> None:
    """Examine this installation; ends with status 1 if anything is wrong."""
    if print_grants:
        for statement in grant_statements(accounts(need_passwords=False), retail_settings()):
            click.echo(statement.printable())
        return
    selected = list(names or DEFAULT)
    if webserver_url and not names:
        selected.append("code-locations")
    checks = [CHECKS[name] for name in selected]
    subject = Subject(starrocks_settings(), retail_settings(), webserver_url)
    if locations:
        subject = Subject(subject.starrocks, subject.retail, webserver_url, locations)
    if serve_metrics:
        _serve(checks, subject, serve_metrics, interval)
        return
    findings = wait_until_well(checks, subject, wait, lambda finding: _tell(finding, waiting=True))
    _report(findings, as_json=as_json)
    if not all(finding.healthy for finding in findings):
        raise SystemExit(1)


def _report(findings: Sequence[Finding], *, as_json: bool) -> None:
    if not as_json:
        for finding in findings:
            _tell(finding, waiting=False)
        return
    rows = [
        {
            "check": f.check,
            "healthy": f.healthy,
            "message": f.message,
            "remedy": f.remedy,
            "seconds": round(f.seconds, 3),
        }
        for f in findings
    ]
    click.echo(json.dumps(rows, indent=2))


def _tell(finding: Finding, *, waiting: bool) -> None:
    mark = click.style("✓", fg="green") if finding.healthy else click.style("…" if waiting else "✗", fg="red")
    click.echo(f"{mark} {finding.check}: {finding.message}", err=waiting)
    if finding.remedy:
        click.echo(f"    {finding.remedy}", err=waiting)


def _serve(checks: Sequence[Check], subject: Subject, port: int, interval: float) -> None:
    exporter = Exporter(lambda: examine(checks, subject), interval)

    def stop(signum: int, frame: FrameType | None) -> None:  # noqa: ARG001 - the signature of a handler
        exporter.stop()

    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, stop)
    # Prometheus comes from another pod.
    exporter.serve("0.0.0.0", port, lambda bound: click.echo(f"metrics on port {bound}"))  # noqa: S104
