"""TLS to the warehouse, for every client: SQL, Stream Load, dbt; what is trusted, and what is refused."""

from __future__ import annotations

import io
import re
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from tls_front import Authority, TlsFront

from retail_platform.deployment import transport_checks, warehouse_checks
from retail_platform.deployment.examination import Ailment, Subject
from retail_platform.settings import SettingsError, StarRocksSettings
from retail_platform.starrocks.connection import WarehouseUntrusted, connect, execute, query
from retail_platform.starrocks.http import StarRocksHttp
from retail_platform.starrocks.load_outcome import UntrustedServer
from retail_platform.starrocks.stream_load import StreamLoadClient
from retail_platform.starrocks.tls import connector_options
from tests.conftest import Platform


@dataclass
class Secured:
    """A warehouse behind TLS: the fronts of its three ports, and settings that reach it there."""

    platform: Platform
    authority: Authority
    sql: TlsFront
    frontend: TlsFront
    backend: TlsFront

    def settings(self, **changes: Any) -> StarRocksSettings:
        """Settings with the authority's file and full verification, unless said otherwise."""
        there = self.platform.starrocks
        values: dict[str, Any] = {
            "host": "127.0.0.1",
            "port": self.sql.port,
            "http_port": self.frontend.port,
            "user": there.user,
            "password": there.password,
            "ssl_mode": "verify_identity",
            "ssl_ca": self.authority.file,
            "http_scheme": "https",
            "redirect_map": {f"127.0.0.1:{there.be_port}": f"127.0.0.1:{self.backend.port}"},
        }
        return StarRocksSettings(_env_file=None, **(values | changes))


@pytest.fixture(scope="session")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority.create(tmp_path_factory.mktemp("ca"), "127.0.0.1", "localhost")


@pytest.fixture
def secured(platform: Platform, authority: Authority) -> Iterator[Secured]:
    there = platform.starrocks
    with (
        TlsFront(there.port, authority.context, mysql=True) as sql,
        TlsFront(there.http_port, authority.context) as frontend,
        TlsFront(there.be_port, authority.context) as backend,
    ):
        yield Secured(platform, authority, sql, frontend, backend)


def _load(settings: StarRocksSettings, database: str) -> int | None:
    @contextmanager
    def body() -> Iterator[io.BytesIO]:
        yield io.BytesIO(b'{"id": 1}\n{"id": 2}\n')

    client = StreamLoadClient(settings)
    return client.load(database, "t", body, label="over_tls", headers={"format": "json"}).rows_loaded


def test_sql_is_encrypted_and_verified(secured: Secured) -> None:
    with connect(secured.settings()) as connection:
        assert query(connection, "SELECT 1 AS one") == [{"one": 1}]
    assert (secured.sql.encrypted, secured.sql.plain) == (1, 0)


@pytest.mark.parametrize("mode", ["disabled", "preferred", "required", "VERIFY_CA", "verify_identity"])
def test_modes_are_those_of_the_mysql_client(secured: Secured, mode: str) -> None:
    encrypted = int(mode != "disabled")
    with connect(secured.settings(ssl_mode=mode)) as connection:
        query(connection, "SELECT 1")
    assert (secured.sql.encrypted, secured.sql.plain) == (encrypted, 1 - encrypted)


def test_a_load_is_encrypted_on_both_hops(secured: Secured) -> None:
    database = secured.platform.retail.bronze
    settings = secured.settings()
    with connect(settings) as connection:
        execute(connection, f"CREATE TABLE {database}.t (id INT NOT NULL) PRIMARY KEY (id) DISTRIBUTED BY HASH (id)")
    assert _load(settings, database) == 2
    assert secured.frontend.encrypted >= 1
    assert secured.backend.encrypted == 1


def test_a_backend_without_tls_takes_an_explicit_word(secured: Secured) -> None:
    there = secured.platform.starrocks
    address = f"127.0.0.1:{there.be_port}"
    with pytest.raises(
        UntrustedServer, match=rf"https://{address} fails: .*http://host:port in STARROCKS_REDIRECT_MAP"
    ):
        _load(secured.settings(redirect_map={}), secured.platform.retail.bronze)
    http = StarRocksHttp(secured.settings(redirect_map={address: f"http://{address}"}))
    assert http.trusted(f"http://{address}/x") == f"http://{address}/x"


def test_another_authority_is_refused(secured: Secured, tmp_path: Path) -> None:
    stranger = Authority.create(tmp_path, "127.0.0.1")
    settings = secured.settings(ssl_ca=stranger.file)
    with pytest.raises(WarehouseUntrusted, match=r"isn't accepted: .*Check STARROCKS_SSL_CA"), connect(settings):
        pass
    with pytest.raises(UntrustedServer, match=r"fails: .*certificate.*Check STARROCKS_HTTP_CA"):
        _load(settings, secured.platform.retail.bronze)
    with connect(secured.settings(ssl_ca=stranger.file, ssl_mode="required")) as connection:
        query(connection, "SELECT 1")  # encrypted is all that was asked for


