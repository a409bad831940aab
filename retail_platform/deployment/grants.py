"""Least-privilege users and roles in StarRocks: the statements, and running them.

Rights hang on roles, so that an administrator may give them to users of his own. Every statement may run again; running
them again also sets the passwords again, which is how a password is changed.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from pymysql.connections import Connection
from pymysql.err import MySQLError

from retail_platform.deployment.accounts import ROLES, Account, Role
from retail_platform.settings import RetailSettings
from retail_platform.starrocks.connection import WarehouseError, query, quote_name

_REWRITE = "SELECT, INSERT, UPDATE, DELETE"


@dataclass(frozen=True)
class Statement:
    """A statement; the secret, if it has one, stands apart and never in the text."""

    sql: str
    secret: str | None = None

    def printable(self) -> str:
        """The statement with a placeholder for the secret."""
        return self.sql.replace("%s", "'<password>'").replace("%%", "%") + ";"


def role_name(role: Role, settings: RetailSettings) -> str:
    """A role's name; platforms that share a warehouse have roles of their own."""
    return f"{settings.db_prefix}retail_{role}_role"


def role_statements(settings: RetailSettings) -> Iterator[Statement]:
    """Roles and their rights."""
    loader, transformer, reader = (quote_name(role_name(role, settings)) for role in ROLES)
    bronze, silver, gold = map(quote_name, (settings.bronze, settings.silver, settings.gold))
    for role in (loader, transformer, reader):
        yield Statement(f"CREATE ROLE IF NOT EXISTS {role}")
    # The loader fills raw tables, replaces a day, and keeps the audit. It creates and drops nothing.
    yield Statement(f"GRANT {_REWRITE} ON ALL TABLES IN DATABASE {bronze} TO ROLE {loader}")
    # The transformer reads raw tables and owns the databases of the models.
    yield Statement(f"GRANT SELECT ON ALL TABLES IN DATABASE {bronze} TO ROLE {transformer}")
    # dbt says CREATE DATABASE IF NOT EXISTS, which takes the right even where the database exists.
    yield Statement(f"GRANT CREATE DATABASE ON CATALOG default_catalog TO ROLE {transformer}")
    for database in (silver, gold):
        yield Statement(
            f"GRANT CREATE TABLE, CREATE VIEW, CREATE MATERIALIZED VIEW ON DATABASE {database} TO ROLE {transformer}"
        )
        yield Statement(f"GRANT ALL ON ALL TABLES IN DATABASE {database} TO ROLE {transformer}")
        yield Statement(f"GRANT ALL ON ALL VIEWS IN DATABASE {database} TO ROLE {transformer}")
        yield Statement(f"GRANT ALL ON ALL MATERIALIZED VIEWS IN DATABASE {database} TO ROLE {transformer}")
    # The reader reads marts.
    for kind in ("TABLES", "VIEWS", "MATERIALIZED VIEWS"):
        yield Statement(f"GRANT SELECT ON ALL {kind} IN DATABASE {gold} TO ROLE {reader}")


def user_statements(accounts: Sequence[Account], settings: RetailSettings) -> Iterator[Statement]:
    """Users, their passwords, their roles."""
    for account in accounts:
        user = f"'{account.name}'@'%%'"  # doubled: the driver fills in %s
        role = quote_name(role_name(account.role, settings))
        secret = account.password.get_secret_value()
        yield Statement(f"CREATE USER IF NOT EXISTS {user} IDENTIFIED BY %s", secret)
        yield Statement(f"ALTER USER {user} IDENTIFIED BY %s", secret)
        yield Statement(f"GRANT {role} TO USER {user}".replace("%%", "%"))
        yield Statement(f"ALTER USER {user} DEFAULT ROLE {role}".replace("%%", "%"))


def grant_statements(accounts: Sequence[Account], settings: RetailSettings) -> list[Statement]:
    """Everything `init-db --grants` runs after the schema, in order."""
    return [*role_statements(settings), *user_statements(accounts, settings)]


def apply_grants(connection: Connection[Any], accounts: Sequence[Account], settings: RetailSettings) -> list[str]:
    """Create roles and users; returns the users' names.

    Raises:
        WarehouseError: The warehouse refuses a statement; the message shows it without its secret.
    """
    if _has_one_user(connection):
        raise WarehouseError(
            "the embedded warehouse has one user: there is nobody to grant to. Leave out --grants, or use a StarRocks"
        )
    for statement in grant_statements(accounts, settings):
        try:
            with connection.cursor() as cursor:
                cursor.execute(statement.sql, (statement.secret,) if statement.secret is not None else None)
        except MySQLError as error:
            # The server's text may quote the statement, and with it the password.
            code = error.args[0] if error.args else "unknown"
            reason = "" if statement.secret else f": {error.args[1] if len(error.args) > 1 else error}"
            raise WarehouseError(
                f"error {code} at `{statement.printable()}`{reason}. It takes a user with the roles user_admin and "
                "db_admin (root has both)."
            ) from None
    return [account.name for account in accounts]


def _has_one_user(connection: Connection[Any]) -> bool:
    comment = query(connection, "SHOW VARIABLES LIKE 'version_comment'")
    return any("embedded" in str(row["Value"]) for row in comment)
