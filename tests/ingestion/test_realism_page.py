"""`retail-platform realism` over generated and over landed days."""

from __future__ import annotations

import xml.etree.ElementTree as ElementTree
from datetime import date, timedelta
from pathlib import Path
from typing import get_args

import click
import pytest
from click.testing import CliRunner

from retail_platform.cli import main
from retail_platform.generation import GenerationSettings
from retail_platform.generation.settings import ProfileName
from retail_platform.ingestion.land import Simulation
from tests.conftest import Platform
from tests.ingestion.days import land

FIRST = date(2024, 3, 1)
DAYS = [FIRST + timedelta(days=n) for n in range(40)]
PERIOD = ["--from", str(DAYS[0]), "--to", str(DAYS[-1])]


def test_landed_days_measure_as_the_generated_ones(platform: Platform, tmp_path: Path) -> None:
    for day in DAYS:
        land(platform, Simulation(GenerationSettings(orders_per_day=60)), day)
    page = tmp_path / "page.html"
    generated = CliRunner().invoke(main, ["realism", *PERIOD, "--orders", "60", "--page", str(page)])
    landed = CliRunner().invoke(main, ["realism", *PERIOD, "--landed"])
    assert generated.exit_code == landed.exit_code == 0, landed.output
    assert landed.output.splitlines()[:22] == generated.output.splitlines()[:22]
    plots = page.read_text().split("<svg")[1:]
    assert len(plots) == 5
    for plot in plots:
        drawing = ElementTree.fromstring("<svg" + plot.partition("</svg>")[0] + "</svg>")
        points = drawing.find("polyline")
        assert points is not None
        assert len(points.attrib["points"].split()) > 5
    assert "http" not in page.read_text(), "the page needs nothing from elsewhere"


def test_what_is_missing_or_too_little_is_said(platform: Platform) -> None:
    missing = CliRunner().invoke(main, ["realism", *PERIOD, "--landed"])
    assert "40 of the days haven't landed" in missing.output
    strict = CliRunner().invoke(main, ["realism", *PERIOD, "--orders", "20", "--require", "99"])
    assert strict.exit_code == 1
    assert "99 were required" in strict.output


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--orders", "3"], "orders_per_day=3"),
        (["--orders", "3000000"], "orders_per_day=3000000"),
        (["--from", "2023-06-01"], "2023-06-01 is before the opening day"),
        (["--to", "2024-02-03"], "34 days tell too little; measure 35 or more"),
        (["--page", "nowhere/page.html"], "there is no directory nowhere"),
    ],
)
def test_what_cannot_be_measured_is_refused_with_the_reason(arguments: list[str], words: str) -> None:
    result = CliRunner().invoke(main, ["realism", *arguments])
    assert isinstance(result.exception, SystemExit), result.exception
    assert result.exit_code != 0
    assert words in " ".join(result.output.split())


def test_the_profiles_of_the_options_are_those_of_the_generator() -> None:
    (option,) = [o for o in main.get_command(click.Context(main), "generate").params if o.name == "profile"]
    assert set(option.type.choices) == set(get_args(ProfileName))


@pytest.mark.parametrize("profile", ["online", "grocery"])
def test_a_year_of_a_small_retailer_lies_in_the_bands(profile: str) -> None:
    """150 orders a day already show what real retailers show; one statistic may stray at that size."""
    result = CliRunner().invoke(main, ["realism", "--profile", profile, "--orders", "150", "--require", "20"])
    assert result.exit_code == 0, result.output
    assert "of 21 statistics lie in the band" in result.output
