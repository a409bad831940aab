"""Checks of the warehouse: does it answer, let us in, take loads, and does it know what time it is."""

from __future__ import annotations

import re
import socket
from datetime import UTC, datetime
from urllib.parse import urlsplit

import requests

from retail_platform.deployment.examination import Ailment, Subject
from retail_platform.starrocks.connection import connect, query
from retail_platform.starrocks.ddl import AUDIT_TABLE
from retail_platform.starrocks.http import StarRocksHttp
from retail_platform.starrocks.metadata import server_version
from retail_platform.starrocks.tls import http_verify

MAX_SKEW_SECONDS = 30
OLDEST_VERSION = (3, 3)
_ALIVE_COMPUTE_NODES = re.compile(r'^\w*node_info\{type="cn_node_num", *state="alive"\} (\d+)', re.MULTILINE)


def answers(subject: Subject) -> str:
    """Both ports of the frontend answer, and it has a backend or a compute node; nobody logs in."""
    settings = subject.starrocks
    _reach(settings.host, settings.port, "STARROCKS_HOST and STARROCKS_PORT", subject.timeout)
    _reach(settings.host, settings.http_port, "STARROCKS_HOST and STARROCKS_HTTP_PORT", subject.timeout)
    where = f"{settings.http_scheme}://{settings.host}:{settings.http_port}/api/health"
    try:
        health = requests.get(
            where, timeout=subject.timeout, allow_redirects=False, verify=http_verify(settings)
        ).json()
    except requests.exceptions.SSLError as error:
        raise Ailment(
            f"TLS with {where} fails: {error}",
            "Check STARROCKS_HTTP_SCHEME, STARROCKS_HTTP_PORT and STARROCKS_HTTP_CA; `--check transport-encryption` "
            "tells what is encrypted.",
        ) from None
    except (requests.RequestException, ValueError) as error:
        raise Ailment(
            f"{where} gives no answer of a StarRocks frontend ({type(error).__name__})",
            "Check that STARROCKS_HTTP_PORT is the frontend's HTTP port (8030), not a backend's or a proxy's.",
        ) from None
    if not isinstance(health, dict) or "online_backend_num" not in health:
        # Some versions answer less; the login check asks for backends again.
        return f"{settings.host} answers on {settings.port} (MySQL) and {settings.http_port} (HTTP)"
    alive, kind = int(health["online_backend_num"]), "backend(s)"
    if alive == 0:
        alive, kind = _compute_nodes(subject), "compute node(s)"
    if alive == 0:
        raise Ailment(
            f"the frontend at {settings.host} has no backend and no compute node that is alive",
            "A new cluster needs up to two minutes; then look at SHOW BACKENDS, SHOW COMPUTE NODES and their logs.",
        )
    return f"{settings.host} answers on {settings.port} and {settings.http_port}; {alive} {kind} alive"


def _compute_nodes(subject: Subject) -> int:
    """How many compute nodes are alive: a shared-data cluster has no backends, and health counts nothing else."""
    settings = subject.starrocks
    where = f"{settings.http_scheme}://{settings.host}:{settings.http_port}/metrics"
    try:
        answer = requests.get(where, timeout=subject.timeout, allow_redirects=False, verify=http_verify(settings))
    except requests.RequestException:
        return 0  # the caller says that nothing is alive, and what to look at
    found = _ALIVE_COMPUTE_NODES.search(answer.text) if answer.ok else None
    return int(found[1]) if found else 0


def login(subject: Subject) -> str:
    """The user gets in, the version is one we support, a backend is alive as far as the user may see."""
    with connect(subject.starrocks) as connection:
        version = server_version(connection)
    numbers = [int(part) for part in version.split("-")[0].split(".")[:2] if part.isdigit()]
    if tuple(numbers) < OLDEST_VERSION:
        raise Ailment(
            f"StarRocks {version} is older than {'.'.join(map(str, OLDEST_VERSION))}",
            "Upgrade StarRocks: the raw tables are Primary Key tables with expression partitions.",
        )
    return f"user {subject.starrocks.user!r} is in; StarRocks {version}"


def redirect(subject: Subject) -> str:
    """The frontend sends a load to a backend that we may trust and can reach."""
    settings = subject.starrocks
    path = f"/api/{subject.retail.bronze}/{AUDIT_TABLE}/_stream_load"
    # Asking for the redirect opens no transaction and sends no data.
    headers = {"Expect": "100-continue", "label": "doctor", "format": "json"}
    try:
        target = urlsplit(StarRocksHttp(settings).ask_frontend(path, headers))
    except requests.RequestException as error:
        raise Ailment(
            f"the frontend at {settings.host}:{settings.http_port} doesn't redirect loads: {error}",
            "Check that it answers (`--check warehouse-answers`) and that a backend is alive.",
        ) from None
    host, port = target.hostname or "", target.port or (443 if target.scheme == "https" else 80)
    try:
        with socket.create_connection((host, port), subject.timeout):
            return f"loads go to {host}:{port}, which answers"
    except OSError as error:
        raise Ailment(
            f"loads are redirected to {host}:{port}, which can't be reached from here: {error}",
            f'Say where it is reached: STARROCKS_REDIRECT_MAP={{"{host}:{port}": "host:port"}}. The all-in-one '
            "image calls its backend 127.0.0.1; pods of kube-starrocks are reached inside their cluster only.",
        ) from None


def clock_skew(subject: Subject) -> str:
    """Our clock and the warehouse's agree; days and slices are cut by ours."""
    with connect(subject.starrocks) as connection:
        before = datetime.now(UTC)
        row = query(connection, "SELECT UTC_TIMESTAMP() AS now")[0]
        after = datetime.now(UTC)
    theirs = row["now"]
    if not isinstance(theirs, datetime):
        theirs = datetime.fromisoformat(str(theirs))
    ours = before + (after - before) / 2
    skew = abs((theirs.replace(tzinfo=UTC) - ours).total_seconds())
    if skew > MAX_SKEW_SECONDS:
        raise Ailment(
            f"the clocks differ by {skew:.0f} seconds: {ours:%Y-%m-%d %H:%M:%S} here, {theirs:%Y-%m-%d %H:%M:%S} (UTC) "
            "in the warehouse",
            "Synchronise both machines' clocks (NTP). A wrong clock cuts days at the wrong moment.",
        )
    return f"the clocks agree within {max(skew, 1):.0f} s"


def _reach(host: str, port: int, variables: str, timeout: float) -> None:
    try:
        with socket.create_connection((host, port), timeout):
            return
    except socket.gaierror:
        raise Ailment(
            f"the host {host!r} has no address", "Check the name in STARROCKS_HOST, and DNS on this machine."
        ) from None
    except OSError as error:
        raise Ailment(
            f"nothing answers at {host}:{port} ({error.strerror or error})",
            f"Start the warehouse, or correct {variables}; between them may be a firewall or a NetworkPolicy.",
        ) from None
