"""dbt's incremental suites, and the four strategies of dbt-starrocks."""

import pytest
from dbt.tests.adapter.basic.test_incremental import (
    BaseIncremental,
    BaseIncrementalBadStrategy,
    BaseIncrementalNotSchemaChange,
)
from dbt.tests.adapter.incremental.test_incremental_merge_exclude_columns import BaseMergeExcludeColumns
from dbt.tests.adapter.incremental.test_incremental_microbatch import BaseMicrobatch
from dbt.tests.adapter.incremental.test_incremental_on_schema_change import BaseIncrementalOnSchemaChange
from dbt.tests.adapter.incremental.test_incremental_predicates import BaseIncrementalPredicates
from dbt.tests.adapter.incremental.test_incremental_unique_id import BaseIncrementalUniqueKey
from dbt.tests.util import relation_from_name, run_dbt


class TestIncremental(BaseIncremental):
    pass


class TestIncrementalNotSchemaChange(BaseIncrementalNotSchemaChange):
    pass


class TestIncrementalOnSchemaChange(BaseIncrementalOnSchemaChange):
    pass


class TestIncrementalUniqueKey(BaseIncrementalUniqueKey):
    pass


class TestIncrementalBadStrategy(BaseIncrementalBadStrategy):
    pass


class TestIncrementalPredicates(BaseIncrementalPredicates):
    pass


class TestMergeExcludeColumns(BaseMergeExcludeColumns):
    pass


INPUT = """
{{ config(materialized='table', event_time='event_time') }}
select 1 as id, datetime '2020-01-01 00:00:00' as event_time
union all
select 2 as id, datetime '2020-01-02 00:00:00' as event_time
union all
select 3 as id, datetime '2020-01-03 00:00:00' as event_time
"""
MICROBATCH = """
{{ config(
    materialized='incremental', incremental_strategy='microbatch', microbatch_use_dynamic_overwrite=true,
    event_time='event_time', batch_size='day', begin=modules.datetime.datetime(2020, 1, 1, 0, 0, 0),
    partition_type='Expr', partition_by=["date_trunc('day', event_time)"]
) }}
select * from {{ ref('input_model') }}
"""


class TestMicrobatch(BaseMicrobatch):
    """Each batch replaces the partitions of its day; StarRocks' literal is DATETIME, not TIMESTAMP."""

    @pytest.fixture(scope="class")
    def microbatch_model_sql(self):
        return MICROBATCH

    @pytest.fixture(scope="class")
    def input_model_sql(self):
        return INPUT

    @pytest.fixture(scope="class")
    def insert_two_rows_sql(self, project):
        return (
            f"insert into {project.test_schema}.input_model (id, event_time)"
            " values (4, '2020-01-04 00:00:00'), (5, '2020-01-05 00:00:00')"
        )


ROUNDS = """
{% set rows = {'1': [(1, 'a'), (2, 'a')], '2': [(3, 'a')], '3': [(4, 'b')]}[var('round')] %}
{% for id, part in rows %}
select {{ id }} as id, '{{ part }}' as part {{ 'union all' if not loop.last }}
{% endfor %}
"""
# Strategy: the rows after a first run, a second one in the same partition, and a third one in another.
STRATEGIES = {
    "default": ([1, 2], [1, 2, 3], [1, 2, 3, 4]),
    "insert_overwrite": ([1, 2], [3], [4]),
    "dynamic_overwrite": ([1, 2], [3], [3, 4]),
}


class TestStrategies:
    """What each strategy leaves of earlier runs."""

    @pytest.fixture(scope="class")
    def models(self):
        config = (
            "{{{{ config(materialized='incremental', incremental_strategy='{}',"
            " partition_type='Expr', partition_by=['part']) }}}}"
        )
        return {f"{name}_model.sql": config.format(name) + ROUNDS for name in STRATEGIES}

    def test_what_is_left_of_earlier_runs(self, project):
        found = {name: [] for name in STRATEGIES}
        for number in ("1", "2", "3"):
            assert len(run_dbt(["run", "--vars", f"round: '{number}'"])) == len(STRATEGIES)
            for name, rounds in found.items():
                relation = relation_from_name(project.adapter, f"{name}_model")
                rows = project.run_sql(f"select id from {relation} order by id", fetch="all")
                rounds.append([row[0] for row in rows])
        assert {name: tuple(rounds) for name, rounds in found.items()} == STRATEGIES
