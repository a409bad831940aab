"""Labels: once per database, free again after a failure, and their states."""

import pytest


def test_a_finished_label_is_refused(t):
    assert t.load("t", [{"k": 1}], label="once")["Status"] == "Success"
    again = t.load("t", [{"k": 1}], label="once")
    assert (again["Status"], again["ExistingJobStatus"], again["TxnId"]) == ("Label Already Exists", "FINISHED", -1)
    assert again["Message"] == "Label [once] has already been used."
    assert list(again)[:4] == ["TxnId", "Label", "Status", "ExistingJobStatus"]
    assert t.one("SELECT count(*) FROM t") == 1


def test_a_failed_label_may_be_used_again(t):
    assert t.load("t", [{"k": None}], label="twice")["Status"] == "Fail"
    assert t.load("t", [{"k": 1}], label="twice")["Status"] == "Success"


def test_labels_are_shared_with_insert(t):
    t.run("INSERT INTO t WITH LABEL shared (k) VALUES (1)")
    assert t.load("t", [{"k": 1}], label="shared")["Status"] == "Label Already Exists"
    t.refuses("INSERT INTO t WITH LABEL shared (k) VALUES (1)", "has already been used")


@pytest.mark.parametrize(("label", "state"), [("good", "VISIBLE"), ("bad", "ABORTED"), ("never", "UNKNOWN")])
def test_load_state(t, label, state):
    t.load("t", [{"k": 1}], label="good")
    t.load("t", [{"k": None}], label="bad")
    answer = t.http.get(f"{t.fe}/api/{t.database}/get_load_state", params={"label": label}, auth=t.auth, timeout=30)
    assert (answer.json()["state"], answer.json()["status"]) == (state, "OK")


def test_load_state_refusals(t):
    answer = t.http.get(f"{t.fe}/api/nowhere/get_load_state", params={"label": "x"}, auth=t.auth, timeout=30)
    assert answer.json()["msg"] == "unknown database, database=nowhere"
    answer = t.http.get(f"{t.fe}/api/{t.database}/get_load_state", auth=t.auth, timeout=30)
    assert answer.json()["msg"] == "No label selected."
