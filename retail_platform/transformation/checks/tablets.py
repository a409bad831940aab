"""How many versions the tablets of a raw table hold.

Every load adds one, compaction merges them. StarRocks refuses loads at 1,000 versions of a tablet ("too many
versions"); a table on its way there is loaded in batches that are too small and too many.
"""

from __future__ import annotations

from typing import Any

import dagster as dg
from pymysql.connections import Connection

from retail_platform.contracts import Contract
from retail_platform.starrocks.connection import query
from retail_platform.transformation.checks.verdict import verdict

NAME = "tablet_versions"
DESCRIPTION = "No tablet has so many versions that StarRocks would soon refuse loads."
WARN_VERSIONS = 200
ERROR_VERSIONS = 700


def check(key: dg.AssetCheckKey, contract: Contract, connection: Connection[Any], bronze: str) -> dg.AssetCheckResult:
    """Read the versions of the table's tablets."""
    sql = tablets_sql(contract, bronze)
    found = query(connection, sql)
    most = max((int(row["versions"]) for row in found), default=0)
    problems = [row for row in found if int(row["versions"]) > WARN_VERSIONS]
    summary = (
        f"the fullest tablet of {contract.table} has {most} versions; StarRocks refuses loads at 1,000"
        if found
        else f"no tablet of {contract.table} is to be seen: it is empty, or the user may not look at tablets"
    )
    severity = dg.AssetCheckSeverity.ERROR if most > ERROR_VERSIONS else dg.AssetCheckSeverity.WARN
    return verdict(key, problems, summary, sql, severity=severity, more={"versions": most})


def tablets_sql(contract: Contract, bronze: str) -> str:
    """The partitions whose tablets have most versions, from metadata."""
    return (
        "SELECT p.PARTITION_NAME AS partition_name, MAX(t.NUM_VERSION) AS versions, COUNT(*) AS tablets "
        "FROM information_schema.be_tablets AS t JOIN information_schema.partitions_meta AS p "
        f"ON p.PARTITION_ID = t.PARTITION_ID WHERE p.DB_NAME = '{bronze}' AND p.TABLE_NAME = '{contract.table}' "
        "GROUP BY p.PARTITION_NAME ORDER BY versions DESC LIMIT 10"
    )
