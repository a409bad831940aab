{#- Which rows the tests of a build look at: those of the days that changed since all tests of the table last passed.

    `dbt build` tests what it touched, whatever the length of history; `dbt test` tests everything. A day leaves the
    scope when every test of the table has passed on it, in the version it has, so a failed, warned or skipped test and
    a killed run are looked at again by the next build, and a check stays red until its rows are gone. A table without
    daily partitions is looked at whole, or not at all if nothing in it changed. -#}


{#- dbt puts every generic test's table through this macro. -#}
{%- macro starrocks__get_where_subquery(relation) -%}
  {%- set conditions = [] -%}
  {%- if config.get('where') -%}
    {%- do conditions.append('(' ~ config.get('where') ~ ')') -%}
  {%- endif -%}
  {%- set node = node_of(relation) -%}
  {%- if node is not none -%}
    {%- set scope = test_scope(node) -%}
    {%- if not scope.everything -%}
      {%- do conditions.append(in_days(scope.column, scope.days)) -%}
    {%- endif -%}
  {%- endif -%}
  {{- return('(select * from ' ~ relation ~ ' where ' ~ conditions | join(' and ') ~ ') as dbt_subquery' if conditions else relation) -}}
{%- endmacro -%}


{#- For tests that compare tables day by day: `column` is a day on which one of them changed; true to test all. -#}
{%- macro on_untested_days(column, relations) -%}
  {%- set days = [] -%}
  {%- for relation in relations -%}
    {%- set node = node_of(relation) -%}
    {%- set scope = test_scope(node) if node is not none else {'everything': true} -%}
    {%- if scope.everything -%}
      {{- return('true') -}}
    {%- endif -%}
    {%- do days.extend(scope.days) -%}
  {%- endfor -%}
  {{- return(in_days(column, days | unique | sort)) -}}
{%- endmacro -%}


{#- The model or source a relation belongs to; none for a relation dbt doesn't know, and while dbt parses. -#}
{%- macro node_of(relation) -%}
  {%- if not execute -%}
    {{- return(none) -}}
  {%- endif -%}
  {%- for node in graph.nodes.values() | selectattr('resource_type', 'equalto', 'model') -%}
    {%- if node.alias == relation.identifier and node.schema == relation.schema -%}{{- return(node) -}}{%- endif -%}
  {%- endfor -%}
  {%- for node in graph.sources.values() -%}
    {%- if node.identifier == relation.identifier and node.schema == relation.schema -%}{{- return(node) -}}{%- endif -%}
  {%- endfor -%}
  {{- return(none) -}}
{%- endmacro -%}


{#- What the tests of a model or source look at in this run:
      everything  all rows (always outside of `dbt build`)
      column      its day; none for a table that is not divided by day
      days        days not tested yet, as they are now
      known       whether tests of it can be remembered at all
    and what to remember when they all pass: snapshot, gone, code.

    Asked once for each table and run. All its tests must see the same answer, which is taken before the first of them
    reads a row: what is loaded meanwhile has a newer version and is tested next time. -#}
{%- macro test_scope(node) -%}
  {%- if not (execute and flags.WHICH in ['build', 'retry', 'test']) -%}
    {{- return({'everything': true, 'known': false}) -}}
  {%- endif -%}
  {%- set scopes = test_scopes() -%}
  {%- if node.unique_id not in scopes -%}
    {#- setdefault: of two threads that ask at the same time, the first one's answer counts -#}
    {%- do scopes.setdefault(node.unique_id, find_test_scope(node)) -%}
  {%- endif -%}
  {{- return(scopes[node.unique_id]) -}}
{%- endmacro -%}


{#- Scopes of this run by node. `graph` is the one object dbt shares between the nodes of a run. -#}
{%- macro test_scopes() -%}
  {{- return(graph.setdefault('test_scopes', {}).setdefault(invocation_id, {})) -}}
{%- endmacro -%}


{%- macro find_test_scope(node) -%}
  {%- set stored = stored_by_day(node) -%}
  {%- if stored is none -%}
    {{- return({'everything': true, 'known': false}) -}}
  {%- endif -%}
  {%- set scope = {'everything': flags.WHICH == 'test', 'known': true, 'column': stored.column, 'days': [],
                   'source': stored.schema ~ '.' ~ stored.identifier, 'snapshot': [], 'gone': [],
                   'code': tests_fingerprint(node), 'code_known': false} -%}
  {%- set changes = partition_changes([[stored.schema, stored.identifier]], tester(node)) -%}
  {%- for kind, source, part, partition_id, version, seen in run_query(changes).rows -%}
    {%- if kind == 'code' -%}
      {%- do scope.update({'code_known': part == scope.code}) -%}
    {%- else -%}
      {%- if modules.re.match('^p[0-9]{8}$', part) -%}
        {%- do scope.days.append(part[1:5] ~ '-' ~ part[5:7] ~ '-' ~ part[7:9]) -%}
      {%- endif -%}
      {%- if partition_id -%}
        {%- do scope.snapshot.append([part, partition_id, version]) -%}
      {%- else -%}
        {%- do scope.gone.append(part) -%}
      {%- endif -%}
    {%- endif -%}
  {%- endfor -%}
  {%- if not scope.code_known or scope.days | length > 100 or (stored.column is none and scope.snapshot) -%}
    {%- do scope.update({'everything': true}) -%}
  {%- endif -%}
  {{- return(scope) -}}
{%- endmacro -%}


{#- The table that holds a node's rows, with the column of its day if it is partitioned by day; none for a view whose
    rows can't be told apart by day (meta.tested_by_day names the column of those that can). -#}
{%- macro stored_by_day(node) -%}
  {%- set day = node.config.meta.get('tested_by_day') -%}
  {%- if node.resource_type == 'source' -%}
    {{- return({'schema': node.schema, 'identifier': node.identifier, 'column': day}) -}}
  {%- elif node.config.materialized == 'keyed' -%}
    {{- return({'schema': node.schema, 'identifier': node.alias, 'column': partition_day_of(node.config.get('partition_by'))}) -}}
  {%- elif day -%}
    {%- set source = graph.sources[node.depends_on.nodes | first] -%}
    {{- return({'schema': source.schema, 'identifier': source.identifier, 'column': day}) -}}
  {%- endif -%}
  {{- return(none) -}}
{%- endmacro -%}
