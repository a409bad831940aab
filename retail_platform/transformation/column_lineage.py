"""Which columns upstream a model's columns are made of, read from its compiled SQL.

Columns of models and sources come from the project's YAML, which builds hold against the tables: nothing is asked of
the warehouse. Reading all models takes seconds, so what was found is kept in RETAIL_HOME until the project changes.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterable, Mapping
from importlib.metadata import version
from pathlib import Path
from typing import Any

import dagster as dg
import sqlglot
from dagster_dbt import DagsterDbtTranslator
from sqlglot import exp
from sqlglot.lineage import lineage
from sqlglot.optimizer.qualify import qualify
from sqlglot.optimizer.scope import build_scope
from sqlglot.schema import MappingSchema

_DIALECT = "starrocks"
_TABLE = "table__"  # begins the names tables are given here


class ColumnLineage:
    """The lineage of a project's models, remembered in a directory."""

    def __init__(self, manifest: Mapping[str, Any], translator: DagsterDbtTranslator, directory: Path) -> None:
        """For one project.

        Args:
            manifest: dbt's.
            translator: Which asset a model or source is.
            directory: Where to remember; made when needed.
        """
        self._manifest = manifest
        self._translator = translator
        self._directory = directory
        macros = (m["macro_sql"] for m in manifest["macros"].values() if m["package_name"] == "retail")
        self._project = [version("sqlglot"), *sorted(macros)]

    def of(self, unique_id: str, sql: str) -> dg.TableColumnLineage:
        """The upstream columns of each column of a model, through its CTEs and down to the tables it reads.

        Args:
            unique_id: The model's, such as ``model.retail.fct_orders``.
            sql: Its compiled SELECT.

        Raises:
            sqlglot.errors.SqlglotError: The SQL can't be parsed, or a column can't be found in it.
            OSError: What was found can't be kept.
        """
        parents = self._parents(unique_id)
        model = self._manifest["nodes"][unique_id]
        tables = {name: list(props["columns"]) for name, props in parents.items()}
        file = self._directory / f"{model['name']}-{self._digest(model, tables)}.json"
        if file.is_file():
            found = json.loads(file.read_text())
        else:
            found = read_lineage(sql, list(model["columns"]), tables)
            self._keep(file, model["name"], json.dumps(found))
        keys = {name: self._translator.get_asset_key(props) for name, props in parents.items()}
        return dg.TableColumnLineage(
            {
                column: [dg.TableColumnDep(keys[table], name) for table, name in sources]
                for column, sources in found.items()
            }
        )

    def _digest(self, model: Mapping[str, Any], tables: Mapping[str, list[str]]) -> str:
        known = [*self._project, model["checksum"]["checksum"], json.dumps([list(model["columns"]), tables])]
        return hashlib.sha256("\0".join(known).encode()).hexdigest()[:16]

    def _keep(self, file: Path, model: str, text: str) -> None:
        self._directory.mkdir(parents=True, exist_ok=True)
        for old in self._directory.glob(f"{model}-*.json"):
            old.unlink(missing_ok=True)
        written = file.with_suffix(f".{os.getpid()}")
        written.write_text(text)
        written.replace(file)  # whole, whoever else reads it

    def _parents(self, unique_id: str) -> dict[str, Mapping[str, Any]]:
        """Name in the warehouse → model or source."""
        known = {**self._manifest["nodes"], **self._manifest["sources"]}
        found = (known[parent] for parent in self._manifest["nodes"][unique_id]["depends_on"]["nodes"])
        return {str(props.get("identifier") or props["alias"]): props for props in found}


def read_lineage(
    sql: str, columns: Iterable[str], tables: Mapping[str, Iterable[str]]
) -> dict[str, list[tuple[str, str]]]:
    """What each column of a SELECT is made of.

    Args:
        sql: A SELECT in StarRocks' dialect; every table in it has a database, so that no CTE is taken for one.
        columns: Those asked for, all in the SELECT.
        tables: Name of each table it reads, without database → its columns.

    Returns:
        Column → sorted pairs of table and column; none for one that is made of no column, such as ``count(*)``.

    Raises:
        sqlglot.errors.SqlglotError: It can't be parsed, or a column can't be found.
    """
    tree = sqlglot.parse_one(sql, dialect=_DIALECT)
    for table in tree.find_all(exp.Table):
        # A CTE may have a table's name; what is left of a table's without its database must be no CTE's.
        if table.db:
            if not table.alias:
                table.set("alias", exp.TableAlias(this=exp.to_identifier(table.name)))
            table.set("this", exp.to_identifier(_TABLE + table.name))
            table.set("db", None)
    schema = MappingSchema(dialect=_DIALECT)
    for name, its_columns in tables.items():
        schema.add_table(_TABLE + name, dict.fromkeys(its_columns, "string"), dialect=_DIALECT)
    query = qualify(tree, schema=schema, dialect=_DIALECT, identify=False)
    scope = build_scope(query)
    found: dict[str, list[tuple[str, str]]] = {}
    for column in columns:
        deps = set()
        for node in lineage(column, query, schema, dialect=_DIALECT, scope=scope, copy=False).walk():
            if isinstance(node.expression, exp.Table) and not node.downstream:
                table_name = node.expression.name.removeprefix(_TABLE)
                if table_name in tables:
                    deps.add((table_name, exp.to_column(node.name).name))
        found[column] = sorted(deps)
    return found
