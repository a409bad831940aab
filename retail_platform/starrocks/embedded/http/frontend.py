"""FE, port 8030: authenticates, picks the backend, answers 307. It never reads a body."""

from __future__ import annotations

import asyncio
from typing import Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from retail_platform.starrocks.embedded.engine import Engine
from retail_platform.starrocks.embedded.faults import Faults
from retail_platform.starrocks.embedded.http import faulty
from retail_platform.starrocks.embedded.http.answers import (
    answer,
    frontend_failure,
    rest_failure,
    rest_ok,
    unauthorized,
)
from retail_platform.starrocks.embedded.http.auth import BasicAuth
from retail_platform.starrocks.embedded.http.open_load import is_multi
from retail_platform.starrocks.embedded.http.transactions import TransactionLoads


class Frontend:
    """The frontend's HTTP interface."""

    def __init__(self, engine: Engine, auth: BasicAuth, loads: TransactionLoads, faults: Faults) -> None:
        self.engine = engine
        self.auth = auth
        self.loads = loads
        self.faults = faults
        self.app = Starlette(
            routes=[
                Route("/api/{db}/{table}/_stream_load", self.stream_load, methods=["PUT"]),
                Route("/api/transaction/{operation}", self.transaction, methods=["POST", "PUT"]),
                Route("/api/{db}/get_load_state", self.load_state, methods=["GET"]),
                Route("/api/{db}/_load_info", self.load_info, methods=["GET"]),
                Route("/api/health", self.health, methods=["GET"]),
            ],
            exception_handlers={Exception: self.failure},
        )

    async def failure(self, _request: Request, error: Exception) -> Response:
        """The answer to what nobody foresaw; the HTTP server logs it with its traceback."""
        message = f"{type(error).__name__}: {error}"
        return answer({"status": "FAILED", "code": "1", "msg": message, "message": message}, 500)

    def refusal(self, request: Request) -> Response | None:
        """The answer to a client that is not let in."""
        user = self.auth.user_of(request)
        if user is None:
            return unauthorized("Need auth information.")
        if not self.auth.accepts(request):
            address = request.client.host if request.client else "unknown"
            return unauthorized(f"Access denied for {user}@{address}")
        return None

    async def stream_load(self, request: Request) -> Response:
        """307 to the backend, which does the work."""
        refused = self.refusal(request)
        if refused is not None:
            return refused
        modern = request.scope.get("http_version") not in ("1.0",)
        if modern and request.headers.get("expect", "").lower() != "100-continue":
            return frontend_failure("There is no 100-continue header")
        if not request.path_params["db"].strip():
            return frontend_failure("No database selected.")
        if not request.path_params["table"].strip():
            return frontend_failure("No table selected.")
        return self.redirect(request)

    def redirect(self, request: Request) -> Response:
        """The address of the backend: path and query copied, no credentials."""
        address = dict(self.engine.addresses)
        if self.faults.take("redirect_to_dead_host"):
            address["be_port"] = 1
        query = f"?{request.url.query}" if request.url.query else ""
        path = request.scope.get("raw_path", request.url.path.encode()).decode().split("?")[0]
        location = f"http://{address['host']}:{address['be_port']}{path}{query}"
        return Response(status_code=307, headers={"location": location, "connection": "close"})

    async def transaction(self, request: Request) -> Response:  # noqa: PLR0911 - one return per refusal
        """begin, commit and rollback of several tables are answered here, all else by the backend."""
        refused = self.refusal(request)
        if refused is not None:
            return refused
        operation = request.path_params["operation"]
        if operation not in ("begin", "load", "prepare", "commit", "rollback"):
            return answer({"Status": "FAILED", "Message": f"Unknown transaction operation: {operation}"})
        if not request.headers.get("db"):
            return answer({"Status": "FAILED", "Message": "No database selected."})
        if not request.headers.get("label"):
            return answer({"Status": "FAILED", "Message": "Empty label."})
        if operation == "load" or not is_multi(request.headers):
            return self.redirect(request)
        if (broken := await faulty.before(self.faults)) is not None:
            return broken
        done = await asyncio.get_running_loop().run_in_executor(None, self._multi, operation, request)
        committed = operation == "commit" and done["Status"] == "OK"
        return faulty.after(self.faults, done, committed=committed)

    def _multi(self, operation: str, request: Request) -> dict[str, Any]:
        if operation == "begin":
            return self.loads.begin(request.headers, self.auth.user_of(request) or "")
        actions = {"commit": self.loads.commit, "rollback": self.loads.rollback, "prepare": self.loads.prepare}
        return actions[operation](request.headers)

    async def load_state(self, request: Request) -> Response:
        """The state of a label; labels never seen, or forgotten, are UNKNOWN."""
        refused = self.refusal(request)
        if refused is not None:
            return refused
        database = request.path_params["db"]
        label = request.query_params.get("label", "")
        if not label:
            return rest_failure("No label selected.")
        if database not in self.engine.catalog.databases:
            return rest_failure(f"unknown database, database={database}")
        await asyncio.get_running_loop().run_in_executor(None, self.loads.expire)
        record = self.engine.labels.find(database, label)
        return rest_ok(state=record.state if record else "UNKNOWN", reason=record.reason if record else "")

    async def load_info(self, request: Request) -> Response:
        """What is known of a label's load."""
        refused = self.refusal(request)
        if refused is not None:
            return refused
        database, label = request.path_params["db"], request.query_params.get("label", "")
        if database not in self.engine.catalog.databases:
            return rest_failure(f"unknown database, database={database}")
        record = self.engine.labels.find(database, label)
        if record is None:
            return rest_failure(f"the job does not exist, label={label}")
        state = {"VISIBLE": "FINISHED", "ABORTED": "CANCELLED"}.get(record.state, record.state)
        job = {
            "dbName": database,
            "tblNames": [record.tables],
            "label": label,
            "state": state,
            "failMsg": record.reason,
            "trackingUrl": self.loads.log.address(record.error_url),
        }
        return answer({"jobInfo": job, "status": "OK", "msg": "Success"})

    async def health(self, _request: Request) -> Response:
        """Whether the cluster serves; asks for no password."""
        return answer({"status": "OK", "online_backend_num": 1, "total_backend_num": 1})
