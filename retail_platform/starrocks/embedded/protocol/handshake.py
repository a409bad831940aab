"""What mysql-mimic's handshake needs from us, and what it must not do by itself."""

from __future__ import annotations

from mysql_mimic.constants import DEFAULT_SERVER_CAPABILITIES
from mysql_mimic.session import BaseSession
from mysql_mimic.stream import MysqlStream
from mysql_mimic.types import Capabilities
from mysql_mimic.variables import GlobalVariables, SessionVariables

CAPABILITIES = (
    DEFAULT_SERVER_CAPABILITIES
    | Capabilities.CLIENT_MULTI_STATEMENTS
    | Capabilities.CLIENT_MULTI_RESULTS
    | Capabilities.CLIENT_PS_MULTI_RESULTS
    | Capabilities.CLIENT_TRANSACTIONS
    | Capabilities.CLIENT_LONG_FLAG
)


class AuthenticationRefused(Exception):
    """The client has been told; nothing more may happen on this connection."""


class HandshakeSession(BaseSession):  # type: ignore[misc]
    """What mysql-mimic wants to know of a session while it greets a client."""

    def __init__(self, version: str) -> None:
        self.variables = SessionVariables(GlobalVariables())
        self.variables.set("version", version, force=True)
        self.username: str | None = None
        self.database: str | None = None


class HeldBack:
    """Passes a handshake's packets through, except the verdicts that mysql-mimic would give itself."""

    def __init__(self, stream: MysqlStream) -> None:
        self._stream = stream
        self.answered = False

    async def read(self) -> bytes:
        """A packet from the client."""
        data: bytes = await self._stream.read()
        self.answered = bool(data)
        return data

    async def write(self, data: bytes, drain: bool = True) -> None:
        """A packet to the client, unless it is an OK or an error."""
        if data[:1] not in (b"\x00", b"\xff"):
            await self._stream.write(data, drain)
