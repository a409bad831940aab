-- JSON: -> yields JSON (strings keep their quotes), get_json_* yield scalars; what is missing is NULL.
-- DuckDB takes NaN, Infinity and a comma before the end of a list or an object for JSON; looked for outside of strings.
CREATE OR REPLACE MACRO has_loose_json(a) AS regexp_matches(a, '(?i)nan|inf|,\s*[\]}]');
CREATE OR REPLACE MACRO is_loose_json(a) AS has_loose_json(a) AND has_loose_json(regexp_replace(a, '"(?:[^"\\]|\\.)*"', '', 'g'));
CREATE OR REPLACE MACRO sr_parse_json(a) AS CASE WHEN typeof(a) = 'JSON' OR NOT is_loose_json(CAST(a AS VARCHAR)) THEN TRY_CAST(a AS JSON) END;
CREATE OR REPLACE MACRO sr_json_doc(a) AS sr_parse_json(a);
CREATE OR REPLACE MACRO json_checked(a) AS CASE WHEN is_loose_json(CAST(a AS VARCHAR)) THEN error('JSON with NaN, Infinity or a comma too many') ELSE a END;
-- The text of a JSON value; what loads read as text, and casts as a number, has 1 and 0 for booleans; cut off to a whole number.
CREATE OR REPLACE MACRO json_text(a) AS a->>'$';
CREATE OR REPLACE MACRO json_flat(a) AS CASE WHEN a = 'true' THEN '1' WHEN a = 'false' THEN '0' WHEN CAST(a AS VARCHAR) BETWEEN '-' AND ':' AND contains(CAST(a AS VARCHAR), 'e') THEN CAST(CAST(a->>'$' AS DOUBLE) AS VARCHAR) ELSE a->>'$' END;
CREATE OR REPLACE MACRO json_cut(a) AS CASE WHEN starts_with(CAST(a AS VARCHAR), '"') THEN a->>'$' ELSE json_whole(json_flat(a)) END;
CREATE OR REPLACE MACRO sr_json_path(p) AS CASE WHEN p LIKE '$%' THEN p ELSE '$.' || p END;
CREATE OR REPLACE MACRO sr_json_query(json_j, p) AS json_extract(json_j, sr_json_path(p));
CREATE OR REPLACE MACRO sr_get_json_string(json_j, p) AS json_extract_string(json_j, sr_json_path(p));
CREATE OR REPLACE MACRO sr_get_json_object(json_j, p) AS json_extract_string(json_j, sr_json_path(p));
CREATE OR REPLACE MACRO sr_get_json_int(json_j, p) AS TRY_CAST(json_extract_string(json_j, sr_json_path(p)) AS BIGINT);
CREATE OR REPLACE MACRO sr_get_json_double(json_j, p) AS TRY_CAST(json_extract_string(json_j, sr_json_path(p)) AS DOUBLE);
CREATE OR REPLACE MACRO sr_get_json_bool(json_j, p) AS TRY_CAST(json_extract_string(json_j, sr_json_path(p)) AS BOOLEAN);
CREATE OR REPLACE MACRO sr_json_exists(json_j, p) AS coalesce(json_exists(json_j, sr_json_path(p)), false);
CREATE OR REPLACE MACRO sr_json_length(json_j) AS CAST(CASE json_type(json_j) WHEN 'ARRAY' THEN json_array_length(json_j) WHEN 'OBJECT' THEN len(json_keys(json_j)) WHEN NULL THEN NULL ELSE 1 END AS INTEGER);
CREATE OR REPLACE MACRO sr_json_keys(json_j) AS to_json(json_keys(json_j));
CREATE OR REPLACE MACRO sr_json_string(json_j) AS CAST(json_j AS VARCHAR);
CREATE OR REPLACE MACRO sr_to_json(a) AS to_json(a);
