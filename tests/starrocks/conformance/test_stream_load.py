"""Stream Load: the redirect, the answers, labels, JSON and CSV rules, Primary Key operations, transactions."""

import gzip
import json

import lz4.frame
import pytest
import requests
import zstandard

TABLE = (
    "CREATE TABLE t (k INT NOT NULL, v VARCHAR(5), n DECIMAL(10, 2), j JSON) DUPLICATE KEY (k) DISTRIBUTED BY HASH (k)"
)
FIELDS = [
    "TxnId", "Label", "Status", "Message", "NumberTotalRows", "NumberLoadedRows", "NumberFilteredRows",
    "NumberUnselectedRows", "LoadBytes", "LoadTimeMs", "BeginTxnTimeMs", "StreamLoadPlanTimeMs", "ReadDataTimeMs",
    "WriteDataTimeMs", "CommitAndPublishTimeMs",
]  # fmt: skip


@pytest.fixture
def t(warehouse):
    warehouse.table(TABLE)
    return warehouse


@pytest.fixture
def pk(warehouse):
    warehouse.table("CREATE TABLE t (k INT, v STRING, n INT) PRIMARY KEY (k) DISTRIBUTED BY HASH (k)")
    warehouse.run("INSERT INTO t VALUES (1, 'a', 1), (2, 'b', 2)")
    return warehouse


# -- the frontend


def test_frontend_redirects_to_the_backend(t):
    answer = t.redirect(f"/api/{t.database}/t/_stream_load?x=1")
    assert answer.status_code == 307
    location = answer.headers["Location"]
    assert location.endswith(f"/api/{t.database}/t/_stream_load?x=1")
    assert location.startswith("http://") and "@" not in location
    assert answer.headers["Connection"].lower() == "close"


def test_frontend_wants_credentials(t):
    answer = requests.put(f"{t.fe}/api/{t.database}/t/_stream_load", headers={"Expect": "100-continue"}, timeout=30)
    assert answer.status_code == 401
    assert answer.headers["WWW-Authenticate"] == 'Basic realm=""'
    assert answer.json()["msg"] == "Need auth information."
    answer = requests.put(
        f"{t.fe}/api/{t.database}/t/_stream_load", headers={"Expect": "100-continue"}, auth=("root", "no"), timeout=30
    )
    assert answer.status_code == 401
    assert answer.json()["message"].startswith("Access denied for root@")


def test_frontend_wants_expect(t):
    answer = t.http.put(f"{t.fe}/api/{t.database}/t/_stream_load", auth=t.auth, allow_redirects=False, timeout=30)
    assert answer.status_code == 200
    assert answer.json() == {
        "Status": "FAILED",
        "Message": "class com.starrocks.common.DdlException: There is no 100-continue header",
    }


def test_backend_wants_credentials_again(t):
    location = t.redirect(f"/api/{t.database}/t/_stream_load").headers["Location"]
    answer = requests.put(location, data=b"1", headers={"Expect": "100-continue"}, timeout=30)
    assert answer.status_code == 200
    assert (answer.json()["Status"], answer.json()["Message"]) == ("Fail", "no valid Basic authorization")


def test_plain_requests_loses_its_credentials_on_the_redirect(t):
    answer = requests.put(
        f"{t.fe}/api/{t.database}/t/_stream_load",
        data=b"1",
        headers={"Expect": "100-continue"},
        auth=t.auth,
        timeout=30,
    )
    assert answer.json()["Message"] == "no valid Basic authorization"


def test_health_needs_no_credentials(t):
    health = requests.get(f"{t.fe}/api/health", timeout=30).json()
    assert health["online_backend_num"] >= 1


# -- the answer


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


# -- labels


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


# -- JSON


def test_top_level_array_needs_strip_outer_array(t):
    body = b'[{"k": 1}, {"k": 2}]'
    answer = t.load("t", body, format="json")
    assert answer["Status"] == "Fail"
    assert "strip_outer_array=true" in t.log(answer)
    assert t.load("t", body, format="json", strip_outer_array="true")["NumberLoadedRows"] == 2


def test_concatenated_objects(t):
    assert t.load("t", b'{"k": 1}{"k": 2}\n\n {"k":\n3}', format="json")["NumberLoadedRows"] == 3


def test_keys_match_exactly_and_extra_keys_are_ignored(t):
    assert t.load("t", [{"k": 1, "V": "x", "zzz": 5}])["Status"] == "Success"
    assert t.run("SELECT k, v FROM t") == [(1, None)]


