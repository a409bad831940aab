"""What dbt's suites ask for and StarRocks, or dbt-starrocks, cannot do; docs/embedded-starrocks.md says the same."""

REASONS = {
    "TestSnapshotCheckCols": "dbt-starrocks writes UPDATE a, b SET, which StarRocks cannot parse",
    "TestSnapshotTimestamp": "dbt-starrocks writes UPDATE a, b SET, which StarRocks cannot parse",
    "TestEphemeralMulti": "compares with Postgres' own CREATE VIEW text",
    "TestEphemeralNested": "compares with Postgres' own CREATE VIEW text",
    "TestIncrementalBadStrategy": "dbt-starrocks refuses an unknown strategy in words of its own",
    "TestIncrementalPredicates": "dbt-starrocks has no delete+insert strategy",
    "TestMergeExcludeColumns": "dbt-starrocks has no merge strategy, StarRocks no MERGE",
    "TestSeedSpecificFormats": "dbt-starrocks cuts a name with dots into catalog and database",
    "TestBasicSeedTests::test_simple_seed_full_refresh_flag": "DROP TABLE leaves the views that read the table",
    "TestSeedConfigFullRefreshOn": "DROP TABLE leaves the views that read the table",
    "TestIncrementalUniqueKey::test__bad_unique_key": "the key must be a column when the table is created",
    "TestIncrementalUniqueKey::test__bad_unique_key_list": "the key must be a column when the table is created",
    "TestIncrementalUniqueKey::test__empty_unique_key_list": "a Primary Key table needs a key",
    "TestIncrementalUniqueKey::test__empty_str_unique_key": "a Primary Key table needs a key",
    "TestIncrementalUniqueKey::test__one_unique_key": "a Primary Key table has one row per key from the first run on",
    "TestIncrementalUniqueKey::test__unary_unique_key_list": (
        "a Primary Key table has one row per key from the first run on"
    ),
    "TestIncrementalUniqueKey::test__duplicated_unary_unique_key_list": "a key column cannot be named twice",
    "TestIncrementalUniqueKey::test__trinary_unique_key_list": "a key column cannot be NULL",
    "TestIncrementalUniqueKey::test__trinary_unique_key_list_no_update": "a key column cannot be NULL",
}
