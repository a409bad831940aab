"""The only reader of the environment.

Everything the platform can be told from outside is a field here, read once per process from the environment or from an
``.env`` file beside the process. Moving from the embedded warehouse to a StarRocks cluster takes the first few
``STARROCKS_*`` variables (host, ports, user, password) and nothing else.
"""

from __future__ import annotations

import json
from functools import lru_cache
from pathlib import Path
from typing import Any, Literal

from pydantic import Field, SecretStr, ValidationError, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

LoadCompression = Literal["none", "gzip", "lz4", "zstd"]
LoadTransaction = Literal["auto", "multi-table", "per-table"]
SslMode = Literal["disabled", "preferred", "required", "verify_ca", "verify_identity"]


_LOOPBACK = ("127.0.0.1", "localhost", "::1")


class SettingsError(ValueError):
    """The environment holds a value that can't be used; the message names the variable and the remedy."""


class StarRocksSettings(BaseSettings):
    """How to reach the warehouse: MySQL protocol for SQL, HTTP for Stream Load."""

    model_config = SettingsConfigDict(env_prefix="STARROCKS_", env_file=".env", extra="ignore", frozen=True)

    host: str = Field("127.0.0.1", description="Host of the frontend (FE).")
    port: int = Field(9030, ge=1, le=65535, description="MySQL protocol port of the FE.")
    http_port: int = Field(8030, ge=1, le=65535, description="HTTP port of the FE, where Stream Load starts.")
    user: str = Field("root", min_length=1, description="User for SQL and Stream Load.")
    password: SecretStr = Field(SecretStr(""), description="That user's password.")
    redirect_map: dict[str, str] = Field(
        default_factory=dict,
        description='Where a backend named in a redirect is reached from here: {"be:8040": "127.0.0.1:18040"}.',
    )
    allowed_hosts: list[str] = Field(
        default_factory=list,
        description="Hosts credentials may be sent to besides the FE's own; ``.suffix`` allows a domain.",
    )
    ssl_mode: SslMode = Field(
        "preferred",
        description="TLS of the MySQL port, as the mysql client's --ssl-mode: from `verify_ca` on certificates count.",
    )
    ssl_ca: Path | None = Field(None, description="PEM file of the authority of the FE's certificate.")
    http_scheme: Literal["http", "https"] = Field(
        "http", description="Scheme of the FE's and the backends' HTTP ports."
    )
    http_ca: Path | None = Field(
        None, description="PEM file for https; default: STARROCKS_SSL_CA, else the usual ones."
    )
    load_compression: LoadCompression = Field(
        "none", description="Compression of loads on their way; pays where the network is slower than some 400 MB/s."
    )
    be_port: int = Field(
        8040, ge=1, le=65535, description="HTTP port of the backend; only the embedded warehouse reads it."
    )

    @property
    def is_local(self) -> bool:
        """Whether the warehouse is reached by this machine's loopback: nothing crosses a network."""
        return self.host in _LOOPBACK

    @field_validator("ssl_mode", mode="before")
    @classmethod
    def _as_mysql_writes_it(cls, value: object) -> object:
        return value.lower() if isinstance(value, str) else value

    @field_validator("ssl_ca", "http_ca", mode="before")
    @classmethod
    def _empty_is_none(cls, value: object) -> object:
        return value or None


