"""BE, port 8040: receives Stream Loads and serves their error logs."""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from starlette.applications import Starlette
from starlette.requests import ClientDisconnect, Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from retail_platform.starrocks.embedded.engine import Engine
from retail_platform.starrocks.embedded.errors import StarRocksError
from retail_platform.starrocks.embedded.http import spool
from retail_platform.starrocks.embedded.http.answers import answer
from retail_platform.starrocks.embedded.http.auth import BasicAuth
from retail_platform.starrocks.embedded.http.error_log import ErrorLog
from retail_platform.starrocks.embedded.http.load import LoadCounts, Loader, report
from retail_platform.starrocks.embedded.http.options import parse_options
from retail_platform.starrocks.embedded.labels import LabelUsed, LoadRecord

WORKERS = 32


class Backend:
    """The backend's HTTP interface."""

    def __init__(self, engine: Engine, auth: BasicAuth) -> None:
        self.engine = engine
        self.auth = auth
        self.log = ErrorLog(engine.directory.error_logs)
        self.pool = ThreadPoolExecutor(WORKERS, thread_name_prefix="starrocks-load")
        self.app = Starlette(
            routes=[
                Route("/api/{db}/{table}/_stream_load", self.stream_load, methods=["PUT"]),
                Route("/api/_load_error_log", self.error_log, methods=["GET"]),
                Route("/api/health", self.health, methods=["GET"]),
            ]
        )

    async def _blocking(self, function: Any, *arguments: Any) -> Any:
        return await asyncio.get_running_loop().run_in_executor(self.pool, function, *arguments)

    async def stream_load(self, request: Request) -> Response:
        """One load: always HTTP 200, the outcome is in the body."""
        label = request.headers.get("label", "")
        if not self.auth.accepts(request):
            return answer(report(-1, label, "Fail", "no valid Basic authorization", LoadCounts()))
        try:
            options = parse_options(request.headers)
            database, table = request.path_params["db"], request.path_params["table"]
            user = self.auth.user_of(request) or ""
            loader = Loader(self.engine, database, table, options, user, self.log)
            record: LoadRecord = await self._blocking(loader.begin)
        except LabelUsed as error:
            body = report(-1, label, "Label Already Exists", error.message, LoadCounts())
            ordered = {}
            for key, value in body.items():
                ordered[key] = value
                if key == "Status":
                    ordered["ExistingJobStatus"] = error.existing
            return answer(ordered)
        except StarRocksError as error:
            return answer(report(-1, label, "Fail", error.message, LoadCounts()))
        return await self._load(request, loader, record)

    async def _load(self, request: Request, loader: Loader, record: LoadRecord) -> Response:
        body: Path | None = None
        try:
            body = await spool.receive(request.stream(), self.engine.directory.spool)
            await self._blocking(spool.unpack, body, loader.options.compression)
            await self._blocking(loader.run, record, body)
        except ClientDisconnect:
            await self._blocking(self.engine.labels.abort, record, "client disconnected before the body was complete")
            raise
        except StarRocksError as error:
            if self.engine.labels.find(record.database, record.label) == record:
                await self._blocking(self.engine.labels.abort, record, error.message)
            return answer(report(record.id, record.label, "Fail", error.message, loader.counts))
        finally:
            if body is not None:
                body.unlink(missing_ok=True)
        return answer(report(record.id, record.label, "Success", "OK", loader.counts))

    async def error_log(self, request: Request) -> Response:
        """The rejected rows of a load."""
        found = await self._blocking(self.log.read, request.query_params.get("file", ""))
        if found is None:
            return PlainTextResponse("file not exist.", status_code=404)
        return PlainTextResponse(found)

    async def health(self, _request: Request) -> Response:
        """Whether this backend serves."""
        return answer({"status": "OK", "msg": "To Be Added"})
