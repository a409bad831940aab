"""Superset beside the platform: where its own state is, and how it reaches the warehouse.

The bundle in assets/ names no host and no secret; every connection gets them here, from the same variables and secret
files as the platform: STARROCKS_HOST, STARROCKS_PORT, STARROCKS_USER(_FILE), STARROCKS_PASSWORD(_FILE).
"""

import os
from pathlib import Path

import pymysql

pymysql.install_as_MySQLdb()  # Superset asks MySQLdb for the names of types, whichever driver connects

DATA_DIR = os.environ.get("SUPERSET_HOME", "/var/lib/superset")


def _given(name: str, default: str = "") -> str:
    """A variable, or the content of the file that the variable with _FILE names."""
    file = os.environ.get(f"{name}_FILE")
    return Path(file).read_text().strip() if file else os.environ.get(name, default)


SECRET_KEY = _given("SUPERSET_SECRET_KEY")  # Superset refuses to start with an empty or a well-known one
SQLALCHEMY_DATABASE_URI = os.environ.get("SUPERSET_DATABASE_URI", f"sqlite:///{DATA_DIR}/superset.db")
SQLALCHEMY_EXAMPLES_URI = SQLALCHEMY_DATABASE_URI
# Its own server does without HTTPS; the published port is this machine's only. A proxy before it adds TLS.
TALISMAN_ENABLED = False
WTF_CSRF_ENABLED = True
SESSION_COOKIE_SAMESITE = "Lax"
# Marts change every few minutes at the most.
DATA_CACHE_CONFIG = {"CACHE_TYPE": "SimpleCache", "CACHE_DEFAULT_TIMEOUT": 60}
FILTER_STATE_CACHE_CONFIG = EXPLORE_FORM_DATA_CACHE_CONFIG = {
    "CACHE_TYPE": "SimpleCache",
    "CACHE_DEFAULT_TIMEOUT": 86400,
}


def DB_CONNECTION_MUTATOR(uri, params, username, security_manager, source):  # noqa: ANN001, ANN201, ARG001, N802, D103
    if uri.get_backend_name() != "starrocks":
        return uri, params
    there = uri.set(
        host=os.environ.get("STARROCKS_HOST", uri.host),
        port=int(os.environ.get("STARROCKS_PORT", uri.port or 9030)),
        username=_given("STARROCKS_USER", uri.username or ""),
        password=_given("STARROCKS_PASSWORD") or None,
    )
    return there, params
