"""Prove an installation from outside, over its webserver: a day loaded, marts built by themselves, checks green.

    python deploy/smoke.py --webserver-url http://127.0.0.1:3000 --day 2026-11-19

Works the same on compose and on any cluster (through `kubectl port-forward`); needs nothing but GraphQL. Loading a day
that is there already replaces it, so this is safe to repeat.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import click
import requests

_LAUNCH = """
mutation ($params: ExecutionParams!) { launchRun(executionParams: $params) { __typename
  ... on LaunchRunSuccess { run { runId } } ... on PythonError { message }
  ... on RunConfigValidationInvalid { errors { message } } } }
"""
_RUNS = """
query ($after: Float!) { runsOrError(filter: {createdAfter: $after}, limit: 200) {
  ... on Runs { results { runId jobName status repositoryOrigin { repositoryLocationName } } } } }
"""
_ASSETS = """
{ assetNodes { assetKey { path } isMaterializable repository { location { name } }
    assetMaterializations(limit: 1) { timestamp }
    assetChecksOrError { ... on AssetChecks { checks { name
      executionForLatestMaterialization { status evaluation { success severity } } } } } } }
"""
_ENDED = {"SUCCESS", "FAILURE", "CANCELED"}


class Installation:
    """Dagster's GraphQL API."""

    def __init__(self, url: str, timeout: float) -> None:
        self._url = f"{url.rstrip('/')}/graphql"
        self._deadline = time.monotonic() + timeout

    def ask(self, query: str, **variables: object) -> dict[str, Any]:
        """Ask; any error ends the smoke test."""
        answer = requests.post(self._url, json={"query": query, "variables": variables}, timeout=30).json()
        if answer.get("errors"):
            raise click.ClickException(f"Dagster answered: {answer['errors'][0]['message']}")
        return dict(answer["data"])

    def launch(self, location: str, job: str, config: dict[str, Any], tags: dict[str, str]) -> str:
        """Launch a run; returns its id."""
        params = {
            "selector": {
                "repositoryLocationName": location,
                "repositoryName": "__repository__",
                "jobName": job,
            },
            "runConfigData": config,
            "executionMetadata": {"tags": [{"key": key, "value": value} for key, value in tags.items()]},
        }
        answer = self.ask(_LAUNCH, params=params)["launchRun"]
        if answer["__typename"] != "LaunchRunSuccess":
            raise click.ClickException(f"{location}.{job} can't be launched: {answer}")
        return str(answer["run"]["runId"])

    def runs(self, after: float) -> list[dict[str, Any]]:
        """Runs created since a moment."""
        return list(self.ask(_RUNS, after=after)["runsOrError"]["results"])

    def wait(self, what: str, reached: Callable[[], bool]) -> None:
        """Look every second until `reached()` is true."""
        while not reached():
            if time.monotonic() > self._deadline:
                raise click.ClickException(f"{what}: not within the time")
            time.sleep(1)


def unbuilt(assets: list[dict[str, Any]], since: float) -> list[str]:
    """Models that were never built, and the sales if they weren't since a moment; a calendar has no reason to be."""
    found = []
    for asset in assets:
        name = "/".join(asset["assetKey"]["path"])
        moment = since if name.endswith("fct_sales") else 0.0
        if not any(float(m["timestamp"]) / 1000 >= moment for m in asset["assetMaterializations"]):
            found.append(name)
    return found


def checks(assets: list[dict[str, Any]]) -> dict[str, str]:
    """Latest status of every check that has run: SUCCEEDED, WARNED, EXECUTION_FAILED, FAILED, IN_PROGRESS."""
    found = {}
    for asset in assets:
        for check in asset["assetChecksOrError"].get("checks", []):
            execution = check["executionForLatestMaterialization"]
            if execution:
                evaluation = execution["evaluation"] or {}
                warned = execution["status"] == "FAILED" and evaluation.get("severity") == "WARN"
                found["/".join([*asset["assetKey"]["path"], check["name"]])] = (
                    "WARNED" if warned else execution["status"]
                )
    return found


@click.command()
@click.option("--webserver-url", required=True, help="Dagster's webserver.")
@click.option("--day", default=None, help="Day to load, YYYY-MM-DD; default: the day before yesterday (UTC).")
@click.option("--orders", default=500, show_default=True, help="Orders on that day.")
@click.option("--timeout", default=900.0, show_default=True, help="Seconds for everything.")
def main(webserver_url: str, day: str | None, orders: int, timeout: float) -> None:
    """Load a day, wait until every model is built and every check has passed."""
    dagster = Installation(webserver_url, timeout)
    day = day or (datetime.now(UTC).date() - timedelta(days=2)).isoformat()
    since = time.time()
    config = {"ops": {"land_trading_day": {"config": {"orders_per_day": orders}}}}
    run = dagster.launch("ingestion", "ingest_trading_day", config, {"dagster/partition": day})
    click.echo(f"launched {run} for {day}")

    dagster.wait("the load", lambda: _loaded(dagster, run, since))
    click.echo(f"loaded after {time.time() - since:.0f} s")
    dagster.wait("the models", lambda: not unbuilt(_models(dagster), since))
    dagster.wait("the runs", lambda: all(r["status"] in _ENDED for r in dagster.runs(since)))
    seconds = time.time() - since

    found = checks(dagster.ask(_ASSETS)["assetNodes"])
    bad = {name: status for name, status in found.items() if status not in ("SUCCEEDED", "WARNED")}
    if bad:
        raise click.ClickException(f"checks that didn't pass: {bad}")
    click.echo(f"{len(_models(dagster))} models built, {len(found)} checks passed after {seconds:.0f} s")


def _loaded(dagster: Installation, run: str, since: float) -> bool:
    status = next((r["status"] for r in dagster.runs(since - 60) if r["runId"] == run), "")
    if status in ("FAILURE", "CANCELED"):
        raise click.ClickException(f"the load, run {run}, ended with {status}")
    return bool(status == "SUCCESS")


def _models(dagster: Installation) -> list[dict[str, Any]]:
    nodes = dagster.ask(_ASSETS)["assetNodes"]
    return [n for n in nodes if n["repository"]["location"]["name"] == "transformation" and n["isMaterializable"]]


if __name__ == "__main__":
    main()
