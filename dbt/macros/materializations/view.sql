{#- Materialization `view` in one statement. CREATE OR REPLACE is atomic; the adapter creates a second view, reads both
    definitions back, drops one and, if they differ, drops the view before creating it again: five statements for
    nothing most of the time, and a gap when not. -#}
{% materialization view, adapter='starrocks' %}
  {%- set target_relation = this.incorporate(type='view') -%}
  {%- set existing = load_cached_relation(this) -%}
  {{ run_hooks(pre_hooks) }}
  {%- if existing is not none and not existing.is_view -%}
    {#- happens once, when a model changes its kind -#}
    {%- do adapter.drop_relation(existing) -%}
  {%- endif -%}
  {%- call statement('main') -%}
    create or replace view {{ target_relation }} as {{ compiled_code }}
  {%- endcall -%}
  {{ run_hooks(post_hooks) }}
  {%- do apply_grants(target_relation, config.get('grants'), should_revoke=should_revoke(existing, full_refresh_mode=true)) -%}
  {{ return({'relations': [target_relation]}) }}
{% endmaterialization %}
