{#- Materialization `keyed`: a Primary Key table that is only ever changed where its inputs changed.

      none         no input changed: nothing is written, no version moves
      incremental  recompute the scope, compare with the table, write the rows that differ, delete those that are gone
      full         build aside, then swap: readers see the old table until the new one is complete

    Comparing before writing keeps a reload of equal rows from rippling through everything downstream, and gives the
    exact list of what changed to the models that follow. Days on which rows come and others go are replaced as
    partitions, in one transaction; elsewhere rows are written first and deleted after, so a reader misses none. -#}
{% materialization keyed, adapter='starrocks' %}
  {%- set target_relation = this.incorporate(type='table') -%}
  {%- set existing = load_cached_relation(this) -%}
  {%- set build = plan_of(compiled_code) -%}

  {{ run_hooks(pre_hooks) }}

  {%- if build.mode == 'none' -%}
    {%- do store_raw_result(name='main', message='unchanged', code='unchanged', rows_affected='0') -%}
  {%- elif build.mode == 'incremental' -%}
    {%- do build_incrementally(target_relation, build, compiled_code) -%}
  {%- else -%}
    {%- do build_in_full(target_relation, existing, build, compiled_code) -%}
  {%- endif -%}

  {{ run_hooks(post_hooks) }}
  {%- do apply_grants(target_relation, config.get('grants'), should_revoke=should_revoke(existing, full_refresh_mode=(build.mode == 'full'))) -%}
  {{ return({'relations': [target_relation]}) }}
{% endmaterialization %}


{%- macro build_incrementally(target_relation, build, sql) -%}
  {%- set keys_relation = scratch('keys') -%}
  {%- set diff = scratch('diff') -%}
  {%- set touched = {'keys': 1, 'start': none} -%}

  {%- if build.scope == 'keys' -%}
    {%- do create_scope_keys(keys_relation, build) -%}
    {%- do touched.update(measure_scope(keys_relation, build)) -%}
  {%- endif -%}

  {%- if touched['keys'] == 0 -%}
    {%- do store_raw_result(name='main', message='unchanged', code='unchanged', rows_affected='0') -%}
  {%- else -%}
    {%- do create_diff(diff, target_relation, build, with_scope_start(sql, touched.start), touched.start) -%}
    {%- set counts = count_diff(diff) -%}
    {%- if counts.duplicates -%}
      {%- do refuse_duplicates(diff, counts.duplicates) -%}
    {%- endif -%}
    {%- if counts.written or counts.deleted -%}
      {%- do publish_changes(diff) -%}
    {%- endif -%}
    {%- set days = days_to_replace(diff) if counts.written and counts.deleted else [] -%}
    {%- if days -%}
      {%- do replace_days(target_relation, diff, days) -%}
    {%- endif -%}
    {%- if counts.written -%}
      {%- call statement('main') -%}
        insert into {{ target_relation }} ({{ declared_column_list() }})
        select {{ declared_column_list() }} from {{ diff }} where _op <> 'delete' and {{ not_on(days) }}
      {%- endcall -%}
    {%- else -%}
      {%- do store_raw_result(name='main', message='deleted ' ~ counts.deleted, code='SUCCESS', rows_affected='0') -%}
    {%- endif -%}
    {%- if counts.deleted -%}
      {%- do delete_gone(target_relation, diff, days) -%}
    {%- endif -%}
    {%- do run_query('drop table if exists ' ~ diff ~ ' force') -%}
  {%- endif -%}

  {%- if build.scope == 'keys' -%}
    {%- do run_query('drop table if exists ' ~ keys_relation ~ ' force') -%}
  {%- endif -%}
  {%- do remember_build(build, full=false) -%}
{%- endmacro -%}


{#- The touched keys as a table: they are read several times, and must be the same each time. -#}
{%- macro create_scope_keys(relation, build) -%}
  {%- set create -%}
    create table {{ relation }}
    {{ table_properties() }}
    as select distinct cast({{ build.key }} as varchar(64)) as scope_key
    from ( {{ build.scope_sql }} ) as touched
    where {{ build.key }} is not null
  {%- endset -%}
  {%- do run_query(create) -%}
{%- endmacro -%}


{%- macro measure_scope(relation, build) -%}
  {%- set start = 'min(' ~ build.day ~ ')' if build.day else "'0001-01-01'" -%}
  {%- set row = run_query('select count(*), ' ~ start ~ ' from ' ~ relation).rows[0] -%}
  {{- return({'keys': row[0] | int, 'start': row[1] | string if row[1] is not none else none}) -}}
{%- endmacro -%}


{%- macro with_scope_start(sql, start) -%}
  {{- return(sql.replace("'0001-01-01'/*scope start*/", "'" ~ (start or '0001-01-01') ~ "'")) -}}
{%- endmacro -%}


{#- What is different between the rows as they should be and as they are, within the scope.

    _op is insert, update or delete; _minor says that only columns of meta.publish_ignores differ. -#}
{%- macro create_diff(diff, target_relation, build, sql, start) -%}
  {%- set keys = unique_key_list() -%}
  {%- set ignored = config.meta_get('publish_ignores', []) -%}
  {%- set values = model.columns.keys() | reject('in', keys) | list -%}
  {%- set scope_filter = in_scope(build) -%}
  {%- set day_column = partition_day_column() -%}
  {%- set create -%}
    create table {{ diff }}
    {{ table_properties() }}
    as
    with should_be as (
      select {{ declared_column_list() }}, 1 as _present from ( {{ sql }} ) as model_sql
    ),
    as_is as (
      select {{ declared_column_list() }}, 1 as _present from {{ target_relation }}
      where {{ scope_filter }}
      {%- if build.scope == 'keys' and start and day_column %} and {{ day_column }} >= '{{ start }}'{% endif %}
    )
    select
      {%- for name in model.columns.keys() %}
      {% if name in keys %}coalesce(n.`{{ name }}`, o.`{{ name }}`){% else %}n.`{{ name }}`{% endif %} as `{{ name }}`,
      {%- endfor %}
      {%- for name in published_columns() %}
      o.`{{ name }}` as {{ old_value(name) }},
      {%- endfor %}
      case when n._present is null then 'delete' when o._present is null then 'insert' else 'update' end as _op,
      n._present is not null and o._present is not null and {{ same_values(values | reject('in', ignored) | list) }} as _minor
    from should_be as n
    full outer join as_is as o on {% for key in keys %}{{ ' and ' if not loop.first }}n.`{{ key }}` = o.`{{ key }}`{% endfor %}
    where n._present is null or o._present is null or not ({{ same_values(values) }})
  {%- endset -%}
  {%- do run_query(create) -%}
{%- endmacro -%}


{%- macro same_values(columns) -%}
  {%- for name in columns -%}
    {{ ' and ' if not loop.first }}n.`{{ name }}` <=> o.`{{ name }}`
  {%- else -%}
    true
  {%- endfor -%}
{%- endmacro -%}


{%- macro count_diff(diff) -%}
  {%- set keys = unique_key_list() | join('`, `') -%}
  {%- set count -%}
    select
      coalesce(sum(case when _op <> 'delete' then copies else 0 end), 0),
      coalesce(sum(case when _op = 'delete' then copies else 0 end), 0),
      coalesce(sum(case when copies > 1 then 1 else 0 end), 0)
    from (select `{{ keys }}`, min(_op) as _op, count(*) as copies from {{ diff }} group by `{{ keys }}`) as keys
  {%- endset -%}
  {%- set row = run_query(count).rows[0] -%}
  {{- return({'written': row[0] | int, 'deleted': row[1] | int, 'duplicates': row[2] | int}) -}}
{%- endmacro -%}


{#- A Primary Key table keeps one of two rows with the same key and says nothing: revenue disappears and every unique
    test passes. So duplicates are an error before they get there. -#}
{%- macro refuse_duplicates(relation, count) -%}
  {%- do run_query('drop table if exists ' ~ relation ~ ' force') -%}
  {%- do exceptions.raise_compiler_error(
        model.name ~ ' yields ' ~ count ~ ' keys more than once; a Primary Key table would keep one row of each and '
        ~ 'lose the others. Its key is (' ~ unique_key_list() | join(', ') ~ ')') -%}
{%- endmacro -%}


{#- Days on which rows appear or change while others go away. Insert and delete are two transactions: between them a
    reader would see an order with its old lines and its new ones. -#}
{%- macro days_to_replace(diff) -%}
  {%- set day = partition_day_column() -%}
  {%- if not day -%}
    {{- return([]) -}}
  {%- endif -%}
  {%- set mixed -%}
    select {{ day }} from {{ diff }} group by {{ day }} having min(_op = 'delete') <> max(_op = 'delete')
  {%- endset -%}
  {%- set days = [] -%}
  {%- for row in run_query(mixed).rows -%}
    {%- do days.append(row[0] | string) -%}
  {%- endfor -%}
  {{- return(days | sort) -}}
{%- endmacro -%}


{#- Replaces the partitions of these days in one transaction: rows that stay, and rows as they should be. Partitions are
    named one by one; without them INSERT OVERWRITE would replace the table. -#}
{%- macro replace_days(target_relation, diff, days) -%}
  {%- set day = partition_day_column() -%}
  {%- set columns = declared_column_list() -%}
  {%- set keys = unique_key_list() -%}
  {%- set overwrite -%}
    insert overwrite {{ target_relation }} partition (
      {%- for one in days -%}p{{ one | replace('-', '') }}{{ ', ' if not loop.last }}{%- endfor -%}
    ) ({{ columns }})
    select {% for name in model.columns.keys() %}stays.`{{ name }}`{{ ', ' if not loop.last }}{% endfor %}
    from {{ target_relation }} as stays
    left join {{ diff }} as changed on {% for key in keys %}{{ ' and ' if not loop.first }}changed.`{{ key }}` = stays.`{{ key }}`{% endfor %}
    where {{ in_days('stays.' ~ day, days) }} and changed._op is null
    union all
    select {{ columns }} from {{ diff }} where _op <> 'delete' and {{ in_days(day, days) }}
  {%- endset -%}
  {%- do run_query(overwrite) -%}
{%- endmacro -%}


{%- macro not_on(days) -%}
  {{- 'not (' ~ in_days(partition_day_column(), days) ~ ')' if days else 'true' -}}
{%- endmacro -%}


{%- macro delete_gone(target_relation, diff, days) -%}
  {%- set delete -%}
    delete from {{ target_relation }} using (select * from {{ diff }} where _op = 'delete' and {{ not_on(days) }}) as gone
    where {% for key in unique_key_list() %}{{ ' and ' if not loop.first }}{{ target_relation.identifier }}.`{{ key }}` = gone.`{{ key }}`{% endfor %}
  {%- endset -%}
  {%- do run_query(delete) -%}
{%- endmacro -%}


{%- macro build_in_full(target_relation, existing, build, sql) -%}
  {%- do build.update({'snapshot': snapshot_of(build.inputs), 'gone': []}) -%}
  {%- do assert_contract_of_query(sql) -%}
  {%- set aside = target_relation.incorporate(path={'identifier': model.name ~ '__aside_' ~ run_suffix()}) -%}
  {%- do create_declared_table(aside) -%}
  {%- set columns = declared_column_list() -%}
  {%- call statement('main') -%}
    insert into {{ aside }} ({{ columns }})
    select {{ columns }} from ( {{ sql }} ) as model_sql
  {%- endcall -%}
  {%- set sent = load_result('main').response.rows_affected | int -%}
  {%- set kept = run_query('select count(*) from ' ~ aside).rows[0][0] | int -%}
  {%- if sent > kept -%}
    {%- do refuse_duplicates(aside, sent - kept) -%}
  {%- endif -%}
  {%- do publish_everything() -%}
  {%- do put_in_place(aside, target_relation, existing) -%}
  {%- do remember_build(build, full=true) -%}
{%- endmacro -%}
