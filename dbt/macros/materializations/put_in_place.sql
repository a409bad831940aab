{#- Puts a finished table in the place of another, in one step for readers: SWAP when a table is there, RENAME when
    nothing is. dbt-starrocks drops the old table first and creates the new one afterwards: a reader in between meets
    `Unknown table`, and if the creation fails, the data is gone. -#}
{%- macro put_in_place(aside, target_relation, existing) -%}
  {%- if existing is none -%}
    {%- do run_query('alter table ' ~ aside ~ ' rename `' ~ target_relation.identifier ~ '`') -%}
  {%- elif existing.is_table -%}
    {%- do run_query('alter table ' ~ target_relation ~ ' swap with `' ~ aside.identifier ~ '`') -%}
    {%- do run_query('drop table if exists ' ~ aside ~ ' force') -%}
  {%- else -%}
    {#- a view can't be swapped with a table; this happens once, when a model changes its kind -#}
    {%- do adapter.drop_relation(existing) -%}
    {%- do run_query('alter table ' ~ aside ~ ' rename `' ~ target_relation.identifier ~ '`') -%}
  {%- endif -%}
{%- endmacro -%}
