"""A day of ten million rows fits in two gibibytes when it is taken in chunks."""

import subprocess
import sys

import pytest

_SCRIPT = """
import resource
from datetime import date
from retail_platform.generation import GenerationSettings, generate_day_chunks
settings = GenerationSettings(orders_per_day=1_000_000)
rows = largest = 0
for chunk in generate_day_chunks(settings, date(2024, 5, 15), max_rows=1_000_000):
    size = sum(frame.height for frame in chunk.values())
    rows, largest = rows + size, max(largest, size)
print(rows, largest, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)
"""


@pytest.mark.slow
def test_ten_million_rows_stay_below_two_gibibytes():
    done = subprocess.run([sys.executable, "-c", _SCRIPT], capture_output=True, text=True, check=True)
    rows, largest, kibibytes = map(int, done.stdout.split())
    assert rows > 10_000_000
    assert largest < 1_300_000
    assert kibibytes < 2 * 1024 * 1024
