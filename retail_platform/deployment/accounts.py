"""The warehouse users an installation has, and where their names and passwords come from.

Three roles, each with what its work takes: the loader writes raw tables, the transformer owns what dbt builds, the
reader reads marts. An administrator (the STARROCKS_* variables of `init-db`) creates them.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from pydantic import Field, SecretStr, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

from retail_platform.settings import SettingsError

Role = Literal["loader", "transformer", "reader"]
ROLES: tuple[Role, ...] = ("loader", "transformer", "reader")
_NAME = r"^[A-Za-z_][A-Za-z0-9_.-]{0,63}$"


class AccountSettings(BaseSettings):
    """STARROCKS_LOADER_USER, STARROCKS_LOADER_PASSWORD and so on; read by `init-db --grants` alone."""

    model_config = SettingsConfigDict(env_prefix="STARROCKS_", env_file=".env", extra="ignore", frozen=True)

    loader_user: str = Field("retail_loader", pattern=_NAME)
    loader_password: SecretStr = SecretStr("")
    transformer_user: str = Field("retail_transformer", pattern=_NAME)
    transformer_password: SecretStr = SecretStr("")
    reader_user: str = Field("retail_reader", pattern=_NAME)
    reader_password: SecretStr = SecretStr("")


@dataclass(frozen=True)
class Account:
    """A user to be created."""

    role: Role
    name: str
    password: SecretStr


def accounts(*, need_passwords: bool = True) -> tuple[Account, ...]:
    """The three users.

    Args:
        need_passwords: Refuse a user without a password; only printing statements does without.

    Raises:
        SettingsError: A name can't be a user's, or a password is missing.
    """
    try:
        settings = AccountSettings()
    except ValidationError as error:
        names = ", ".join("STARROCKS_" + str(problem["loc"][0]).upper() for problem in error.errors())
        raise SettingsError(f"{names}: no name of a user; use letters, digits, '_', '.' and '-', at most 64") from None
    found = tuple(
        Account(role, getattr(settings, f"{role}_user"), getattr(settings, f"{role}_password")) for role in ROLES
    )
    missing = [f"STARROCKS_{a.role.upper()}_PASSWORD" for a in found if not a.password.get_secret_value()]
    if need_passwords and missing:
        raise SettingsError(
            f"{', '.join(missing)} not set: every user gets a password. Set them for `init-db --grants`."
        )
    if len({account.name for account in found}) < len(found):
        raise SettingsError("two of STARROCKS_LOADER_USER, _TRANSFORMER_USER and _READER_USER are the same user")
    return found
