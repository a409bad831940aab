{#- Remembers what the current model has consumed; called only after its own rows are in place.

    A build that fails before this point leaves the memory as it was, so the next one does the same work again. The
    code's fingerprint goes last: without it a half-written memory makes the next build a full one. -#}
{%- macro remember_build(build, full) -%}
  {%- if full -%}
    {%- do run_query("delete from " ~ build_state_table() ~ " where model = '" ~ model.name ~ "'") -%}
  {%- endif -%}
  {%- set rows = [] -%}
  {%- for source, part, partition_id, version in build.snapshot -%}
    {%- do rows.append(build_state_row(model.name, source, part, partition_id, version)) -%}
  {%- endfor -%}
  {%- if full -%}
    {%- do rows.append(build_state_row(model.name, '#code', code_fingerprint())) -%}
  {%- endif -%}
  {%- do write_build_state(rows) -%}
  {%- for source, part in build.gone -%}
    {%- do run_query("delete from " ~ build_state_table() ~ " where model = '" ~ model.name ~ "' and source_table = '"
          ~ source ~ "' and partition_name = '" ~ part ~ "'") -%}
  {%- endfor -%}
  {%- if build.batches -%}
    {%- do run_query("delete from " ~ key_changes_table() ~ " where consumer = '" ~ model.name ~ "' and batch in ('"
          ~ build.batches | unique | join("', '") ~ "')") -%}
  {%- endif -%}
{%- endmacro -%}


{#- The versions of all inputs, taken before a full build reads its first row. -#}
{%- macro snapshot_of(inputs) -%}
  {%- set rows = [] -%}
  {%- if inputs -%}
    {%- for row in run_query(partitions_now(inputs)).rows -%}
      {%- do rows.append([row[0], row[1], row[2], row[3]]) -%}
    {%- endfor -%}
  {%- endif -%}
  {{- return(rows) -}}
{%- endmacro -%}
