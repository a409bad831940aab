{#- Columns of a staging view: each raw text cast to its type, plus `_invalid_columns`.

    columns: {name: type}, type one of text, integer, money, rate, share, date, datetime, boolean

    StarRocks' CAST makes NULL of a text it can't parse and says nothing, so a broken amount looks like a missing one.
    Whatever was there and could not be read is named in `_invalid_columns`; NULL there means that all is well. -#}
{%- macro staged_columns(columns) -%}
  {%- for name, type in columns.items() %}
        {{ typed(name, type) }} as {{ name }},
  {%- endfor %}
        {{ invalid_columns(columns) }} as _invalid_columns
{%- endmacro -%}


{%- macro typed(name, type) -%}
  {%- set text = "nullif(trim(" ~ name ~ "), '')" -%}
  {%- if type == 'text' -%}
    {{ text }}
  {%- elif type == 'boolean' -%}
    case when lower(trim({{ name }})) in ('true', '1') then true when lower(trim({{ name }})) in ('false', '0') then false end
  {%- else -%}
    cast({{ text }} as {{ {'integer': 'int', 'money': 'decimal(14, 2)', 'rate': 'decimal(18, 8)', 'share': 'decimal(5, 4)',
                           'date': 'date', 'datetime': 'datetime'}[type] }})
  {%- endif -%}
{%- endmacro -%}


{%- macro invalid_columns(columns) -%}
  nullif(concat_ws(','
  {%- for name, type in columns.items() if type != 'text' -%}
    , case when nullif(trim({{ name }}), '') is not null and ({{ typed(name, type) }}) is null then '{{ name }}' end
  {%- else -%}
    , ''
  {%- endfor -%}
  ), '')
{%- endmacro -%}
