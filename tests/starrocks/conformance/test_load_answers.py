"""Stream Load's answers: their fields, and what is said of headers that make no sense."""

import pytest

FIELDS = [
    "TxnId", "Label", "Status", "Message", "NumberTotalRows", "NumberLoadedRows", "NumberFilteredRows",
    "NumberUnselectedRows", "LoadBytes", "LoadTimeMs", "BeginTxnTimeMs", "StreamLoadPlanTimeMs", "ReadDataTimeMs",
    "WriteDataTimeMs", "CommitAndPublishTimeMs",
]  # fmt: skip


def test_success_answer_has_all_fields_in_order(t):
    answer = t.load("t", [{"k": 1, "v": "a", "n": 1.5, "j": {"b": 1, "a": 2}}])
    assert list(answer) == FIELDS
    assert (answer["Status"], answer["Message"], answer["NumberLoadedRows"]) == ("Success", "OK", 1)
    assert t.run("SELECT k, v, CAST(n AS STRING), j FROM t") == [(1, "a", "1.50", '{"a": 2, "b": 1}')]


def test_an_empty_load_fails(t):
    answer = t.load("t", b"", format="json")
    assert answer["Status"] == "Fail"
    assert "No partitions have data available for loading" in answer["Message"]


OPTION_ERRORS = [
    ({"format": "avro"}, "unknown data format, format=avro"),
    ({"format": "json", "timeout": "soon"}, "Invalid timeout format"),
    ({"format": "json", "strict_mode": "maybe"}, "Invalid strict mode format. Must be bool type"),
    ({"format": "json", "partial_update": "maybe"}, "Invalid partial update flag format. Must be bool type"),
    ({"format": "json", "log_rejected_record_num": "-5"}, "Invalid log_rejected_record_num format"),
    ({"format": "json", "label": "no.dots"}, "Label format error"),
    ({"format": "json", "columns": "v"}, "Column has no default value. column: k"),
]


@pytest.mark.parametrize(("headers", "message"), OPTION_ERRORS, ids=[str(case[0]) for case in OPTION_ERRORS])
def test_bad_headers_are_named(t, headers, message):
    answer = t.load("t", b'{"k": 1}', **headers)
    assert answer["Status"] == "Fail"
    assert message in answer["Message"]
    assert t.one("SELECT count(*) FROM t") == 0


def test_compression_may_be_named_once(t):
    headers = {"format": "json", "compression": "gzip", "Content-Encoding": "gzip"}
    answer = t.load("t", b'{"k": 1}', **headers)
    assert answer["Message"] == "Only one of http header content-encoding and compression can be set"
