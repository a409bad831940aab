"""Users and grants: what each role gets, and that no password shows."""

from __future__ import annotations

import re
from typing import Any

import pytest
from click.testing import CliRunner
from pymysql.err import OperationalError

from retail_platform.cli.doctor import doctor
from retail_platform.deployment.accounts import Account, accounts
from retail_platform.deployment.grants import apply_grants, grant_statements
from retail_platform.settings import RetailSettings, SettingsError
from retail_platform.starrocks.connection import WarehouseError, connect
from tests.conftest import Platform

SETTINGS = RetailSettings(_env_file=None, db_prefix="p_")
MARKER = "marker-5e7d"


@pytest.fixture
def three(monkeypatch: pytest.MonkeyPatch) -> tuple[Account, ...]:
    for role in ("LOADER", "TRANSFORMER", "READER"):
        monkeypatch.setenv(f"STARROCKS_{role}_PASSWORD", f"{MARKER}-{role}")
    return accounts()


def _rights(role: str, three: tuple[Account, ...]) -> dict[str, set[str]]:
    """Database → rights a role has on its tables."""
    found: dict[str, set[str]] = {}
    for statement in grant_statements(three, SETTINGS):
        match = re.fullmatch(
            r"GRANT (.*) ON ALL TABLES IN DATABASE `(\w+)` TO ROLE `p_retail_(\w+)_role`", statement.sql
        )
        if match and match[3] == role:
            found.setdefault(match[2], set()).update(match[1].split(", "))
    return found


def test_each_role_gets_what_its_work_takes(three: tuple[Account, ...]) -> None:
    assert _rights("loader", three) == {"p_bronze": {"SELECT", "INSERT", "UPDATE", "DELETE"}}
    assert _rights("transformer", three) == {"p_bronze": {"SELECT"}, "p_silver": {"ALL"}, "p_gold": {"ALL"}}
    assert _rights("reader", three) == {"p_gold": {"SELECT"}}


def test_nobody_gets_rights_on_everything(three: tuple[Account, ...]) -> None:
    for statement in grant_statements(three, SETTINGS):
        assert "ALL DATABASES" not in statement.sql
        assert "SYSTEM" not in statement.sql
        assert "GRANT OPTION" not in statement.sql


class _Cursor:
    def __init__(self, log: list[tuple[str, Any]], fail: str) -> None:
        self._log, self._fail = log, fail

    def __enter__(self) -> _Cursor:
        return self

    def __exit__(self, *_error: object) -> None: ...

    def execute(self, sql: str, parameters: Any = None) -> int:
        text = sql % tuple(f"'{p}'" for p in parameters) if parameters else sql
        self._log.append((text, parameters))
        if self._fail and self._fail in sql:
            raise OperationalError(1064, f"syntax error near {text}")
        return 0

    def fetchall(self) -> list[Any]:
        return []


class _Connection:
    def __init__(self, fail: str = "") -> None:
        self.log: list[tuple[str, Any]] = []
        self._fail = fail

    def cursor(self) -> _Cursor:
        return _Cursor(self.log, self._fail)


def test_statements_as_the_server_gets_them(three: tuple[Account, ...]) -> None:
    connection = _Connection()
    assert apply_grants(connection, three, SETTINGS) == ["retail_loader", "retail_transformer", "retail_reader"]
    sent = [text for text, _ in connection.log]
    assert f"CREATE USER IF NOT EXISTS 'retail_loader'@'%' IDENTIFIED BY '{MARKER}-LOADER'" in sent
    assert f"ALTER USER 'retail_reader'@'%' IDENTIFIED BY '{MARKER}-READER'" in sent
    assert "GRANT `p_retail_loader_role` TO USER 'retail_loader'@'%'" in sent
    assert "ALTER USER 'retail_transformer'@'%' DEFAULT ROLE `p_retail_transformer_role`" in sent
    roles = [i for i, text in enumerate(sent) if text.startswith("CREATE ROLE")]
    users = [i for i, text in enumerate(sent) if "CREATE USER" in text]
    assert max(roles) < min(users)


def test_an_error_shows_the_statement_without_its_password(three: tuple[Account, ...]) -> None:
    with pytest.raises(WarehouseError) as caught:
        apply_grants(_Connection("CREATE USER"), three, SETTINGS)
    assert MARKER not in str(caught.value)
    assert "IDENTIFIED BY '<password>'" in str(caught.value)
    assert "user_admin" in str(caught.value)


def test_print_grants_shows_no_password(three: tuple[Account, ...]) -> None:
    result = CliRunner().invoke(doctor, ["--print-grants"])
    assert result.exit_code == 0, result.output
    assert MARKER not in result.output
    assert "CREATE USER IF NOT EXISTS 'retail_loader'@'%' IDENTIFIED BY '<password>';" in result.output


def test_passwords_missing_are_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STARROCKS_LOADER_PASSWORD", "x")
    with pytest.raises(SettingsError, match="STARROCKS_TRANSFORMER_PASSWORD, STARROCKS_READER_PASSWORD not set"):
        accounts()


def test_names_that_cannot_be_users_are_refused(monkeypatch: pytest.MonkeyPatch, three: tuple[Account, ...]) -> None:
    monkeypatch.setenv("STARROCKS_LOADER_USER", "x'; DROP USER root; --")
    with pytest.raises(SettingsError, match="STARROCKS_LOADER_USER"):
        accounts()
    monkeypatch.setenv("STARROCKS_LOADER_USER", "retail_reader")
    with pytest.raises(SettingsError, match="same user"):
        accounts()


def test_the_embedded_warehouse_has_one_user(platform: Platform, three: tuple[Account, ...]) -> None:
    with connect(platform.starrocks) as connection, pytest.raises(WarehouseError, match="one user"):
        apply_grants(connection, three, platform.retail)