def test_another_name_is_refused(platform: Platform, tmp_path: Path) -> None:
    elsewhere = Authority.create(tmp_path, "starrocks.example.com")
    there = platform.starrocks
    with TlsFront(there.port, elsewhere.context, mysql=True) as sql:
        base = {"host": "127.0.0.1", "port": sql.port, "ssl_ca": elsewhere.file}
        trusting = StarRocksSettings(_env_file=None, ssl_mode="verify_ca", **base)
        strict = StarRocksSettings(_env_file=None, ssl_mode="verify_identity", **base)
        with connect(trusting) as connection:
            query(connection, "SELECT 1")
        with pytest.raises(WarehouseUntrusted, match="a name in the certificate"), connect(strict):
            pass


@pytest.mark.parametrize("mode", ["required", "verify_ca", "verify_identity"])
def test_a_server_without_tls_gets_no_login(platform: Platform, authority: Authority, mode: str) -> None:
    there = platform.starrocks
    settings = StarRocksSettings(_env_file=None, host=there.host, port=there.port, ssl_mode=mode, ssl_ca=authority.file)
    with pytest.raises(WarehouseUntrusted, match=f"offers no TLS, but STARROCKS_SSL_MODE={mode}"), connect(settings):
        pass


def test_a_connection_cut_during_the_handshake_is_no_distrust() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def hang_up() -> None:
            client, _ = listener.accept()
            client.recv(1)
            client.close()

        threading.Thread(target=hang_up, daemon=True).start()
        port = listener.getsockname()[1]
        settings = StarRocksSettings(_env_file=None, http_port=port, http_scheme="https")
        with pytest.raises(OSError, match=r"EOF|reset|aborted"):  # what the loader tries again
            StarRocksHttp(settings).ask_frontend("/api/x/y/_stream_load", {})


@pytest.mark.parametrize("content", [None, "no certificate"])
def test_a_useless_ca_file_names_its_variable(tmp_path: Path, content: str | None) -> None:
    file = tmp_path / "ca.pem"
    if content is not None:
        file.write_text(content)
    settings = StarRocksSettings(_env_file=None, ssl_mode="verify_ca", ssl_ca=file, http_scheme="https")
    for use in (lambda: connect(settings).__enter__(), lambda: connector_options(settings)):
        with pytest.raises(SettingsError, match=r"STARROCKS_SSL_CA=.*can't be used"):
            use()
    with pytest.raises(SettingsError, match="STARROCKS_HTTP_CA"):
        StarRocksHttp(StarRocksSettings(_env_file=None, http_scheme="https", http_ca=file))


def test_settings_travel_to_children(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    from retail_platform import settings as module

    values = {
        "STARROCKS_SSL_MODE": "verify_ca",
        "STARROCKS_SSL_CA": str(tmp_path / "a.pem"),
        "STARROCKS_HTTP_SCHEME": "https",
        "STARROCKS_HTTP_CA": str(tmp_path / "b.pem"),
    }
    for name, value in values.items():
        monkeypatch.setenv(name, value)
    module.starrocks_settings.cache_clear()
    try:
        assert values.items() <= module.child_environment().items()
    finally:
        module.starrocks_settings.cache_clear()


def test_doctor_tells_what_is_encrypted(secured: Secured) -> None:
    retail = secured.platform.retail
    told = transport_checks.encryption(Subject(secured.settings(), retail))
    assert re.fullmatch(
        r"SQL: TLSv1.[23], certificate verified until .*; HTTP: TLSv1.[23], certificate verified until .*", told
    )
    assert "1 backend(s) alive" in warehouse_checks.answers(Subject(secured.settings(), retail))
    assert "which answers" in warehouse_checks.redirect(Subject(secured.settings(), retail))
    half = secured.settings(ssl_mode="required", http_scheme="http", http_port=secured.platform.starrocks.http_port)
    told = transport_checks.encryption(Subject(half, retail))
    assert "certificate not verified; HTTP: not encrypted (STARROCKS_HTTP_SCHEME=http)" in told


def test_doctor_says_when_credentials_cross_a_network_in_clear(platform: Platform) -> None:
    elsewhere = platform.starrocks.model_copy(
        update={"host": "0.0.0.0"}
    )  # this machine by a name that isn't loopback's
    told = transport_checks.encryption(Subject(elsewhere, platform.retail))
    assert "in clear (SQL, HTTP): see STARROCKS_SSL_MODE" in told


def test_doctor_names_wrong_and_expiring_certificates(secured: Secured, tmp_path: Path) -> None:
    retail = secured.platform.retail
    plain = secured.settings(http_port=secured.platform.starrocks.http_port)
    with pytest.raises(Ailment, match=r"TLS with https://.* fails"):
        transport_checks.encryption(Subject(plain, retail))
    with pytest.raises(Ailment, match=r"TLS with https://.* fails"):
        warehouse_checks.answers(Subject(plain, retail))
    old = Authority.create(tmp_path, "127.0.0.1", not_after=datetime.now(UTC) + timedelta(days=3))
    with TlsFront(secured.platform.starrocks.port, old.context, mysql=True) as sql:
        settings = secured.settings(port=sql.port, ssl_ca=old.file)
        with pytest.raises(Ailment, match=r"expires on .*, in 2 days"):
            transport_checks.encryption(Subject(settings, retail))
