-- Aggregates whose result type differs from DuckDB's: integers sum to BIGINT, the average of decimals is a decimal.
CREATE OR REPLACE MACRO sr_sum(a BIGINT) AS CAST(sum(a) AS BIGINT), (a HUGEINT) AS sum(a), (a BOOLEAN) AS CAST(sum(a) AS BIGINT), (a VARCHAR) AS sum(TRY_CAST(a AS DOUBLE)), (a) AS sum(a);
CREATE OR REPLACE MACRO sr_avg(a BIGINT) AS avg(a), (a HUGEINT) AS avg(a), (a BOOLEAN) AS avg(CAST(a AS INTEGER)), (a VARCHAR) AS avg(TRY_CAST(a AS DOUBLE)), (a) AS cast_to_type(avg(a), min(a) * 1.000000);
-- Put around SUM(DISTINCT x), which cannot be a macro.
CREATE OR REPLACE MACRO sr_narrow(a HUGEINT) AS CAST(a AS BIGINT), (a) AS a;
