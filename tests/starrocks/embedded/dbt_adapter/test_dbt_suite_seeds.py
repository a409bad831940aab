"""dbt's seed suites, through dbt-starrocks unmodified; types are StarRocks' where a suite writes them out."""

from pathlib import Path

import pytest
from dbt.tests.adapter.simple_seed import fixtures, seeds, test_seed, test_seed_type_override
from dbt.tests.util import copy_file

EXPECTED = seeds.seeds__expected_sql.replace("TIMESTAMP WITHOUT TIME ZONE", "DATETIME").replace('"', "")


class _Expected:
    """The table that seeds are compared with, in StarRocks' types."""

    @pytest.fixture(scope="class", autouse=True)
    def setUp(self, project):
        for statement in EXPECTED.split(";"):
            if statement.strip():
                project.run_sql(statement)


class TestBasicSeedTests(_Expected, test_seed.BaseBasicSeedTests):
    pass


class TestSeedConfigFullRefreshOn(_Expected, test_seed.BaseSeedConfigFullRefreshOn):
    pass


class TestSeedConfigFullRefreshOff(_Expected, test_seed.BaseSeedConfigFullRefreshOff):
    pass


class TestSeedCustomSchema(_Expected, test_seed.BaseSeedCustomSchema):
    pass


class TestSeedWithUniqueDelimiter(_Expected, test_seed.BaseSeedWithUniqueDelimiter):
    pass


class TestSeedWithWrongDelimiter(_Expected, test_seed.BaseSeedWithWrongDelimiter):
    pass


class TestSeedWithEmptyDelimiter(_Expected, test_seed.BaseSeedWithEmptyDelimiter):
    pass


class TestSeedParsing(_Expected, test_seed.BaseSeedParsing):
    pass


class TestEmptySeed(test_seed.BaseTestEmptySeed):
    pass


class TestSimpleSeedWithBOM(_Expected, test_seed.BaseSimpleSeedWithBOM):
    @pytest.fixture(scope="class", autouse=True)
    def bom(self, project):
        copy_file(
            str(Path(seeds.__file__).parent), "seed_bom.csv", project.project_root / Path("seeds/seed_bom.csv"), ""
        )


class TestSimpleSeedEnabledViaConfig(test_seed.BaseSimpleSeedEnabledViaConfig):
    @pytest.fixture
    def clear_test_schema(self, project):
        """StarRocks drops a database with its tables; it has no CASCADE."""
        yield
        project.run_sql(f"drop schema if exists {project.test_schema}")


class TestSeedSpecificFormats(test_seed.BaseSeedSpecificFormats):
    pass


TYPES = {"text": "varchar(65533)", "boolean": "tinyint", "integer": "bigint", "timestamp without time zone": "datetime"}


class TestSimpleSeedColumnOverride(test_seed_type_override.BaseSimpleSeedColumnOverride):
    @pytest.fixture(scope="class")
    def models(self):
        schema = fixtures.properties__schema_yml
        for theirs, ours in TYPES.items():
            schema = schema.replace(f"type: {theirs}\n", f"type: {ours}\n")
        return {"schema.yml": schema}