def test_a_missing_key_is_null_not_the_default(warehouse):
    warehouse.table("CREATE TABLE t (k INT, v STRING DEFAULT 'x') DUPLICATE KEY (k) DISTRIBUTED BY HASH (k)")
    warehouse.load("t", [{"k": 1}])
    warehouse.load("t", [{"k": 2}], columns="k")
    assert warehouse.run("SELECT v FROM t ORDER BY k") == [(None,), ("x",)]


MISFITS = [
    ({"k": 1, "v": "toolong"}, "too long"),
    ({"k": 1, "v": "ééé"}, "too long"),
    ({"k": 1, "n": "x"}, "out of range"),
]


@pytest.mark.parametrize(("row", "message"), MISFITS, ids=[str(case[0]) for case in MISFITS])
def test_misfits_are_null_unless_strict(t, row, message):
    assert t.load("t", [row])["Status"] == "Success"
    assert t.run("SELECT k, v, n FROM t") == [(1, None, None)]
    answer = t.load("t", [row], strict_mode="true")
    assert (answer["Status"], answer["Message"]) == ("Fail", "too many filtered rows")
    assert message in t.log(answer)


def test_filter_ratio(t):
    rows = [{"k": i if i else None} for i in range(10)]
    answer = t.load("t", rows)
    assert (answer["Message"], answer["NumberFilteredRows"]) == ("too many filtered rows", 1)
    answer = t.load("t", rows, max_filter_ratio="0.2")
    assert (answer["Status"], answer["NumberLoadedRows"], answer["NumberFilteredRows"]) == ("Success", 9, 1)
    assert "NULL value in non-nullable column 'k'" in t.log(answer)


def test_where_leaves_rows_out(t):
    answer = t.load("t", [{"k": 1}, {"k": 20}], where="k > 10")
    assert (answer["NumberLoadedRows"], answer["NumberUnselectedRows"]) == (1, 1)


def test_computed_columns(t):
    answer = t.load("t", [{"id": 4, "name": "x"}], columns="id, name, k = id * 2, v = concat(name, '!')")
    assert answer["Status"] == "Success", answer
    assert t.run("SELECT k, v FROM t") == [(8, "x!")]


def test_jsonpaths_and_root(t):
    body = json.dumps({"data": [{"a": {"b": 5}, "c": "x"}]})
    headers = {"format": "json", "json_root": "$.data", "jsonpaths": '["$.a.b", "$.c"]', "columns": "k, v"}
    assert t.load("t", body, **headers)["Status"] == "Success"
    assert t.run("SELECT k, v FROM t") == [(5, "x")]


def test_malformed_json_fails_as_a_whole(t):
    answer = t.load("t", b'{"k": 1}\n{"k": oops}\n', format="json")
    assert answer["Status"] == "Fail"
    assert t.one("SELECT count(*) FROM t") == 0


@pytest.mark.parametrize(
    ("name", "pack"), [("gzip", gzip.compress), ("zstd", zstandard.compress), ("lz4_frame", lz4.frame.compress)]
)
def test_compression(t, name, pack):
    assert t.load("t", pack(b'{"k": 1}\n{"k": 2}'), format="json", compression=name)["NumberLoadedRows"] == 2
    broken = t.load("t", b"not compressed", format="json", compression=name)
    assert broken["Status"] == "Fail"


# -- CSV


def test_csv(t):
    answer = t.load("t", "1\ta\t1.5\n2\t\\N\t\n", columns="k, v, n")
    assert answer["NumberLoadedRows"] == 2, answer
    assert t.run("SELECT k, v FROM t ORDER BY k") == [(1, "a"), (2, None)]


def test_csv_options(t):
    body = 'head\n1,"a,b"\n'
    answer = t.load("t", body, column_separator=",", skip_header="1", enclose='"', columns="k, v")
    assert answer["Status"] == "Success", answer
    assert t.run("SELECT v FROM t") == [("a,b",)]


def test_an_empty_csv_field_is_empty_text(t):
    t.load("t", "1,\n", column_separator=",", columns="k, v")
    assert t.run("SELECT v FROM t") == [("",)]


# -- Primary Key tables


def test_upsert_and_last_row_wins(pk):
    pk.load("t", [{"k": 1, "v": "x", "n": 5}, {"k": 3, "v": "c", "n": 3}, {"k": 1, "v": "y", "n": 6}])
    assert pk.run("SELECT * FROM t ORDER BY k") == [(1, "y", 6), (2, "b", 2), (3, "c", 3)]


def test_operation_column(pk):
    pk.load("t", [{"k": 1, "o": 1}, {"k": 3, "o": 0}], columns="k, o, __op = o")
    assert pk.run("SELECT k FROM t ORDER BY k") == [(2,), (3,)]
    pk.load("t", [{"k": 2}], columns="k, __op = 'delete'")
    assert pk.run("SELECT k FROM t ORDER BY k") == [(3,)]


