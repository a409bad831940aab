"""The JSON that FE and BE answer with; every number and name in the place where clients look for it."""

from __future__ import annotations

import json
from typing import Any

from starlette.responses import Response


def answer(body: dict[str, Any], status: int = 200, headers: dict[str, str] | None = None) -> Response:
    """Pretty-printed JSON, as the backend prints it."""
    return Response(
        json.dumps(body, indent=4, ensure_ascii=False),
        status_code=status,
        headers=headers,
        media_type="application/json; charset=UTF-8",
    )


def frontend_failure(message: str) -> Response:
    """A DdlException of the frontend: HTTP 200, Status FAILED, connection closed."""
    text = f"class com.starrocks.common.DdlException: {message}"
    return answer({"Status": "FAILED", "Message": text}, headers={"connection": "close"})


def unauthorized(message: str) -> Response:
    """The frontend's refusal of a client."""
    body = {"status": "FAILED", "code": "1", "msg": message, "message": message}
    return answer(body, 401, {"WWW-Authenticate": 'Basic realm=""', "connection": "close"})


def rest_ok(**fields: object) -> Response:
    """A successful answer of the frontend's REST actions."""
    return answer({**fields, "status": "OK", "code": "0", "msg": "Success", "message": "OK"})


def rest_failure(message: str) -> Response:
    """A failed answer of the frontend's REST actions."""
    return answer({"status": "FAILED", "code": "1", "msg": message, "message": message})
