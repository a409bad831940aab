"""dbt's connections follow STARROCKS_SSL_MODE, though dbt-starrocks knows nothing of TLS."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import mysql.connector
import pytest
from tls_front import Authority, TlsFront

from retail_platform import settings as settings_module
from retail_platform.settings import StarRocksSettings, retail_settings
from retail_platform.transformation.dbt_project import dbt_executable
from retail_platform.transformation.dbt_tls import secure_connections
from tests.conftest import Platform


@pytest.fixture
def authority(tmp_path: Path) -> Authority:
    return Authority.create(tmp_path, "127.0.0.1")


@pytest.fixture
def front(platform: Platform, authority: Authority) -> Iterator[TlsFront]:
    with TlsFront(platform.starrocks.port, authority.context, mysql=True) as front:
        yield front


@pytest.fixture(autouse=True)
def _driver(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mysql.connector, "connect", mysql.connector.connect)  # put back afterwards


def _connect(port: int, mode: str, authority: Path | None = None) -> None:
    settings = StarRocksSettings(_env_file=None, port=port, ssl_mode=mode, ssl_ca=authority)
    secure_connections(settings)
    connection = mysql.connector.connect(host="127.0.0.1", port=port, user="root", password="")
    cursor = connection.cursor()
    cursor.execute("SELECT 1")
    assert cursor.fetchall() == [(1,)]
    connection.close()


@pytest.mark.parametrize("mode", ["disabled", "preferred", "required", "verify_ca", "verify_identity"])
def test_the_driver_does_what_the_mode_says(front: TlsFront, authority: Authority, mode: str) -> None:
    _connect(front.port, mode, authority.file)
    assert (front.encrypted, front.plain) == ((0, 1) if mode == "disabled" else (1, 0))


@pytest.mark.parametrize("mode", ["required", "verify_ca", "verify_identity"])
def test_a_server_without_tls_is_refused(platform: Platform, authority: Authority, mode: str) -> None:
    with pytest.raises(mysql.connector.Error, match=r"offers no TLS|SSL is required"):
        _connect(platform.starrocks.port, mode, authority.file)


def test_a_stranger_is_refused_where_certificates_count(front: TlsFront, tmp_path: Path) -> None:
    (tmp_path / "other").mkdir()
    stranger = Authority.create(tmp_path / "other", "127.0.0.1")
    _connect(front.port, "required", stranger.file)
    with pytest.raises(mysql.connector.Error, match="certificate verify failed"):
        _connect(front.port, "verify_ca", stranger.file)


def test_dbt_connects_over_verified_tls(
    front: TlsFront, authority: Authority, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("STARROCKS_SSL_MODE", "verify_identity")
    monkeypatch.setenv("STARROCKS_SSL_CA", str(authority.file))
    monkeypatch.setenv("STARROCKS_PORT", str(front.port))
    settings_module.starrocks_settings.cache_clear()
    command = dbt_executable()
    project = retail_settings().dbt_dir
    environment = {
        **os.environ,
        "DBT_PROJECT_DIR": str(project),
        "DBT_PROFILES_DIR": str(project),
        "DBT_TARGET_PATH": str(tmp_path),
        "DBT_LOG_PATH": str(tmp_path),
    }
    arguments = [command, "--no-use-colors", "debug", "--connection"]
    done = subprocess.run(arguments, env=environment, capture_output=True, text=True, check=False)
    assert "Connection test: [OK connection ok]" in done.stdout, done.stdout + done.stderr
    assert front.encrypted >= 1
    assert front.plain == 0
