"""The simulated retailer as commands are told of it: options, settings, days.

The generator takes a second to import, so it is imported when it is needed: a wrong option is told without it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any, TypeVar

import click

if TYPE_CHECKING:
    from polars import DataFrame

    from retail_platform.generation import GenerationSettings

DAY = click.DateTime(formats=["%Y-%m-%d"])
_PROFILES = ["online", "grocery", "marketplace"]

C = TypeVar("C", bound=Callable[..., Any])


def retailer_options(orders: int = 2_000) -> Callable[[C], C]:
    """`--orders`, `--seed` and `--profile`.

    Args:
        orders: The default of `--orders`.
    """
    options = (
        click.option("--orders", default=orders, show_default=True, type=int, help="Orders on an average day."),
        click.option("--seed", default=42, show_default=True, type=int, help="Number of the simulated world."),
        click.option(
            "--profile",
            default=_PROFILES[0],
            show_default=True,
            type=click.Choice(_PROFILES),
            help="Kind of retailer.",
        ),
    )

    def add(command: C) -> C:
        for option in reversed(options):
            command = option(command)
        return command

    return add


def settings_of(profile: str, seed: int, orders: int) -> GenerationSettings:
    """The retailer the options describe.

    Raises:
        click.BadParameter: A value is out of its range.
    """
    from pydantic import ValidationError  # noqa: PLC0415

    from retail_platform.generation import GenerationSettings  # noqa: PLC0415

    try:
        return GenerationSettings.model_validate({"profile": profile, "seed": seed, "orders_per_day": orders})
    except ValidationError as error:
        problem = error.errors()[0]
        raise click.BadParameter(f"{problem['loc'][0]}={problem['input']!r}: {problem['msg']}") from None


def days_between(first: date, last: date) -> list[date]:
    """Every day from the first to the last.

    Raises:
        click.BadParameter: The last day is before the first.
    """
    if last < first:
        raise click.BadParameter(f"{last} is before {first}", param_hint="--to")
    return [first + timedelta(days=offset) for offset in range((last - first).days + 1)]


def simulated_days(
    settings: GenerationSettings, days: Sequence[date]
) -> Iterator[tuple[date, Mapping[str, DataFrame]]]:
    """Day and frames, one day after the other.

    Raises:
        click.ClickException: The retailer has no such day.
    """
    from retail_platform.generation import generate_days  # noqa: PLC0415

    try:
        yield from generate_days(settings, days[0], days[-1])
    except ValueError as error:
        raise click.ClickException(str(error)) from None
