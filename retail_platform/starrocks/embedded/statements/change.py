"""UPDATE and DELETE: what each table type allows, and the change itself by row identity."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlglot import exp

from retail_platform.starrocks.embedded import partitioning, writing
from retail_platform.starrocks.embedded.catalog import resolve_name
from retail_platform.starrocks.embedded.conversion import convert, first_complaint
from retail_platform.starrocks.embedded.engine import WriteUnit, quote
from retail_platform.starrocks.embedded.errors import AnalysisError, ErrorKind, StarRocksError, SyntaxRefused
from retail_platform.starrocks.embedded.lexer import Statement, TokenCursor
from retail_platform.starrocks.embedded.model import Column, Table
from retail_platform.starrocks.embedded.results import Done, Result
from retail_platform.starrocks.embedded.statements import staging, transactions

if TYPE_CHECKING:
    from retail_platform.starrocks.embedded.session import Session

ROW_ID = "__rid"
_SIMPLE = (exp.EQ, exp.NEQ, exp.LT, exp.LTE, exp.GT, exp.GTE)


def update(session: Session, statement: Statement, _cursor: TokenCursor) -> Result:
    """UPDATE: Primary Key tables only, WHERE required, key columns untouched."""
    tree = session.translator().parse(statement.tokens, statement.text)
    if not isinstance(tree, exp.Update) or not isinstance(tree.this, exp.Table):
        raise SyntaxRefused("Unexpected input in UPDATE, the most similar input is {'SET'}")
    if tree.this.args.get("joins"):
        raise SyntaxRefused("Unexpected input ',', the most similar input is {'SET'}")
    target = _name(session, tree.this)
    return transactions.run_or_keep(session, target, lambda unit: _update(session, unit, tree), insert=False)


def _update(session: Session, unit: WriteUnit, tree: exp.Update) -> Done:
    table = _target(session, unit, tree.this)
    if table.model != "PRIMARY":
        raise AnalysisError("only support updating primary key table")
    if tree.args.get("where") is None:
        raise AnalysisError("must specify where clause to prevent full table update")
    changes = _assignments(table, tree)
    sources = tree.args.get("from_")
    joined = [sources.this, *(sources.args.get("joins") or [])] if sources is not None else []
    query = _row_query(tree, [value for _, value in changes], joined)
    rows = _apply_update(session, unit, table, query, [column for column, _ in changes])
    return Done(rows, staging.acknowledge(unit, session, table, rows))


def _name(session: Session, node: exp.Table) -> tuple[str, str]:
    return resolve_name([part for part in (node.catalog, node.db, node.name) if part], session.database)


def _target(session: Session, unit: WriteUnit, node: exp.Table) -> Table:
    table = unit.catalog.table(*_name(session, node))
    if table.kind != "table":
        raise AnalysisError(f"the table '{table.name}' cannot be changed because it is not a StarRocks table")
    return table


def _assignments(table: Table, tree: exp.Update) -> list[tuple[Column, exp.Expr]]:
    found: list[tuple[Column, exp.Expr]] = []
    keys = {key.lower() for key in table.keys}
    for item in tree.expressions:
        if not isinstance(item, exp.EQ) or not isinstance(item.this, exp.Column):
            raise SyntaxRefused("Unexpected input in SET, the most similar input is {'='}")
        column = table.column(item.this.name)
        if column is None:
            raise AnalysisError(f"table '{table.name}' do not existing column '{item.this.name}'")
        if column.name.lower() in keys:
            raise AnalysisError(f"primary key column cannot be updated: {column.name}")
        if column.generated:
            raise AnalysisError(f"materialized column '{column.name}' can not be specified")
        found.append((column, item.expression))
    return found


def _row_query(tree: exp.Expr, values: list[exp.Expr], sources: list[exp.Expr]) -> exp.Select:
    """SELECT row id, new values FROM target [, sources] WHERE ..., as a StarRocks query."""
    target = tree.this.copy()
    name = target.alias or target.name
    row_id = exp.column("rowid", table=exp.to_identifier(name, quoted=True)).as_(ROW_ID)
    items = [row_id, *(value.copy().as_(f"v{i}") for i, value in enumerate(values))]
    query = exp.select(*items).from_(target)
    for source in sources:
        if isinstance(source, exp.Join):
            query.append("joins", source.copy())
        else:
            query.append("joins", exp.Join(this=source.copy(), kind="CROSS"))
            for join in source.args.get("joins") or []:
                query.append("joins", join.copy())
            query.args["joins"][-1].this.set("joins", None)
    where = tree.args.get("where")
    if where is not None:
        query.set("where", where.copy())
    if tree.args.get("with_") is not None:
        query.set("with_", tree.args["with_"].copy())
    return query


def _rows(session: Session, unit: WriteUnit, query: exp.Select, extra: str = "*") -> tuple[str, str]:
    translator = session.translator(unit.catalog)
    translator.asked.append(query.copy())
    sql = translator.render(translator.bind(query))
    transactions.check_reads(session, translator.tables)
    stage = unit.stage_name()
    with session.interruptible(unit.cursor):
        unit.execute(f"CREATE TEMP TABLE {stage} AS SELECT {extra} FROM ({sql}) AS q")
    return stage, sql


def _touched(unit: WriteUnit, table: Table, stage: str) -> set[str]:
    rows = unit.execute(
        f"SELECT DISTINCT {partitioning.name_expression(table)} FROM data.{table.storage}"
        f" WHERE rowid IN (SELECT {ROW_ID} FROM {stage})"
    )
    return {str(row[0]) for row in rows}


def _apply_update(session: Session, unit: WriteUnit, table: Table, query: exp.Select, columns: list[Column]) -> int:
    raw, sql = _rows(session, unit, query)
    described = staging.describe(unit, sql)[1:]
    values, complaints = [], list[str]()
    for index, (column, (_, kind)) in enumerate(zip(columns, described, strict=True)):
        done = convert(column, f"v{index}", kind, strict=True, stored=f"w{index}")
        values.append(f"{done.value} AS w{index}")
        complaints += done.complaints
    stage = unit.stage_name()
    unit.execute(
        f"CREATE TEMP TABLE {stage} AS SELECT *, {first_complaint(complaints)} AS __err"
        f" FROM (SELECT *, {', '.join(values)} FROM {raw})"
    )
    bad = unit.execute(f"SELECT __err FROM {stage} WHERE __err IS NOT NULL LIMIT 1")
    if bad:
        raise StarRocksError(f"Insert has filtered data : {bad[0][0]}.", ErrorKind.FILTERED_DATA)
    names = _touched(unit, table, stage)
    if not names:
        return 0
    sets = ", ".join(f"{quote(column.name)} = s.w{index}" for index, column in enumerate(columns))
    unit.execute(
        f"UPDATE data.{table.storage} AS t SET {sets} FROM (SELECT DISTINCT ON ({ROW_ID}) * FROM {stage}) AS s"
        f" WHERE t.rowid = s.{ROW_ID}"
    )
    writing.finish(unit, table, names)
    return int(str(unit.execute(f"SELECT count(DISTINCT {ROW_ID}) FROM {stage}")[0][0]))


def delete(session: Session, statement: Statement, _cursor: TokenCursor) -> Result:
    """DELETE: any condition on Primary Key tables, ANDed comparisons elsewhere; WHERE required."""
    tree = session.translator().parse(statement.tokens, statement.text)
    if not isinstance(tree, exp.Delete) or not isinstance(tree.this, exp.Table):
        raise SyntaxRefused("Unexpected input in DELETE, the most similar input is {'FROM'}")
    target = _name(session, tree.this)
    return transactions.run_or_keep(session, target, lambda unit: _delete(session, unit, tree), insert=False)


def _delete(session: Session, unit: WriteUnit, tree: exp.Delete) -> Done:
    table = _target(session, unit, tree.this)
    where, partition = tree.args.get("where"), tree.this.args.get("partition")
    if where is None and partition is None:
        raise AnalysisError("Where clause is not set")
    if table.model != "PRIMARY":
        _check_simple(table, tree)
    query = _row_query(tree, [], list(tree.args.get("using") or []))
    stage, _ = _rows(session, unit, query, f"DISTINCT {ROW_ID}")
    names = _touched(unit, table, stage)
    rows = int(str(unit.execute(f"SELECT count(*) FROM {stage}")[0][0]))
    unit.execute(f"DELETE FROM data.{table.storage} WHERE rowid IN (SELECT {ROW_ID} FROM {stage})")
    if table.model != "PRIMARY":
        names = set(table.partitions)  # a delete predicate is a version of its own, matching rows or not
    if names:
        writing.finish(unit, table, names)
    return Done(rows, staging.acknowledge(unit, session, table, rows))


def _check_simple(table: Table, tree: exp.Delete) -> None:
    if tree.args.get("using") or tree.args.get("with_"):
        raise AnalysisError("Delete is only supported with USING or CTE on primary key tables")
    where = tree.args.get("where")
    if where is None:
        return
    keys = {key.lower() for key in table.keys}
    parts = where.this.flatten() if isinstance(where.this, exp.And) else [where.this]
    for part in [part.unnest() for part in parts]:
        negated = isinstance(part, exp.Not) and isinstance(part.this, exp.In)
        inner = part.this if negated else part
        simple = isinstance(inner, (*_SIMPLE, exp.In, exp.Is, exp.Between)) or (
            isinstance(inner, exp.Not) and isinstance(inner.this, exp.Is)
        )
        if not simple or inner.find(exp.Subquery, exp.Select) is not None:
            raise AnalysisError(
                "Where clause only supports compound predicate, binary predicate, is_null predicate and in predicate"
            )
        for column in inner.find_all(exp.Column):
            if table.model in ("UNIQUE", "AGGREGATE") and column.name.lower() not in keys:
                raise AnalysisError(f"delete condition on value column: {column.name} of a {table.model} KEY table")
