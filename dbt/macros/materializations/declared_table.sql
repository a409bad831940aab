{#- CREATE TABLE from what the model declares: columns with data_type in its yml, key, partitions and distribution in
    its config. CTAS would guess instead, turn DOUBLE into DECIMAL(38,9), and know neither comments nor NOT NULL. -#}
{%- macro create_declared_table(relation) -%}
  {%- set keys = unique_key_list() -%}
  {%- set names = model.columns.keys() | list -%}
  {%- if names[:keys | length] != keys -%}
    {%- do exceptions.raise_compiler_error(
          model.name ~ ': StarRocks wants key columns first and in order; the yml declares ' ~ names[:keys | length]
          ~ ' where the key is ' ~ keys) -%}
  {%- endif -%}
  {%- set create -%}
    create table {{ relation }} (
    {%- for column in model.columns.values() %}
      `{{ column.name }}` {{ column.data_type }} {{ 'not null' if column.name in keys else 'null' }} comment {{ text_literal(column.description) }}
      {{- ',' if not loop.last }}
    {%- endfor %}
    )
    primary key (`{{ keys | join('`, `') }}`)
    comment {{ text_literal(model.description) }}
    {%- if config.get('partition_by') %}
    partition by {{ config.get('partition_by') | first }}
    {%- endif %}
    distributed by hash (`{{ (config.get('distributed_by') or [keys[0]]) | join('`, `') }}`)
    {%- if config.get('buckets') %} buckets {{ config.get('buckets') }}{% endif %}
    {{ table_properties() }}
  {%- endset -%}
  {%- do run_query(create) -%}
{%- endmacro -%}


{%- macro unique_key_list() -%}
  {%- set key = config.get('unique_key') -%}
  {{- return([key] if key is string else key | list) -}}
{%- endmacro -%}


{%- macro declared_column_list() -%}
  {{- '`' ~ model.columns.keys() | join('`, `') ~ '`' -}}
{%- endmacro -%}


{#- The column the table is partitioned by, if it is partitioned by day. -#}
{%- macro partition_day_column() -%}
  {{- return(partition_day_of(config.get('partition_by'))) -}}
{%- endmacro -%}


{%- macro partition_day_of(partition_by) -%}
  {%- set found = modules.re.match("^date_trunc\\('day', ([a-z_]+)\\)$", (partition_by or ['']) | first) -%}
  {{- return(found.group(1) if found else none) -}}
{%- endmacro -%}


{#- A description as a string literal. First paragraph only: comments are for people looking at DESC. -#}
{%- macro text_literal(text) -%}
  {%- set short = ((text or '').split('\n\n')[0] | replace('\n', ' ') | trim)[:500] -%}
  {{- '"' ~ short | replace('\\', '\\\\') | replace('"', '\\"') ~ '"' -}}
{%- endmacro -%}
