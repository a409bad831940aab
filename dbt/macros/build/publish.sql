{#- Publishes what is about to change, so that models that read this table by key know whom to recompute.

    A table without daily partitions says nothing about which rows of it changed. The rows that differ (`diff`) do: for
    every consumer in meta.publish, one row per key with the days concerned, [from_day, to_day).
    Written before the change itself: a build that dies in between makes a consumer work once for nothing; the other
    order would make it miss the change. -#}
{%- macro publish_changes(diff) -%}
  {%- for target in config.meta_get('publish', []) -%}
    {%- if consumer_exists(target.to) -%}
      {%- set from_day = target.get('from_day') -%}
      {%- set to_day = target.get('to_day') -%}
      {%- set statement_sql -%}
        insert into {{ key_changes_table() }} (consumer, producer, entity_key, from_day, to_day, batch)
        with affected as (
          select {{ target.key }} as entity_key, {{ from_day or "cast('0001-01-01' as date)" }} as from_day,
            {{ to_day or "cast('" ~ var('end_of_time') ~ "' as date)" }} as to_day
          from {{ diff }} where _op <> 'delete' and not _minor
          union all
          select {{ old_value(target.key) }}, {{ old_value(from_day) if from_day else "cast('0001-01-01' as date)" }},
            {{ old_value(to_day) if to_day else "cast('" ~ var('end_of_time') ~ "' as date)" }}
          from {{ diff }} where _op <> 'insert' and not _minor
        ),
        keys as (
          select entity_key, from_day, max(to_day) as to_day
          from affected
          where entity_key is not null
          group by entity_key, from_day
        )
        select '{{ target.to }}', '{{ model.name }}', k.entity_key, k.from_day,
          greatest(k.to_day, coalesce(c.to_day, k.to_day)), '{{ run_suffix() }}'
        from keys as k
        left join {{ key_changes_table() }} as c
          on c.consumer = '{{ target.to }}' and c.producer = '{{ model.name }}'
          and c.entity_key = k.entity_key and c.from_day = k.from_day
      {%- endset -%}
      {%- do run_query(statement_sql) -%}
    {%- endif -%}
  {%- endfor -%}
{%- endmacro -%}


{#- After a full build everything may differ: consumers are told so with the key `*` and build in full, too. -#}
{%- macro publish_everything() -%}
  {%- for target in config.meta_get('publish', []) -%}
    {%- if consumer_exists(target.to) -%}
      {%- do run_query(
            "insert into " ~ key_changes_table() ~ " (consumer, producer, entity_key, from_day, to_day, batch) values ('"
            ~ target.to ~ "', '" ~ model.name ~ "', '*', '0001-01-01', '" ~ var('end_of_time') ~ "', '"
            ~ run_suffix() ~ "')") -%}
    {%- endif -%}
  {%- endfor -%}
{%- endmacro -%}


{#- A consumer that was never built will be built in full anyway; its messages would pile up unread. -#}
{%- macro consumer_exists(name) -%}
  {%- set found = graph.nodes.values() | selectattr('resource_type', 'equalto', 'model') | selectattr('name', 'equalto', name) | list -%}
  {%- if not found -%}
    {%- do exceptions.raise_compiler_error(model.name ~ ': meta.publish names ' ~ name ~ ', which is not a model') -%}
  {%- endif -%}
  {{- return(adapter.get_relation(database=none, schema=found[0].schema, identifier=found[0].alias) is not none) -}}
{%- endmacro -%}


{#- Columns of the old row that the diff has to keep, because consumers are told about both sides of a change. -#}
{%- macro published_columns() -%}
  {%- set columns = [] -%}
  {%- for target in config.meta_get('publish', []) -%}
    {%- for column in [target.key, target.get('from_day'), target.get('to_day')] -%}
      {%- if column and column not in columns -%}{%- do columns.append(column) -%}{%- endif -%}
    {%- endfor -%}
  {%- endfor -%}
  {{- return(columns) -}}
{%- endmacro -%}


{%- macro old_value(column) -%}
  {{- '_old_' ~ column -}}
{%- endmacro -%}