def test_partial_update(pk):
    assert pk.load("t", [{"k": 1, "n": 50}], columns="k, n", partial_update="true")["Status"] == "Success"
    assert pk.run("SELECT * FROM t ORDER BY k") == [(1, "a", 50), (2, "b", 2)]


def test_merge_condition(pk):
    pk.load("t", [{"k": 1, "v": "old", "n": 0}, {"k": 2, "v": "new", "n": 9}], merge_condition="n")
    assert pk.run("SELECT v FROM t ORDER BY k") == [("a",), ("new",)]


def test_operation_column_needs_a_primary_key(t):
    answer = t.load("t", [{"k": 1}], columns="k, __op = 'delete'")
    assert answer["Status"] == "Fail"


# -- transactions


def test_transaction_of_one_table(t):
    assert t.transaction("begin", "x1", table="t")["Status"] == "OK"
    for k in (1, 2):
        assert t.transaction("load", "x1", body=f'{{"k": {k}}}', table="t", format="json")["Status"] == "OK"
    assert t.one("SELECT count(*) FROM t") == 0
    assert t.transaction("prepare", "x1", table="t")["Status"] == "OK"
    done = t.transaction("commit", "x1", table="t")
    assert (done["Status"], done["NumberLoadedRows"]) == ("OK", 2)
    assert t.one("SELECT count(*) FROM t") == 2
    assert next(iter(t.versions("t").values()))[1] == 2
    assert t.transaction("commit", "x1", table="t")["Status"] == "OK"
    assert t.transaction("rollback", "x1", table="t")["Status"] == "FAILED"
    assert t.transaction("load", "x1", body="{}", table="t", format="json")["Status"] == "TXN_NOT_EXISTS"


def test_transaction_states_single(t):
    assert t.transaction("begin", "x2", table="t")["Status"] == "OK"
    assert t.transaction("begin", "x2", table="t")["Status"] == "LABEL_ALREADY_EXISTS"
    assert t.transaction("commit", "x2", table="t")["Status"] == "INTERNAL_ERROR"
    assert t.transaction("rollback", "x2", table="t")["Status"] == "OK"
    assert t.transaction("rollback", "x2", table="t")["Status"] == "OK"
    assert t.transaction("commit", "x2", table="t")["Status"] == "FAILED"
    assert t.transaction("begin", "x2", table="t")["Status"] == "OK"
    for operation in ("load", "commit", "rollback"):
        assert t.transaction(operation, "unknown", body="", table="t")["Status"] == "FAILED"


def test_transaction_of_several_tables(t):
    t.table("CREATE TABLE u (k INT NOT NULL) DUPLICATE KEY (k) DISTRIBUTED BY HASH (k)")
    multi = {"transaction_type": "multi"}
    assert t.transaction("begin", "x3", **multi) == {"Status": "OK", "Message": ""}
    for table in ("t", "u"):
        assert t.transaction("load", "x3", body='{"k": 1}', table=table, format="json", **multi)["Status"] == "OK"
    done = t.transaction("commit", "x3", **multi)
    assert done["Status"] == "OK"
    assert list(done) == ["Label", "Status", "TxnId", "ChannelId", "Message", "Prepared Channel Num"]
    assert (t.one("SELECT count(*) FROM t"), t.one("SELECT count(*) FROM u")) == (1, 1)


def test_bad_rows_of_several_tables_surface_at_commit(t):
    t.table("CREATE TABLE u (k INT NOT NULL) DUPLICATE KEY (k) DISTRIBUTED BY HASH (k)")
    multi = {"transaction_type": "multi"}
    t.transaction("begin", "x4", **multi)
    t.transaction("load", "x4", body='{"k": 1}', table="t", format="json", **multi)
    t.transaction("load", "x4", body='{"k": null}', table="u", format="json", **multi)
    done = t.transaction("commit", "x4", **multi)
    assert done["Status"] == "FAILED"
    assert "Failed to load table u" in done["Message"] and "tracking_url:" in done["Message"]
    assert t.one("SELECT count(*) FROM t") == 0
    assert t.transaction("rollback", "x4", **multi)["Status"] == "OK"


def test_transaction_refusals(t):
    answer = t.redirect("/api/transaction/begin", {"label": "x"}, method="POST")
    assert answer.json()["Message"] == "No database selected."
    answer = t.redirect("/api/transaction/begin", {"db": t.database}, method="POST")
    assert answer.json()["Message"] == "Empty label."
