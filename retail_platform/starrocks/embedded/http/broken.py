"""An answer that breaks off: the headers promise more than the body holds, then the connection ends."""

from __future__ import annotations

from starlette.responses import Response
from starlette.types import Receive, Scope, Send


class Broken(Response):
    """Sends part of a body and drops the connection."""

    def __init__(self, part: bytes, promised: int) -> None:
        super().__init__(part, headers={"content-length": str(promised), "connection": "close"})

    async def __call__(self, _scope: Scope, _receive: Receive, send: Send) -> None:
        """Send the part; ending the application early makes the HTTP server close the connection."""
        await send({"type": "http.response.start", "status": 200, "headers": self.raw_headers})
        await send({"type": "http.response.body", "body": bytes(self.body), "more_body": True})
