"""A transaction of the load interface whose time is over while somebody works on it."""

import threading

from retail_platform.starrocks.embedded.http.error_log import ErrorLog
from retail_platform.starrocks.embedded.http.transactions import TransactionLoads


def test_nobody_waits_for_a_commit_that_outlasts_its_transaction(server, shared):
    loads = TransactionLoads(server.engine, ErrorLog(server.engine.directory.error_logs))
    headers = {"db": "d", "label": "outlasted", "table": "t", "timeout": "0"}
    assert loads.begin(headers, "root")["Status"] == "OK"
    with loads._loads[("d", "outlasted")].lock:  # as a commit holds it while it writes
        asking = threading.Thread(target=loads.expire)
        asking.start()
        asking.join(10)
        waited = asking.is_alive()
    asking.join(10)
    assert not waited
    assert loads.commit(headers)["Status"] == "FAILED", "given up once nobody works on it"
    assert server.engine.labels.find("d", "outlasted").state == "ABORTED"
    assert shared("SELECT count(*) FROM t") == [(0,)]
