{#- Holds what a model yields against the columns its yml declares, name by name and type by type.

    dbt-starrocks ignores `contract: enforced`. Without a check a renamed or retyped column reaches the readers, or an
    INSERT converts it in silence. The query is asked for its types through a view, which costs no execution. -#}
{%- macro assert_contract_of_query(sql) -%}
  {%- set probe = api.Relation.create(
        schema=database_of('silver'), identifier=model.name ~ '__probe_' ~ run_suffix(), type='view') -%}
  {%- do run_query('create view ' ~ probe ~ ' as ' ~ sql) -%}
  {%- set found = adapter.get_columns_in_relation(probe) -%}
  {%- do run_query('drop view if exists ' ~ probe) -%}
  {%- do assert_contract(found) -%}
{%- endmacro -%}


{%- macro assert_contract(found) -%}
  {%- set actual = {} -%}
  {%- for column in found -%}
    {%- do actual.update({column.name: plain_type(column.data_type)}) -%}
  {%- endfor -%}
  {%- set problems = [] -%}
  {%- for column in model.columns.values() -%}
    {%- if not column.data_type -%}
      {%- do problems.append(column.name ~ ' has no data_type in the yml') -%}
    {%- elif column.name not in actual -%}
      {%- do problems.append(column.name ~ ' is declared ' ~ column.data_type ~ ' but the model does not yield it') -%}
    {%- elif actual[column.name] != plain_type(column.data_type) -%}
      {%- do problems.append(column.name ~ ' is declared ' ~ column.data_type ~ ' but is ' ~ actual[column.name]) -%}
    {%- endif -%}
  {%- endfor -%}
  {%- for name, type in actual.items() if name not in model.columns -%}
    {%- do problems.append(name ~ ' (' ~ type ~ ') is not declared') -%}
  {%- endfor -%}
  {%- if problems -%}
    {%- do exceptions.raise_compiler_error('contract of ' ~ model.name ~ ' is broken: ' ~ problems | join('; ')) -%}
  {%- endif -%}
{%- endmacro -%}


{#- One spelling for types that are the same to a reader: text of any length, BOOLEAN travelling as TINYINT. -#}
{%- macro plain_type(data_type) -%}
  {%- set type = data_type | lower | replace(' ', '') -%}
  {%- if type.startswith(('varchar', 'char', 'string', 'text')) -%}
    {{- return('varchar') -}}
  {%- elif type.startswith(('boolean', 'tinyint')) -%}
    {{- return('boolean') -}}
  {%- elif type.startswith('decimal') -%}
    {{- return(modules.re.sub('^decimal[a-z0-9]*', 'decimal', type)) -}}
  {%- elif type.startswith('datetime') -%}
    {{- return('datetime') -}}
  {%- else -%}
    {{- return(type.split('(')[0]) -}}
  {%- endif -%}
{%- endmacro -%}
