"""SHOW about the server: variables, processes, nodes, character sets, loads."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from retail_platform.starrocks.embedded.engine import moment
from retail_platform.starrocks.embedded.errors import Unsupported
from retail_platform.starrocks.embedded.lexer import TokenCursor
from retail_platform.starrocks.embedded.results import Result, listed
from retail_platform.starrocks.embedded.statements.patterns import like

if TYPE_CHECKING:
    from retail_platform.starrocks.embedded.session import Session


def _variables(session: Session, cursor: TokenCursor) -> Result:
    pattern = "%"
    rows = session.variables.shown()
    if cursor.match("LIKE"):
        pattern = cursor.string()
    elif cursor.match("WHERE"):
        wanted = {token.text.lower() for token in cursor.rest()}
        rows = [row for row in rows if row[0] in wanted]
    cursor.end()
    return listed(["Variable_name", "Value"], [row for row in rows if like(pattern, row[0])])


def _nothing(names: list[str]) -> Callable[[Session, TokenCursor], Result]:
    def answer(_session: Session, cursor: TokenCursor) -> Result:
        cursor.rest()
        return listed(names, [])

    return answer


def _processes(session: Session, cursor: TokenCursor) -> Result:
    cursor.end()
    rows = []
    for other in session.engine.sessions.all():
        busy = other.running is not None or other is session
        rows.append(
            [
                "1", other.connection_id, other.user, "127.0.0.1", other.database or "", "Query" if busy else "Sleep",
                moment(), 0, "OK", other.state.statement if busy else "", "false", "default_warehouse",
            ]
        )  # fmt: skip
    names = ["ServerName", "Id", "User", "Host", "Db", "Command", "ConnectionStartTime", "Time", "State", "Info",
             "IsPending", "Warehouse"]  # fmt: skip
    return listed(names, rows)


def _backends(session: Session, cursor: TokenCursor) -> Result:
    cursor.end()
    names = ["BackendId", "IP", "HeartbeatPort", "BePort", "HttpPort", "BrpcPort", "LastStartTime", "LastHeartbeat",
             "Alive", "SystemDecommissioned", "ClusterDecommissioned", "TabletNum", "DataUsedCapacity", "AvailCapacity",
             "TotalCapacity", "UsedPct", "MaxDiskUsedPct", "ErrMsg", "Version", "Status"]  # fmt: skip
    address = session.engine.addresses
    now = moment()
    row = [10001, address.get("host", "127.0.0.1"), 9050, 9060, address.get("be_port", 8040), 8060, now, now, "true",
           "false", "false", 0, "0.000 B", "1.000 TB", "1.000 TB", "0.00 %", "0.00 %", "",
           session.engine.profile.version,
           '{"lastSuccessReportTabletsTime":"N/A"}']  # fmt: skip
    return listed(names, [row])


def _frontends(session: Session, cursor: TokenCursor) -> Result:
    cursor.end()
    names = ["Id", "Name", "IP", "EditLogPort", "HttpPort", "QueryPort", "RpcPort", "Role", "ClusterId", "Join",
             "Alive",
             "ReplayedJournalId", "LastHeartbeat", "IsHelper", "ErrMsg", "StartTime", "Version"]  # fmt: skip
    address = session.engine.addresses
    host = str(address.get("host", "127.0.0.1"))
    row = [1, f"{host}_9010", host, 9010, address.get("fe_port", 8030), address.get("mysql_port", 9030), 9020, "LEADER",
           1, "true", "true", 1, moment(), "true", "", moment(), session.engine.profile.version]  # fmt: skip
    return listed(names, [row])


def _catalogs(_session: Session, cursor: TokenCursor) -> Result:
    cursor.rest()
    return listed(["Catalog", "Type", "Comment"], [["default_catalog", "Internal", "An internal catalog."]])


def _engines(_session: Session, cursor: TokenCursor) -> Result:
    cursor.end()
    return listed(
        ["Engine", "Support", "Comment", "Transactions", "XA", "Savepoints"],
        [["OLAP", "YES", "Default storage engine of StarRocks", "NO", "NO", "NO"]],
    )


def _charset(_session: Session, cursor: TokenCursor) -> Result:
    cursor.rest()
    return listed(
        ["Charset", "Description", "Default collation", "Maxlen"], [["utf8", "UTF-8 Unicode", "utf8_general_ci", 3]]
    )


def _collation(_session: Session, cursor: TokenCursor) -> Result:
    cursor.rest()
    names = ["Collation", "Charset", "Id", "Default", "Compiled", "Sortlen"]
    return listed(names, [["utf8_general_ci", "utf8", 33, "Yes", "Yes", 1]])


def _grants(session: Session, cursor: TokenCursor) -> Result:
    cursor.rest()
    who = f"'{session.user}'@'%'"
    return listed(["UserIdentity", "Catalog", "Grants"], [[who, None, f"GRANT 'root' TO {who}"]])


def _loads(_session: Session, _cursor: TokenCursor) -> Result:
    raise Unsupported("SHOW LOAD (information_schema.loads has the loads)")


SHOWERS: dict[tuple[str, ...], Callable[[Session, TokenCursor], Result]] = {
    ("VARIABLES",): _variables,
    ("STATUS",): _nothing(["Variable_name", "Value"]),
    ("WARNINGS",): _nothing(["Level", "Code", "Message"]),
    ("ERRORS",): _nothing(["Level", "Code", "Message"]),
    ("FULL", "PROCESSLIST"): _processes,
    ("PROCESSLIST",): _processes,
    ("BACKENDS",): _backends,
    ("FRONTENDS",): _frontends,
    ("COMPUTE", "NODES"): _nothing(["ComputeNodeId", "IP", "HeartbeatPort", "Alive"]),
    ("CATALOGS",): _catalogs,
    ("ENGINES",): _engines,
    ("STORAGE", "ENGINES"): _engines,
    ("CHARSET",): _charset,
    ("CHARACTER", "SET"): _charset,
    ("COLLATION",): _collation,
    ("GRANTS",): _grants,
    ("FUNCTION", "STATUS"): _nothing(["Db", "Name", "Type"]),
    ("PROCEDURE", "STATUS"): _nothing(["Db", "Name", "Type"]),
    ("TRIGGERS",): _nothing(["Trigger", "Event", "Table"]),
    ("EVENTS",): _nothing(["Db", "Name"]),
    ("LOAD",): _loads,
}
