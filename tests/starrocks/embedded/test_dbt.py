"""dbt's own adapter suites, through dbt-starrocks unmodified, against the embedded server.

Not in the list, because StarRocks cannot pass them either: snapshots (dbt-starrocks writes `UPDATE a, b SET`, which
StarRocks cannot parse) and the merge and delete+insert strategies, which the adapter does not offer.
"""

import pytest
from dbt.tests.adapter.basic.test_adapter_methods import BaseAdapterMethod
from dbt.tests.adapter.basic.test_base import BaseSimpleMaterializations
from dbt.tests.adapter.basic.test_empty import BaseEmpty
from dbt.tests.adapter.basic.test_ephemeral import BaseEphemeral
from dbt.tests.adapter.basic.test_generic_tests import BaseGenericTests
from dbt.tests.adapter.basic.test_incremental import BaseIncremental
from dbt.tests.adapter.basic.test_singular_tests import BaseSingularTests
from dbt.tests.adapter.basic.test_singular_tests_ephemeral import BaseSingularTestsEphemeral
from dbt.tests.adapter.basic.test_validate_connection import BaseValidateConnection
from dbt.tests.adapter.concurrency.test_concurrency import BaseConcurrency
from dbt.tests.adapter.query_comment.test_query_comment import BaseQueryComments
from dbt.tests.adapter.store_test_failures_tests.test_store_test_failures import BaseStoreTestFailures
from dbt.tests.fixtures.project import *  # noqa: F403 - the suites' fixtures; one of them is replaced below

pytestmark = pytest.mark.slow


@pytest.fixture(scope="class")
def dbt_profile_target(server):
    return {
        "type": "starrocks",
        "host": server.host,
        "port": server.mysql_port,
        "username": "root",
        "password": "",
        "catalog": "default_catalog",
    }


class TestSimpleMaterializations(BaseSimpleMaterializations):
    pass


class TestSingularTests(BaseSingularTests):
    pass


class TestSingularTestsEphemeral(BaseSingularTestsEphemeral):
    pass


class TestEmpty(BaseEmpty):
    pass


class TestEphemeral(BaseEphemeral):
    pass


class TestIncremental(BaseIncremental):
    pass


class TestGenericTests(BaseGenericTests):
    pass


class TestAdapterMethod(BaseAdapterMethod):
    pass


class TestValidateConnection(BaseValidateConnection):
    pass


class TestConcurrency(BaseConcurrency):
    pass


class TestQueryComments(BaseQueryComments):
    pass


class TestStoreTestFailures(BaseStoreTestFailures):
    pass
