"""Code location 2: the raw tables are observed, and dbt turns them into marts as soon as they change."""
