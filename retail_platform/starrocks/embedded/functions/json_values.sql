-- JSON: -> yields JSON (strings keep their quotes), get_json_* yield scalars; what is missing is NULL.
CREATE OR REPLACE MACRO sr_parse_json(a) AS TRY_CAST(a AS JSON);
CREATE OR REPLACE MACRO sr_json_doc(a) AS TRY_CAST(a AS JSON);
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
