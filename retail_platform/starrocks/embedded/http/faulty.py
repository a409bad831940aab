"""Where the faults on demand happen: before a request is looked at, and to the answer after it."""

from __future__ import annotations

import asyncio
from typing import Any

from starlette.responses import PlainTextResponse, Response

from retail_platform.starrocks.embedded.faults import Faults
from retail_platform.starrocks.embedded.http.answers import answer
from retail_platform.starrocks.embedded.http.broken import Broken

LATE = "transaction commit successfully, BUT data will be visible later"


async def before(faults: Faults) -> Response | None:
    """The answer of a server that has read nothing, or nothing after a while."""
    if faults.take("server_error"):
        return PlainTextResponse("Service Unavailable", status_code=503)
    if faults.slow_backend:
        await asyncio.sleep(faults.slow_backend)
    return None


def after(faults: Faults, body: dict[str, Any], *, committed: bool) -> Response:
    """The answer to what was done, or what a fault makes of it."""
    if committed:
        if faults.take("drop_after_commit"):
            return Broken(b"", promised=1)
        if faults.take("publish_timeout"):
            status = "Publish Timeout" if body["Status"] == "Success" else body["Status"]
            body = body | {"Status": status, "Message": LATE}
    whole = answer(body)
    if faults.take("truncated_answer"):
        return Broken(bytes(whole.body)[: len(whole.body) // 2], promised=len(whole.body))
    return whole
