{#- The two tables in which builds remember what they have seen. Both live in the silver database.

    build_state  what each model has consumed: the version of every input partition, and its own code's fingerprint
    key_changes  what a model changed in tables that have no partitions to tell it by: one row per consumer and key -#}
{%- macro build_state_table() -%}
  {{- return('`' ~ database_of('silver') ~ '`.`build_state`') -}}
{%- endmacro -%}


{%- macro key_changes_table() -%}
  {{- return('`' ~ database_of('silver') ~ '`.`key_changes`') -}}
{%- endmacro -%}


{#- Part of the name of every temporary table of this run: two runs at a time never share one. -#}
{%- macro run_suffix() -%}
  {{- return(invocation_id | replace('-', '') | truncate(12, true, '', 0)) -}}
{%- endmacro -%}


{#- Scratch relation of the current model, in silver: readers of gold never see it. -#}
{%- macro scratch(purpose) -%}
  {{- return(api.Relation.create(
        schema=database_of('silver'), identifier=model.name ~ '__' ~ purpose ~ '_' ~ run_suffix(), type='table')) -}}
{%- endmacro -%}


{%- macro table_properties() -%}
  properties ("replication_num" = "{{ env_var('RETAIL_REPLICATION_NUM', '1') }}")
{%- endmacro -%}


{#- on-run-start: creates the bookkeeping tables and drops what killed runs left behind. -#}
{%- macro prepare_bookkeeping() -%}
  {%- if execute and flags.WHICH in building_commands() + ['test'] -%}
    {%- do run_query("create database if not exists `" ~ database_of('silver') ~ "`") -%}
    {%- set state -%}
      create table if not exists {{ build_state_table() }} (
        model varchar(64) not null comment "Model that consumed.",
        source_table varchar(64) not null comment "Input as database.table, or #code.",
        partition_name varchar(64) not null comment "Its partition, or the fingerprint of the model's code.",
        partition_id bigint null comment "Changes when a partition is replaced.",
        visible_version bigint null comment "Changes with every load.",
        built_at datetime null comment "When it was consumed."
      )
      primary key (model, source_table, partition_name)
      comment "What each model has consumed of its inputs"
      distributed by hash (model) buckets 1
      {{ table_properties() }}
    {%- endset -%}
    {%- set changes -%}
      create table if not exists {{ key_changes_table() }} (
        consumer varchar(64) not null comment "Model that still has to react.",
        producer varchar(64) not null comment "Model whose rows changed.",
        entity_key varchar(64) not null comment "Key that changed; * for all.",
        from_day date not null comment "First day for which it changed.",
        to_day date null comment "First day for which it did not.",
        batch varchar(64) null comment "Run that changed it."
      )
      primary key (consumer, producer, entity_key, from_day)
      comment "Keys that changed and have not been consumed"
      distributed by hash (consumer) buckets 1
      {{ table_properties() }}
    {%- endset -%}
    {%- do run_query(state) -%}
    {%- do run_query(changes) -%}
    {%- do drop_leftovers() -%}
  {%- endif -%}
{%- endmacro -%}


{#- Commands in which a model's SQL is about to be run, not only shown. -#}
{%- macro building_commands() -%}
  {{- return(['run', 'build', 'retry']) -}}
{%- endmacro -%}


{#- Drops scratch tables of runs that were killed. A run still alive is younger than var leftover_hours. -#}
{%- macro drop_leftovers() -%}
  {%- set found -%}
    select table_schema, table_name, table_type
    from information_schema.tables
    where table_schema in ('{{ database_of('silver') }}', '{{ database_of('gold') }}')
      and table_name regexp '__(keys|diff|aside|probe)_[0-9a-f]{12}$'
      and create_time < date_sub(now(), interval {{ var('leftover_hours') }} hour)
  {%- endset -%}
  {%- for row in run_query(found) -%}
    {%- set kind = 'view' if row[2] == 'VIEW' else 'table' -%}
    {%- do log('dropping what a killed run left: ' ~ row[0] ~ '.' ~ row[1], info=true) -%}
    {%- do run_query('drop ' ~ kind ~ ' if exists `' ~ row[0] ~ '`.`' ~ row[1] ~ '`') -%}
  {%- endfor -%}
{%- endmacro -%}


{#- A row of build_state as SQL values; partitions' ids and versions are left out for a fingerprint. -#}
{%- macro build_state_row(owner, source, part, partition_id='null', version='null') -%}
  {{- return("('" ~ owner ~ "', '" ~ source ~ "', '" ~ part ~ "', " ~ partition_id ~ ", " ~ version ~ ", now())") -}}
{%- endmacro -%}


{#- Writes rows of build_state in their order, a statement for each 500. -#}
{%- macro write_build_state(rows) -%}
  {%- for chunk in rows | batch(500) -%}
    {%- do run_query(
          "insert into " ~ build_state_table() ~ " (model, source_table, partition_name, partition_id, visible_version, built_at)"
          ~ " values " ~ chunk | join(', ')) -%}
  {%- endfor -%}
{%- endmacro -%}
