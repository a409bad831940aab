-- Aggregates whose result type differs from DuckDB's: integers sum to BIGINT, the average of decimals is a decimal.
CREATE OR REPLACE MACRO sr_sum(a BIGINT) AS CAST(sum(a) AS BIGINT), (a HUGEINT) AS sum(a), (a BOOLEAN) AS CAST(sum(a) AS BIGINT), (a VARCHAR) AS sum(text_double(a)), (a) AS sum(a);
CREATE OR REPLACE MACRO sr_avg(a BIGINT) AS avg(a), (a HUGEINT) AS avg(a), (a BOOLEAN) AS avg(CAST(a AS INTEGER)), (a VARCHAR) AS avg(text_double(a)), (a) AS cast_to_type(avg(a), min(a) * 1.000000);
-- Put around SUM(DISTINCT x), which cannot be a macro.
CREATE OR REPLACE MACRO sr_narrow(a HUGEINT) AS CAST(a AS BIGINT), (a) AS a;
-- Sets of sketches.sql, put together over rows.
CREATE OR REPLACE MACRO sr_bitmap_union(a) AS CAST(list_distinct(coalesce(flatten(list(a)), [])) AS UBIGINT[]);
CREATE OR REPLACE MACRO sr_bitmap_union_count(a) AS CAST(len(list_distinct(coalesce(flatten(list(a)), []))) AS BIGINT);
CREATE OR REPLACE MACRO sr_bitmap_agg(a) AS CAST(coalesce(list(DISTINCT TRY_CAST(a AS UBIGINT)) FILTER (WHERE a IS NOT NULL), []) AS UBIGINT[]);
CREATE OR REPLACE MACRO sr_bitmap_union_int(a) AS count(DISTINCT a);
CREATE OR REPLACE MACRO sr_hll_union(a) AS CAST(list_distinct(coalesce(flatten(list(a)), [])) AS UHUGEINT[]);
CREATE OR REPLACE MACRO sr_hll_raw_agg(a) AS CAST(list_distinct(coalesce(flatten(list(a)), [])) AS UHUGEINT[]);
CREATE OR REPLACE MACRO sr_hll_union_agg(a) AS CAST(len(list_distinct(coalesce(flatten(list(a)), []))) AS BIGINT);
