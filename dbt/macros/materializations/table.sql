{#- Materialization `table` without the gap: built aside under a name of this run, checked, then swapped in. -#}
{% materialization table, adapter='starrocks' %}
  {%- set target_relation = this.incorporate(type='table') -%}
  {%- set existing = load_cached_relation(this) -%}
  {%- set aside = target_relation.incorporate(path={'identifier': model.name ~ '__aside_' ~ run_suffix()}) -%}

  {{ run_hooks(pre_hooks) }}
  {%- call statement('main') -%}
    {{ starrocks__create_table_as(false, aside, compiled_code) }}
  {%- endcall -%}
  {%- if model.columns.values() | selectattr('data_type') | list -%}
    {%- do assert_contract(adapter.get_columns_in_relation(aside)) -%}
  {%- endif -%}
  {%- do put_in_place(aside, target_relation, existing) -%}
  {{ run_hooks(post_hooks) }}

  {%- do apply_grants(target_relation, config.get('grants'), should_revoke=should_revoke(existing, full_refresh_mode=true)) -%}
  {{ return({'relations': [target_relation]}) }}
{% endmaterialization %}
