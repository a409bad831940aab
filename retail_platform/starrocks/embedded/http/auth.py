"""HTTP Basic authentication, the same on FE and BE; only the refusals differ."""

from __future__ import annotations

import base64
import binascii
import hmac

from starlette.requests import Request


class BasicAuth:
    """The one user and password."""

    def __init__(self, user: str, password: str) -> None:
        self._user = user
        self._password = password

    def user_of(self, request: Request) -> str | None:
        """The name a request claims, or nothing when it claims none."""
        claimed = self._claim(request)
        return claimed[0] if claimed else None

    def accepts(self, request: Request) -> bool:
        """Whether the claim is true."""
        claimed = self._claim(request)
        if claimed is None:
            return False
        same_user = hmac.compare_digest(claimed[0].encode(), self._user.encode())
        return hmac.compare_digest(claimed[1].encode(), self._password.encode()) and same_user

    @staticmethod
    def _claim(request: Request) -> tuple[str, str] | None:
        scheme, _, encoded = request.headers.get("authorization", "").partition(" ")
        if scheme.lower() != "basic":
            return None
        try:
            decoded = base64.b64decode(encoded, validate=True).decode()
        except (binascii.Error, UnicodeDecodeError):
            return None
        user, _, password = decoded.partition(":")
        return user.partition("@")[0], password