class RetailSettings(BaseSettings):
    """What belongs to the platform itself."""

    model_config = SettingsConfigDict(env_prefix="RETAIL_", env_file=".env", extra="ignore", frozen=True)

    home: Path = Field(Path(".local"), description="Local state: embedded warehouse, landing zone, Dagster instance.")
    landing_url: str = Field("", description="Root of the landing zone, any fsspec URL; default: <home>/landing.")
    checks_url: str = Field(
        "", description="Where the page of all checks goes, any fsspec URL; default: <home>/checks."
    )
    db_prefix: str = Field(
        "", pattern=r"^[a-z0-9_]*$", description="Prefix of the bronze, silver and gold databases, to share a cluster."
    )
    dbt_project_dir: Path = Field(Path(), description="The dbt project; default: dbt/ of the checkout or of the wheel.")
    dbt_threads: int = Field(4, ge=1, le=64, description="Models dbt builds at a time.")
    dbt_fork: bool | None = Field(
        None, description="Fork dbt from the run's process, or start its command; default: where runs start warm."
    )
    executor: Literal["in_process", "k8s"] = Field(
        "in_process", description="Steps run in the run's own process, or each in a Kubernetes job (see executors.py)."
    )
    executor_config: dict[str, Any] = Field(
        default_factory=dict, description='Configuration of the k8s executor as JSON: {"max_concurrent": 4}.'
    )
    load_transaction: LoadTransaction = Field(
        "auto",
        description="Load the feeds of a day in one transaction (multi-table, StarRocks 4.0 and newer), or each by "
        "itself (per-table); auto: by the server's version.",
    )
    replication_num: int = Field(
        1, ge=1, le=9, description="Replicas of the tables we create; at most the backends there are."
    )

    @field_validator("home")
    @classmethod
    def _absolute(cls, value: Path) -> Path:
        return value.expanduser().resolve()

    @property
    def landing_root(self) -> str:
        """The landing zone's URL."""
        return self.landing_url or str(self.home / "landing")

    @property
    def checks_root(self) -> str:
        """Where the page of all checks is published: directory or URL."""
        return self.checks_url or str(self.home / "checks")

    @property
    def bronze(self) -> str:
        """Database of the raw tables."""
        return f"{self.db_prefix}bronze"

    @property
    def silver(self) -> str:
        """Database of staging and intermediate models."""
        return f"{self.db_prefix}silver"

    @property
    def gold(self) -> str:
        """Database of the marts."""
        return f"{self.db_prefix}gold"

    @property
    def dbt_dir(self) -> Path:
        """The dbt project's directory.

        Raises:
            SettingsError: No dbt project is where one should be.
        """
        package = Path(__file__).resolve().parent
        given = [self.dbt_project_dir] if self.dbt_project_dir != Path() else [package.parent / "dbt", package / "_dbt"]
        for candidate in given:
            if (candidate / "dbt_project.yml").is_file():
                return candidate.resolve()
        looked = ", ".join(str(path) for path in given)
        raise SettingsError(f"no dbt_project.yml in {looked}; set RETAIL_DBT_PROJECT_DIR to the dbt project")


def _explain(prefix: str, error: ValidationError) -> str:
    parts = []
    for problem in error.errors(include_input=False, include_url=False):
        variable = prefix + "_".join(str(part) for part in problem["loc"]).upper()
        parts.append(f"{variable}: {problem['msg']}")
    return "; ".join(parts) + ". Correct the variable in the environment or in .env (see .env.example)."


@lru_cache(maxsize=1)
def starrocks_settings() -> StarRocksSettings:
    """The warehouse's address and credentials.

    Raises:
        SettingsError: A variable holds something unusable; its value is not repeated, it may be a secret.
    """
    try:
        return StarRocksSettings()
    except ValidationError as error:
        raise SettingsError(_explain("STARROCKS_", error)) from None


@lru_cache(maxsize=1)
def retail_settings() -> RetailSettings:
    """The platform's own settings.

    Raises:
        SettingsError: A variable holds something unusable.
    """
    try:
        return RetailSettings()
    except ValidationError as error:
        raise SettingsError(_explain("RETAIL_", error)) from None


def child_environment() -> dict[str, str]:
    """Both settings as environment variables, for a child process (dbt, Dagster) that must see the same."""
    starrocks, retail = starrocks_settings(), retail_settings()
    return {
        "STARROCKS_HOST": starrocks.host,
        "STARROCKS_PORT": str(starrocks.port),
        "STARROCKS_HTTP_PORT": str(starrocks.http_port),
        "STARROCKS_USER": starrocks.user,
        "STARROCKS_PASSWORD": starrocks.password.get_secret_value(),
        "STARROCKS_REDIRECT_MAP": json.dumps(starrocks.redirect_map),
        "STARROCKS_ALLOWED_HOSTS": json.dumps(starrocks.allowed_hosts),
        "STARROCKS_LOAD_COMPRESSION": starrocks.load_compression,
        "STARROCKS_SSL_MODE": starrocks.ssl_mode,
        "STARROCKS_SSL_CA": str(starrocks.ssl_ca or ""),
        "STARROCKS_HTTP_SCHEME": starrocks.http_scheme,
        "STARROCKS_HTTP_CA": str(starrocks.http_ca or ""),
        "RETAIL_HOME": str(retail.home),
        "RETAIL_LANDING_URL": retail.landing_root,
        "RETAIL_CHECKS_URL": retail.checks_root,
        "RETAIL_DB_PREFIX": retail.db_prefix,
        "RETAIL_DBT_PROJECT_DIR": str(retail.dbt_dir),
        "RETAIL_DBT_THREADS": str(retail.dbt_threads),
        **({} if retail.dbt_fork is None else {"RETAIL_DBT_FORK": str(retail.dbt_fork)}),
        "RETAIL_LOAD_TRANSACTION": retail.load_transaction,
        "RETAIL_REPLICATION_NUM": str(retail.replication_num),
        "RETAIL_EXECUTOR": retail.executor,
        "RETAIL_EXECUTOR_CONFIG": json.dumps(retail.executor_config),
    }
