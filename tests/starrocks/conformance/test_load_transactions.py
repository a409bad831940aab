"""The transaction interface: one table or several, and what follows on what."""

import time


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


def test_bodies_of_a_table_come_with_the_same_headers(t):
    t.transaction("begin", "x5", table="t")
    assert t.transaction("load", "x5", body='{"k": 1}', table="t", format="json")["Status"] == "OK"
    other = t.transaction("load", "x5", body="1", table="t", format="csv", columns="k")
    assert other["Status"] != "OK"
    assert t.transaction("rollback", "x5", table="t")["Status"] == "OK"


def test_a_transaction_over_several_tables_uses_its_label_up(t):
    multi = {"transaction_type": "multi"}
    t.transaction("begin", "x6", **multi)
    assert t.transaction("rollback", "x6", **multi)["Status"] == "OK"
    assert t.transaction("begin", "x6", **multi)["Status"] == "LABEL_ALREADY_EXISTS"


def test_bodies_that_are_read_differently_go_in_together(t):
    """The second body is no line-delimited JSON; nothing of the first may get lost on the way to reading it."""
    t.transaction("begin", "x7", table="t")
    t.transaction("load", "x7", body='{"k": 1}\n{"k": 2}', table="t", format="json")
    t.transaction("load", "x7", body='{"k":\n 3}{"k": 4}', table="t", format="json")
    assert t.transaction("commit", "x7", table="t")["NumberLoadedRows"] == 4
    assert t.run("SELECT k FROM t ORDER BY k") == [(1,), (2,), (3,), (4,)]


def test_a_transaction_that_takes_too_long_is_given_up(t):
    t.transaction("begin", "x8", table="t", timeout="1")
    t.transaction("load", "x8", body='{"k": 1}', table="t", format="json")
    deadline = time.monotonic() + 60
    while t.state("x8") == "PREPARE" and time.monotonic() < deadline:
        time.sleep(0.05)
    assert t.state("x8") == "ABORTED"
    assert t.transaction("commit", "x8", table="t")["Status"] != "OK"
    assert t.one("SELECT count(*) FROM t") == 0
