"""Known errors → one line and exit status 1."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import ParamSpec, TypeVar

import click

from retail_platform.contracts.enforce import ContractError
from retail_platform.landing import LandingZoneError
from retail_platform.settings import SettingsError
from retail_platform.starrocks.connection import WarehouseError
from retail_platform.starrocks.load_outcome import StreamLoadError

P = ParamSpec("P")
R = TypeVar("R")

KNOWN = (WarehouseError, StreamLoadError, LandingZoneError, SettingsError, ContractError)


def explained(function: Callable[P, R]) -> Callable[P, R]:
    """Show the platform's own errors as their message."""

    @functools.wraps(function)
    def wrapper(*args: P.args, **kwargs: P.kwargs) -> R:
        try:
            return function(*args, **kwargs)
        except KNOWN as error:
            raise click.ClickException(str(error)) from None

    return wrapper
