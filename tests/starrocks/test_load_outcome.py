"""Every answer StarRocks is known to give to a load, and what it means."""

from __future__ import annotations

import pytest

from retail_platform.starrocks.load_outcome import Verdict, judge, judge_state, message_of


@pytest.mark.parametrize(
    ("answer", "verdict"),
    [
        ({"Status": "Success", "Message": "OK"}, Verdict.LOADED),
        ({"Status": "Publish Timeout", "Message": "publish timeout"}, Verdict.LOADED),
        ({"Status": "Label Already Exists", "ExistingJobStatus": "FINISHED"}, Verdict.LOADED),
        ({"Status": "Label Already Exists", "ExistingJobStatus": "RUNNING"}, Verdict.PENDING),
        ({"Status": "Fail", "Message": "Label [x] has already been used."}, Verdict.PENDING),
        ({"Status": "Fail", "Message": "Transaction status unknown, you can retry with same label."}, Verdict.PENDING),
        ({"Status": "Fail", "Message": "too many filtered rows"}, Verdict.REJECTED),
        ({"Status": "FAILED", "Message": "DdlException: No backend alive."}, Verdict.TRANSIENT),
        ({"status": "FAILED", "msg": "There is no 100-continue header"}, Verdict.REJECTED),
        ({"Status": "Fail", "Message": "Too many versions. tablet_id: 1"}, Verdict.TRANSIENT),
        ({"Status": "Fail", "Message": "Stream Load exceed http cuncurrent limit 10"}, Verdict.TRANSIENT),
    ],
)  # fmt: skip
def test_verdicts(answer: dict[str, str], verdict: Verdict) -> None:
    assert judge(answer) is verdict


@pytest.mark.parametrize(
    ("state", "verdict"),
    [
        ("VISIBLE", Verdict.LOADED),
        ("COMMITTED", Verdict.LOADED),
        ("PREPARE", Verdict.PENDING),
        ("PREPARED", Verdict.PENDING),
        ("ABORTED", Verdict.TRANSIENT),
        ("UNKNOWN", Verdict.TRANSIENT),
    ],
)
def test_states(state: str, verdict: Verdict) -> None:
    assert judge_state(state) is verdict


def test_both_dialects_are_read() -> None:
    assert message_of({"Message": "a"}) == "a"
    assert message_of({"status": "FAILED", "msg": "b", "message": "b"}) == "b"
