"""Launching runs through the code locations and following them.

The two code locations run as the servers they are in production, runs are launched over Dagster's GraphQL API, and
every run is a process of its own. Only the queue is left out: runs start at once, so no daemon is needed.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import dagster as dg
import yaml
from dagster._core.instance.ref import InstanceRef
from dagster._core.workspace.context import WorkspaceProcessContext
from dagster._core.workspace.load_target import WorkspaceFileTarget
from dagster_graphql.cli import execute_query

from retail_platform.cli.instance import limit_pools, prepare_instance
from retail_platform.cli.processes import ProcessGroup
from retail_platform.cli.servers import start_code_servers, write_workspace

_LAUNCH = """
mutation Launch($params: ExecutionParams!) {
  launchRun(executionParams: $params) {
    __typename
    ... on LaunchRunSuccess { run { runId } }
    ... on PythonError { message }
    ... on RunConfigValidationInvalid { errors { message } }
    ... on InvalidSubsetError { message }
    ... on PipelineNotFoundError { message }
  }
}
"""
_LOCATIONS = """
query Locations {
  workspaceOrError {
    ... on Workspace { locationEntries { name locationOrLoadError { __typename ... on PythonError { message } } } }
    ... on PythonError { message }
  }
}
"""
_POLL_SECONDS = 0.25
_PAGE = 500

EventHandler = Callable[[dg.EventLogEntry], None]


class RunError(RuntimeError):
    """A run couldn't be launched or a code location doesn't load; the message is Dagster's."""


@dataclass(frozen=True)
class Platform:
    """Both code locations, loaded, with the instance their runs write to."""

    instance: dg.DagsterInstance
    context: WorkspaceProcessContext

    def launch(
        self, location: str, job: str, run_config: dict[str, Any], tags: dict[str, str], on_event: EventHandler
    ) -> dg.DagsterRun:
        """Launch a job and wait for its end.

        Args:
            location: The code location.
            job: The job.
            run_config: Its configuration.
            tags: Its tags; partitions are named by tags too.
            on_event: Called with every entry of the run's event log, in order.

        Raises:
            RunError: The run couldn't be launched.
        """
        params = {
            "selector": {
                "repositoryLocationName": location,
                "repositoryName": "__repository__",
                "jobName": job,
            },
            "runConfigData": run_config,
            "executionMetadata": {"tags": [{"key": key, "value": value} for key, value in tags.items()]},
        }
        answer = self._query(_LAUNCH, {"params": params})["launchRun"]
        if answer["__typename"] != "LaunchRunSuccess":
            details = answer.get("message") or [error["message"] for error in answer.get("errors", [])]
            raise RunError(f"{location}.{job} can't be launched ({answer['__typename']}): {details}")
        return self._follow(answer["run"]["runId"], on_event)

    def check_locations(self) -> None:
        """See that both code locations are loaded.

        Raises:
            RunError: One isn't; the message is its error.
        """
        workspace = self._query(_LOCATIONS, {})["workspaceOrError"]
        for entry in workspace["locationEntries"]:
            if entry["locationOrLoadError"]["__typename"] == "PythonError":
                message = str(entry["locationOrLoadError"]["message"]).strip()
                raise RunError(f"code location {entry['name']} doesn't load: {message}")

    def _query(self, query: str, variables: dict[str, Any]) -> dict[str, Any]:
        response = execute_query(self.context, query, variables)
        if response.get("errors"):
            raise RunError(f"Dagster answered: {response['errors'][0]['message']}")
        data: dict[str, Any] = response["data"]
        return data

    def _follow(self, run_id: str, on_event: EventHandler) -> dg.DagsterRun:
        cursor: str | None = None
        while True:
            run = self.instance.get_run_by_id(run_id)
            if run is None:
                raise RunError(f"run {run_id} has vanished from the instance")
            finished = run.is_finished
            connection = self.instance.get_records_for_run(run_id, cursor=cursor, limit=_PAGE, ascending=True)
            for record in connection.records:
                on_event(record.event_log_entry)
            cursor = connection.cursor or cursor
            if finished and not connection.has_more:
                return run
            if not connection.has_more:
                time.sleep(_POLL_SECONDS)


@contextmanager
def loaded_platform() -> Iterator[Platform]:
    """Start both code locations and keep them for as long as the block lasts.

    Raises:
        ServerError: A code location's server doesn't start.
        RunError: A code location doesn't load.
    """
    home = prepare_instance()
    limit_pools()
    with ProcessGroup(home / "logs") as group, _unqueued_instance(home) as instance:
        ports = start_code_servers(group)
        target = WorkspaceFileTarget([str(write_workspace(home / "demo-workspace.yaml", ports))])
        with WorkspaceProcessContext(instance, target) as context:
            platform = Platform(instance, context)
            platform.check_locations()
            yield platform


@contextmanager
def _unqueued_instance(home: Path) -> Iterator[dg.DagsterInstance]:
    """The instance at DAGSTER_HOME, except that its runs start at once instead of waiting for a daemon."""
    config = yaml.safe_load((home / "dagster.yaml").read_text())
    config.pop("run_queue", None)
    config["run_coordinator"] = {"module": "dagster.core.run_coordinator", "class": "DefaultRunCoordinator"}
    (home / "unqueued.yaml").write_text(yaml.safe_dump(config))
    with dg.DagsterInstance.from_ref(InstanceRef.from_dir(str(home), config_filename="unqueued.yaml")) as instance:
        yield instance
