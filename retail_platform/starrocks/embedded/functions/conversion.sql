-- CAST: what cannot be converted becomes NULL (StarRocks' CAST never fails on a value).
-- Numbers with a fraction are cut off, not rounded, when they become integers; texts of such numbers are no integers
-- (StarRocks' issue 52473). A condition needs a whole number, or true and false (be/src/exprs/cast_expr.cpp).
-- A text that DuckDB reads and StarRocks does not is NULL: 1_000, 0x10, 0b11, infinity, nan, epoch, 2026-01-02 (BC), days
-- of years with five digits. Days of the year 0, which DuckDB doesn't have, are NULL too.
CREATE OR REPLACE MACRO is_number(a) AS NOT contains(a, '_');
CREATE OR REPLACE MACRO is_whole(a) AS NOT contains(a, '.') AND is_number(a) AND upper(a) = lower(a);
CREATE OR REPLACE MACRO is_time(a) AS trim(a) BETWEEN '0001' AND ':' AND NOT contains(a, '(') AND NOT substr(trim(a), 5, 1) BETWEEN '0' AND ':';
CREATE OR REPLACE MACRO number_text(a) AS CASE WHEN typeof(a) <> 'VARCHAR' OR is_number(CAST(a AS VARCHAR)) THEN a END;
CREATE OR REPLACE MACRO text_double(a) AS CASE WHEN isfinite(TRY_CAST(number_text(a) AS DOUBLE)) THEN TRY_CAST(number_text(a) AS DOUBLE) END;
CREATE OR REPLACE MACRO whole_text(a) AS CASE WHEN is_whole(a) THEN a END;
CREATE OR REPLACE MACRO digits_time(a, pattern) AS CASE WHEN a BETWEEN '0001' AND ':' THEN try_strptime(a, pattern) END;
CREATE OR REPLACE MACRO time_text(a) AS CASE WHEN is_time(a) THEN a END;
-- A JSON number or text that a load reads into a column of whole numbers: cut off, as text (be/src/formats/json).
CREATE OR REPLACE MACRO json_whole(a) AS CASE WHEN is_whole(a) THEN a ELSE coalesce(CAST(TRY_CAST(trunc(text_double(trim(a))) AS HUGEINT) AS VARCHAR), a) END;
CREATE OR REPLACE MACRO sr_cast_tinyint(a VARCHAR) AS TRY_CAST(whole_text(a) AS TINYINT), (a BOOLEAN) AS CAST(a AS TINYINT), (a BIGINT) AS TRY_CAST(a AS TINYINT), (a) AS TRY_CAST(trunc(a) AS TINYINT), (a HUGEINT) AS TRY_CAST(a AS TINYINT);
CREATE OR REPLACE MACRO sr_cast_smallint(a VARCHAR) AS TRY_CAST(whole_text(a) AS SMALLINT), (a BOOLEAN) AS CAST(a AS SMALLINT), (a BIGINT) AS TRY_CAST(a AS SMALLINT), (a) AS TRY_CAST(trunc(a) AS SMALLINT), (a HUGEINT) AS TRY_CAST(a AS SMALLINT);
CREATE OR REPLACE MACRO sr_cast_int(a VARCHAR) AS TRY_CAST(whole_text(a) AS INTEGER), (a BOOLEAN) AS CAST(a AS INTEGER), (a BIGINT) AS TRY_CAST(a AS INTEGER), (a) AS TRY_CAST(trunc(a) AS INTEGER), (a HUGEINT) AS TRY_CAST(a AS INTEGER), (a DATE) AS CAST(strftime(a, '%Y%m%d') AS INTEGER);
CREATE OR REPLACE MACRO sr_cast_bigint(a VARCHAR) AS TRY_CAST(whole_text(a) AS BIGINT), (a BOOLEAN) AS CAST(a AS BIGINT), (a BIGINT) AS a, (a) AS TRY_CAST(trunc(a) AS BIGINT), (a HUGEINT) AS TRY_CAST(a AS BIGINT), (a DATE) AS CAST(strftime(a, '%Y%m%d') AS BIGINT), (a TIMESTAMP) AS CAST(strftime(a, '%Y%m%d%H%M%S') AS BIGINT);
CREATE OR REPLACE MACRO sr_cast_largeint(a VARCHAR) AS TRY_CAST(whole_text(a) AS HUGEINT), (a BOOLEAN) AS CAST(a AS HUGEINT), (a HUGEINT) AS a, (a) AS TRY_CAST(trunc(a) AS HUGEINT), (a DATE) AS CAST(strftime(a, '%Y%m%d') AS HUGEINT);
CREATE OR REPLACE MACRO sr_cast_float(a VARCHAR) AS TRY_CAST(text_double(trim(a)) AS FLOAT), (a) AS TRY_CAST(a AS FLOAT);
CREATE OR REPLACE MACRO sr_cast_double(a VARCHAR) AS text_double(trim(a)), (a) AS TRY_CAST(a AS DOUBLE);
CREATE OR REPLACE MACRO sr_cast_boolean(a VARCHAR) AS CASE lower(trim(a)) WHEN 'true' THEN true WHEN 'false' THEN false ELSE TRY_CAST(whole_text(a) AS INTEGER) <> 0 END, (a BOOLEAN) AS a, (a) AS a <> 0;
CREATE OR REPLACE MACRO sr_cast_date(a VARCHAR) AS coalesce(TRY_CAST(time_text(a) AS DATE), CAST(TRY_CAST(trim(time_text(a)) AS TIMESTAMP) AS DATE), CASE WHEN length(trim(a)) = 8 THEN CAST(digits_time(trim(a), '%Y%m%d') AS DATE) WHEN length(trim(a)) = 14 THEN CAST(digits_time(trim(a), '%Y%m%d%H%M%S') AS DATE) END), (a DATE) AS a, (a TIMESTAMP) AS CAST(a AS DATE), (a BIGINT) AS CAST(try_strptime(CAST(a AS VARCHAR), '%Y%m%d') AS DATE);
CREATE OR REPLACE MACRO sr_cast_datetime(a VARCHAR) AS coalesce(TRY_CAST(time_text(a) AS TIMESTAMP), CASE WHEN length(trim(a)) = 8 THEN digits_time(trim(a), '%Y%m%d') WHEN length(trim(a)) = 14 THEN digits_time(trim(a), '%Y%m%d%H%M%S') END), (a TIMESTAMP) AS a, (a DATE) AS CAST(a AS TIMESTAMP), (a BIGINT) AS coalesce(try_strptime(CAST(a AS VARCHAR), '%Y%m%d%H%M%S'), try_strptime(CAST(a AS VARCHAR), '%Y%m%d'));
CREATE OR REPLACE MACRO sr_cast_varchar(a VARCHAR) AS a, (a BOOLEAN) AS CASE WHEN a THEN '1' WHEN NOT a THEN '0' END, (a BIGINT) AS CAST(a AS VARCHAR), (a HUGEINT) AS CAST(a AS VARCHAR), (a DATE) AS CAST(a AS VARCHAR), (a TIMESTAMP) AS CAST(a AS VARCHAR), (a BLOB) AS decode(a), (a) AS CASE WHEN typeof(a) IN ('DOUBLE', 'FLOAT') THEN regexp_replace(CAST(a AS VARCHAR), '\.0$', '') ELSE CAST(a AS VARCHAR) END;
CREATE OR REPLACE MACRO sr_cast_varbinary(a VARCHAR) AS encode(a), (a BLOB) AS a;
CREATE OR REPLACE MACRO sr_cast_json(a) AS CASE WHEN typeof(a) = 'JSON' THEN TRY_CAST(a AS JSON) ELSE to_json(a) END;
-- The text form that string functions see.
CREATE OR REPLACE MACRO sr_text(a VARCHAR) AS a, (a BOOLEAN) AS CASE WHEN a THEN '1' WHEN NOT a THEN '0' END, (a BIGINT) AS CAST(a AS VARCHAR), (a HUGEINT) AS CAST(a AS VARCHAR), (a DATE) AS CAST(a AS VARCHAR), (a TIMESTAMP) AS CAST(a AS VARCHAR), (a) AS CASE WHEN typeof(a) IN ('DOUBLE', 'FLOAT') THEN regexp_replace(CAST(a AS VARCHAR), '\.0$', '') ELSE CAST(a AS VARCHAR) END;
-- A condition: numbers count as true when they are not zero.
CREATE OR REPLACE MACRO sr_condition(a BOOLEAN) AS a, (a) AS a <> 0, (a VARCHAR) AS text_double(a) <> 0;
