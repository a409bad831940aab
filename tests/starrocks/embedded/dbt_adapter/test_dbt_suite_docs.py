"""dbt's docs-generate and debug suites, through dbt-starrocks unmodified."""

import pytest
from dbt.tests.adapter.basic import expected_catalog as catalogs
from dbt.tests.adapter.basic.test_docs_generate import BaseDocsGenerate, BaseDocsGenReferences
from dbt.tests.adapter.dbt_debug.test_dbt_debug import (
    BaseDebugInvalidProjectPostgres,
    BaseDebugPostgres,
    BaseDebugProfileVariable,
)
from dbt.tests.util import run_dbt_and_capture

# How information_schema names the types of the suite's seed, and dbt-starrocks the kinds of its relations.
NAMES = {
    "id_type": "bigint",
    "text_type": "varchar",
    "time_type": "datetime",
    "view_type": "view",
    "table_type": "table",
}


class TestDocsGenerate(BaseDocsGenerate):
    @pytest.fixture(scope="class")
    def expected_catalog(self, project):
        return catalogs.base_expected_catalog(project, role=None, model_stats=catalogs.no_stats(), **NAMES)


class TestDocsGenReferences(BaseDocsGenReferences):
    @pytest.fixture(scope="class")
    def expected_catalog(self, project):
        return catalogs.expected_references_catalog(
            project, role=None, model_stats=catalogs.no_stats(), bigint_type="bigint", **NAMES
        )


class TestDebug(BaseDebugPostgres):
    @pytest.fixture(scope="class")
    def dbt_profile_data(self, unique_schema, dbt_profile_target):
        good = {**dbt_profile_target, "schema": unique_schema}
        return {
            "test": {
                "outputs": {
                    "default": good,
                    "nopass": {key: value for key, value in good.items() if key != "password"},
                    "wronguser": {**good, "username": "nobody", "password": "wrong"},
                    "none_target": None,
                },
                "target": "default",
            }
        }

    def test_wronguser_is_told_so(self, project, profiles_root):
        arguments = ["debug", "--target", "wronguser", "--profiles-dir", str(profiles_root)]
        _, out = run_dbt_and_capture(arguments, expect_pass=False)
        assert "1045" in out, out


class TestDebugProfileVariable(BaseDebugProfileVariable):
    def test_ok(self, project):
        _, out = run_dbt_and_capture(["debug"])
        assert "All checks passed" in out


class TestDebugInvalidProject(BaseDebugInvalidProjectPostgres):
    pass
