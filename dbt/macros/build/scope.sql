{#- What an incremental build recomputes, its scope: the keys or the days touched by what changed.

    Each model declares it once, before its first CTE, with one of
      scope_keys   {% call scope_keys(build, 'order_id') %} query of the touched keys {% endcall %}
      scope_days   days of an input, for models that are replaced day by day
      scope_all    nothing to narrow down: models without inputs that change
    and filters its inputs with in_scope. All three leave the plan in the compiled SQL as a comment, where the
    materialization `keyed` finds it. -#}
{%- macro scope_keys(build, key, day=none) -%}
  {%- set query = caller() -%}
  {%- do build.update({'scope': 'keys', 'key': key, 'scope_sql': query, 'day': day}) -%}
  {{- plan_comment(build) -}}
{%- endmacro -%}


{%- macro scope_days(build, column, name) -%}
  {%- do build.update({'scope': 'days', 'key': column, 'scope_days': build.days[name]}) -%}
  {{- plan_comment(build) -}}
{%- endmacro -%}


{%- macro scope_all(build) -%}
  {%- do build.update({'scope': 'all'}) -%}
  {{- plan_comment(build) -}}
{%- endmacro -%}


{#- The plan as it travels from compilation to the materialization. A full build needs only its mode. -#}
{%- macro plan_comment(build) -%}
  {%- if build.mode == 'full' -%}
    {%- set travelling = {'mode': 'full', 'inputs': build.inputs, 'batches': build.batches} -%}
  {%- else -%}
    {%- set travelling = build -%}
  {%- endif -%}
  {{- '/*build ' ~ tojson(travelling) | replace('*/', '* /') ~ ' build*/' -}}
{%- endmacro -%}


{#- The plan that compilation left in the SQL. -#}
{%- macro plan_of(compiled) -%}
  {%- if '/*build ' not in compiled -%}
    {%- do exceptions.raise_compiler_error(model.name ~ ': a keyed model declares its scope; see macros/build/scope.sql') -%}
  {%- endif -%}
  {{- return(fromjson(compiled.split('/*build ')[1].split(' build*/')[0])) -}}
{%- endmacro -%}


{#- Condition that keeps the rows a build recomputes; true when it builds everything. `column` is the key's name there. -#}
{%- macro in_scope(build, column=none) -%}
  {%- if build.mode == 'full' or build.scope == 'all' -%}
    true
  {%- elif build.scope == 'days' -%}
    {{- in_days(column or build.key, build.scope_days) -}}
  {%- else -%}
    {{ column or build.key }} in (select scope_key from {{ scratch('keys') }})
  {%- endif -%}
{%- endmacro -%}


{#- `column in (days)`, with the days as literals so that StarRocks opens only their partitions. -#}
{%- macro in_days(column, days) -%}
  {%- if days -%}
    {{ column }} in ('{{ days | join("', '") }}')
  {%- else -%}
    false
  {%- endif -%}
{%- endmacro -%}


{#- First day any key in scope can have rows on, as a literal for partition pruning. Known only once the keys are:
    the materialization puts it in the place of this mark. Valid SQL as it stands, without pruning. -#}
{%- macro scope_start() -%}
  '0001-01-01'/*scope start*/
{%- endmacro -%}


{#- Changed keys another model published: entity_key, from_day (inclusive), to_day (exclusive). -#}
{%- macro changed_keys(build, producer) -%}
  select entity_key, from_day, to_day
  from {{ key_changes_table() }}
  where consumer = '{{ model.name }}' and producer = '{{ producer.identifier }}'
{%- endmacro -%}


{#- `column` lies within the days the published changes of an input span; literals, for partition pruning. -#}
{%- macro within_changes(build, name, column) -%}
  {{ column }} >= '{{ build['keys'][name].from_day }}' and {{ column }} < '{{ build['keys'][name].to_day }}'
{%- endmacro -%}


{#- Rows that existed on one of the days, going by their first and last day. Days in a row are one span. -#}
{%- macro lived_on(first, last, days) -%}
  {%- set spans = spans_of(days) -%}
  {%- if not spans -%}
    false
  {%- else -%}
    (
    {%- for start, end in spans -%}
      {{ ' or ' if not loop.first }}({{ first }} <= '{{ end }}' and {{ last }} >= '{{ start }}')
    {%- endfor -%}
    )
  {%- endif -%}
{%- endmacro -%}


{#- [first, last] of every run of consecutive days. More than a hundred are taken as one: too many rows at worst. -#}
{%- macro spans_of(days) -%}
  {%- set spans = [] -%}
  {%- for day in days | unique | sort -%}
    {%- set before = (modules.datetime.date.fromisoformat(day) - modules.datetime.timedelta(days=1)).isoformat() -%}
    {%- if spans and spans[-1][1] == before -%}
      {%- do spans.append([spans.pop()[0], day]) -%}
    {%- else -%}
      {%- do spans.append([day, day]) -%}
    {%- endif -%}
  {%- endfor -%}
  {{- return(spans if spans | length <= 100 else [[spans[0][0], spans[-1][1]]]) -}}
{%- endmacro -%}
