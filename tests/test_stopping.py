"""Stopping `make dev`."""

from __future__ import annotations

import os
import signal
import time

import pytest

from retail_platform.cli.dev import _stop_on_signal


def test_a_second_signal_does_not_cut_stopping_short() -> None:
    before = {number: signal.signal(number, _stop_on_signal) for number in (signal.SIGTERM, signal.SIGINT)}
    stopped = False
    try:
        with pytest.raises(KeyboardInterrupt):
            os.kill(os.getpid(), signal.SIGTERM)
            time.sleep(5)
        for number in before:
            os.kill(os.getpid(), number)
        time.sleep(0.1)
        stopped = True
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
    assert stopped
