"""Every wrong value of the launchpad is refused by name, before anything is opened, and isn't tried again."""

from __future__ import annotations

from typing import Any

import dagster as dg
import pytest
from dagster import DagsterInvalidConfigError, validate_run_config

from retail_platform.generation import GenerationSettings
from retail_platform.ingestion.config import LandDayConfig, MessConfig
from retail_platform.ingestion.definitions import defs

_RATES = [name for name in MessConfig.model_fields if name.endswith("_rate")]


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"orders_per_day": 9}, "orders_per_day=9: Input should be greater than or equal to 10"),
        ({"orders_per_day": 2_000_001}, "orders_per_day=2000001: Input should be less than or equal to 2000000"),
        ({"seed": -1}, "seed=-1"),
        ({"seed": 2**63}, f"seed={2**63}"),
        ({"mess": MessConfig(seed=-1)}, "mess.seed=-1"),
        *(({"mess": MessConfig(**{rate: -0.1})}, f"mess.{rate}=-0.1") for rate in _RATES),
        *(({"mess": MessConfig(**{rate: 1.1})}, f"mess.{rate}=1.1") for rate in _RATES),
        ({"mess": MessConfig(late_rate=0.7, null_rate=0.7)}, "add up to 1.4"),
    ],
)
def test_a_value_out_of_range(values: dict[str, Any], words: str) -> None:
    with pytest.raises(dg.Failure) as refused:
        LandDayConfig(**values).simulation()
    assert words in str(refused.value.description)
    assert "launchpad" in str(refused.value.description)
    assert not refused.value.allow_retries


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"profile": "kiosk"}, ["profile", "kiosk"]),
        ({"source": "ftp"}, ["source", "ftp"]),
        ({"orders_per_day": "many"}, ["orders_per_day", "many"]),
        ({"orders_per_day": 1.5}, ["orders_per_day", "1.5"]),
        ({"colour": "red"}, ["colour"]),
        ({"mess": {"typo_rate": 0.1}}, ["typo_rate"]),
        ({"mess": {"null_rate": "often"}}, ["null_rate", "often"]),
    ],
)
def test_a_value_of_another_kind_never_becomes_a_run(values: dict[str, Any], words: list[str]) -> None:
    job = defs.resolve_job_def("ingest_trading_day")
    with pytest.raises(DagsterInvalidConfigError) as refused:
        validate_run_config(job, {"ops": {"land_trading_day": {"config": values}}})
    for word in words:
        assert word in str(refused.value)


def test_the_ranges_told_in_the_launchpad_are_the_real_ones() -> None:
    limits = {type(m).__name__.lower(): getattr(m, type(m).__name__.lower())
              for m in GenerationSettings.model_fields["orders_per_day"].metadata}  # fmt: skip
    told = LandDayConfig.model_fields["orders_per_day"].description
    assert told is not None
    assert f"{limits['ge']:,} to {limits['le']:,}" in told
