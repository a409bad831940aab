"""BE, port 8040: receives Stream Loads and serves their error logs."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

from starlette.applications import Starlette
from starlette.requests import ClientDisconnect, Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from retail_platform.starrocks.embedded.engine import Engine
from retail_platform.starrocks.embedded.faults import Faults
from retail_platform.starrocks.embedded.http import faulty, spool
from retail_platform.starrocks.embedded.http.answers import answer
from retail_platform.starrocks.embedded.http.auth import BasicAuth
from retail_platform.starrocks.embedded.http.error_log import ErrorLog
from retail_platform.starrocks.embedded.http.load import Loader
from retail_platform.starrocks.embedded.http.open_load import failed, is_multi
from retail_platform.starrocks.embedded.http.options import parse_options
from retail_platform.starrocks.embedded.http.reasons import reason_of
from retail_platform.starrocks.embedded.http.report import LoadCounts, existing_job, report
from retail_platform.starrocks.embedded.http.transactions import TransactionLoads
from retail_platform.starrocks.embedded.labels import LabelUsed, LoadRecord

WORKERS = 32
T = TypeVar("T")


class Backend:
    """The backend's HTTP interface."""

    def __init__(self, engine: Engine, auth: BasicAuth, faults: Faults) -> None:
        self.engine = engine
        self.auth = auth
        self.faults = faults
        self.log = ErrorLog(engine.directory.error_logs)
        self.loads = TransactionLoads(engine, self.log)
        self.pool = ThreadPoolExecutor(WORKERS, thread_name_prefix="starrocks-load")
        self.app = Starlette(
            routes=[
                Route("/api/{db}/{table}/_stream_load", self.stream_load, methods=["PUT"]),
                Route("/api/transaction/{operation}", self.transaction, methods=["POST", "PUT"]),
                Route("/api/_load_error_log", self.error_log, methods=["GET"]),
                Route("/api/health", self.health, methods=["GET"]),
            ]
        )

    async def _blocking(self, function: Callable[..., T], *arguments: object) -> T:
        return await asyncio.get_running_loop().run_in_executor(self.pool, function, *arguments)

    async def stream_load(self, request: Request) -> Response:
        """One load: always HTTP 200, the outcome is in the body."""
        if (broken := await faulty.before(self.faults)) is not None:
            return broken
        label = request.headers.get("label", "")
        if not self.auth.accepts(request):
            return answer(report(-1, label, "Fail", "no valid Basic authorization", LoadCounts()))
        try:
            options = parse_options(request.headers)
            database, table = request.path_params["db"], request.path_params["table"]
            user = self.auth.user_of(request) or ""
            loader = Loader(self.engine, database, table, options, user, self.log)
            record = await self._blocking(loader.begin)
        except LabelUsed as error:
            used = report(-1, label, "Label Already Exists", error.message, LoadCounts())
            return answer(existing_job(used, error.existing))
        except Exception as error:  # noqa: BLE001 - a client gets StarRocks' answer, whatever it has sent
            return answer(report(-1, label, "Fail", reason_of(error), LoadCounts()))
        return await self._load(request, loader, record)

    async def _load(self, request: Request, loader: Loader, record: LoadRecord) -> Response:
        body = self.engine.directory.new_spool()
        try:
            await spool.receive(request, body)
            await self._blocking(spool.unpack, body, loader.options.compression)
            await self._blocking(loader.run, record, body)
        except ClientDisconnect:
            reason = "client disconnected before the body was complete"
            await self._blocking(self.engine.labels.abort, record, reason)
            return PlainTextResponse(reason, status_code=400)  # nobody reads it
        except Exception as error:  # noqa: BLE001 - the label must not stay taken, whatever went wrong
            reason = reason_of(error)
            final = await self._blocking(self.engine.labels.abort, loader.finished(record), reason)
            if final.state != "VISIBLE":  # else it went wrong after the commit
                return answer(report(record.id, record.label, "Fail", reason, loader.counts))
        finally:
            body.unlink(missing_ok=True)
        done = report(record.id, record.label, "Success", "OK", loader.counts)
        return faulty.after(self.faults, done, committed=True)

    async def transaction(self, request: Request) -> Response:  # noqa: PLR0911 - one return per refusal
        """The transaction interface: single-table operations, and the loads of all transactions."""
        if (broken := await faulty.before(self.faults)) is not None:
            return broken
        if not self.auth.accepts(request):
            return answer({"Status": "FAILED", "Message": "no valid Basic authorization"})
        operation, headers = request.path_params["operation"], request.headers
        if not headers.get("db"):
            return answer({"Status": "INVALID_ARGUMENT", "Message": "No database selected."})
        if not headers.get("label"):
            return answer({"Status": "INVALID_ARGUMENT", "Message": "empty label"})
        try:
            done = await self._operation(operation, request)
            committed = operation == "commit" and done["Status"] == "OK"
            return faulty.after(self.faults, done, committed=committed)
        except ClientDisconnect:
            return PlainTextResponse("client disconnected before the body was complete", status_code=400)
        except Exception as error:  # noqa: BLE001 - a client gets StarRocks' answer, whatever it has sent
            return answer({"Status": "INTERNAL_ERROR", "Message": reason_of(error)})

    async def _operation(self, operation: str, request: Request) -> dict[str, Any]:
        headers = request.headers
        if operation == "load":
            body = self.engine.directory.new_spool()
            try:
                await spool.receive(request, body)
            except BaseException:
                body.unlink(missing_ok=True)
                raise
            return await self._blocking(self.loads.load, headers, body)
        if is_multi(headers):
            return failed("Multi-statement transaction requests can only be sent to FE nodes, not BE nodes")
        if operation == "begin":
            return await self._blocking(self.loads.begin, headers, self.auth.user_of(request) or "")
        actions = {"prepare": self.loads.prepare, "commit": self.loads.commit, "rollback": self.loads.rollback}
        if operation not in actions:
            return failed(f"Unknown transaction operation: {operation}")
        return await self._blocking(actions[operation], headers)

    async def error_log(self, request: Request) -> Response:
        """The rejected rows of a load."""
        found = await self._blocking(self.log.read, request.query_params.get("file", ""))
        if found is None:
            return PlainTextResponse("file not exist.", status_code=404)
        return PlainTextResponse(found)

    async def health(self, _request: Request) -> Response:
        """Whether this backend serves."""
        return answer({"status": "OK", "msg": "To Be Added"})
