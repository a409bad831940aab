{#- Materialization `view`: replaced in one statement, and only when its text changed.

    CREATE OR REPLACE is atomic. The adapter creates a second view, reads both definitions back, drops one and, if they
    differ, drops the view before creating it again: five statements for nothing most of the time, and a gap when not.
    The text last used is remembered by its hash in build_state. -#}
{% materialization view, adapter='starrocks' %}
  {%- set target_relation = this.incorporate(type='view') -%}
  {%- set existing = load_cached_relation(this) -%}
  {%- set fingerprint = local_md5(compiled_code) -%}

  {{ run_hooks(pre_hooks) }}
  {%- if existing is not none and existing.is_view and view_fingerprint() == fingerprint and not should_full_refresh() -%}
    {%- do store_raw_result(name='main', message='unchanged', code='unchanged', rows_affected='0') -%}
  {%- else -%}
    {%- if existing is not none and not existing.is_view -%}
      {#- happens once, when a model changes its kind -#}
      {%- do adapter.drop_relation(existing) -%}
    {%- endif -%}
    {%- call statement('main') -%}
      create or replace view {{ target_relation }} as {{ compiled_code }}
    {%- endcall -%}
    {%- do run_query("delete from " ~ build_state_table() ~ " where model = '" ~ model.name ~ "'") -%}
    {%- do write_build_state([build_state_row(model.name, '#code', fingerprint)]) -%}
  {%- endif -%}
  {{ run_hooks(post_hooks) }}

  {%- do apply_grants(target_relation, config.get('grants'), should_revoke=should_revoke(existing, full_refresh_mode=true)) -%}
  {{ return({'relations': [target_relation]}) }}
{% endmaterialization %}


{%- macro view_fingerprint() -%}
  {%- set found = run_query(
        "select partition_name from " ~ build_state_table() ~ " where model = '" ~ model.name ~ "' and source_table = '#code'") -%}
  {{- return(found.rows[0][0] if found.rows | length == 1 else none) -}}
{%- endmacro -%}
