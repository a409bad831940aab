{#- on-run-end: remembers, in build_state, the partitions on which every test of a table has passed.

    Only if all of its tests ran and passed in this run: one that failed, warned, was skipped or was not selected keeps
    the days in scope. The fingerprint goes last: without it the next build tests everything. -#}
{%- macro remember_tests(results) -%}
  {%- if execute and flags.WHICH in ['build', 'retry', 'test'] -%}
    {%- set passed = [] -%}
    {%- for result in results if result.status == 'pass' -%}
      {%- do passed.append(result.node.unique_id) -%}
    {%- endfor -%}
    {%- set rows = [] -%}
    {%- for unique_id, scope in test_scopes().items() if scope.known -%}
      {%- set node = graph.nodes.get(unique_id) or graph.sources[unique_id] -%}
      {%- set wanting = tests_of(node) | map(attribute='unique_id') | reject('in', passed) | list -%}
      {%- if not wanting and (scope.snapshot or scope.gone or not scope.code_known) -%}
        {%- do forget_gone_partitions(node, scope) -%}
        {%- do rows.extend(tested_rows(node, scope)) -%}
      {%- endif -%}
    {%- endfor -%}
    {%- do write_build_state(rows) -%}
  {%- endif -%}
{%- endmacro -%}


{%- macro tested_rows(node, scope) -%}
  {%- set rows = [] -%}
  {%- for part, partition_id, version in scope.snapshot -%}
    {%- do rows.append(build_state_row(tester(node), scope.source, part, partition_id, version)) -%}
  {%- endfor -%}
  {%- if not scope.code_known -%}
    {%- do rows.append(build_state_row(tester(node), '#code', scope.code)) -%}
  {%- endif -%}
  {{- return(rows) -}}
{%- endmacro -%}


{%- macro forget_gone_partitions(node, scope) -%}
  {%- set mine = "delete from " ~ build_state_table() ~ " where model = '" ~ tester(node) ~ "' and source_table = '" -%}
  {%- if not scope.code_known -%}
    {%- do run_query(mine ~ "#code'") -%}
  {%- endif -%}
  {%- for chunk in scope.gone | batch(500) -%}
    {%- do run_query(mine ~ scope.source ~ "' and partition_name in ('" ~ chunk | join("', '") ~ "')") -%}
  {%- endfor -%}
{%- endmacro -%}


{#- Under which name build_state knows the tests of a node. -#}
{%- macro tester(node) -%}
  {{- return('#tests ' ~ node.name) -}}
{%- endmacro -%}


{#- The tests whose rows are the node's: generic ones written under it, and singular ones that read it. A relationships
    test is its child's, not its parent's. -#}
{%- macro tests_of(node) -%}
  {%- set call = "ref('" ~ node.name ~ "')" if node.resource_type == 'model' else "source('" ~ node.source_name ~ "', '" ~ node.name ~ "')" -%}
  {%- set found = [] -%}
  {%- for test in graph.nodes.values() | selectattr('resource_type', 'equalto', 'test') -%}
    {%- set tested = (test.test_metadata or {}).get('kwargs', {}).get('model') -%}
    {%- if (tested and call in tested) or (not tested and node.unique_id in test.depends_on.nodes) -%}
      {%- do found.append(test) -%}
    {%- endif -%}
  {%- endfor -%}
  {{- return(found) -}}
{%- endmacro -%}


{#- Fingerprint of a node's tests, and of its own SQL: a day is as good as untested when either changes. -#}
{%- macro tests_fingerprint(node) -%}
  {%- set parts = [node.get('raw_code', '')] -%}
  {%- for test in tests_of(node) | sort(attribute='unique_id') -%}
    {%- do parts.append(test.unique_id ~ test.raw_code) -%}
  {%- endfor -%}
  {{- return(local_md5(parts | join('|'))) -}}
{%- endmacro -%}
