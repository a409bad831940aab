{#- Finds out what changed since the current model was last built, and so how to build it.

    partitions: {name: relation} inputs partitioned by day, compared by (PARTITION_ID, VISIBLE_VERSION)
    keys:       {name: relation} inputs that publish the keys they change (meta.publish)

    The answer is a dictionary the other macros of this folder take:
      mode        none: nothing changed. incremental: what changed is listed below. full: build everything.
      days        {name: [days whose partition changed, appeared or went away]}
      days_again  {name: [those of them that had been consumed before, so rows may have left them]}
      keys        {name: {from_day, to_day, batches}} span of the published changes
      snapshot    partition versions as they are now, before any row is read; remembered when the build succeeded

    One query, and the only one if nothing changed. Outside of a build (parse, compile, docs, unit tests) the plan is
    always 'full' and nothing is asked. -#}
{%- macro plan_build(partitions={}, keys={}) -%}
  {%- set build = {'mode': 'full', 'code': '', 'days': {}, 'days_again': {}, 'keys': {}, 'snapshot': [], 'gone': [],
                   'batches': [], 'inputs': [], 'scope': none, 'key': none, 'scope_sql': none, 'day': none} -%}
  {%- set names = {} -%}
  {%- for name, relation in partitions.items() -%}
    {%- do build.days.update({name: []}) -%}
    {%- do build.days_again.update({name: []}) -%}
    {%- do build.inputs.append([relation.schema, relation.identifier]) -%}
    {%- do names.update({relation.schema ~ '.' ~ relation.identifier: name}) -%}
  {%- endfor -%}
  {%- for name, relation in keys.items() -%}
    {%- do build['keys'].update({name: {'from_day': var('end_of_time'), 'to_day': '0001-01-01', 'batches': []}}) -%}
    {%- do names.update({relation.identifier: name}) -%}
  {%- endfor -%}
  {%- if not (execute and flags.WHICH in building_commands() and model.resource_type == 'model') -%}
    {{- return(build) -}}
  {%- endif -%}

  {%- set facts = {'code': none, 'everything': false} -%}
  {%- for kind, source, part, one, two, seen in run_query(changes_since_last_build(build)).rows -%}
    {%- if kind == 'code' -%}
      {%- do facts.update({'code': part}) -%}
    {%- elif kind == 'keys' -%}
      {%- do build.batches.append(part) -%}
      {%- if source in names -%}
        {%- set span = build['keys'][names[source]] -%}
        {%- do span.batches.append(part) -%}
        {%- do span.update({'from_day': [span.from_day, one] | min, 'to_day': [span.to_day, two] | max}) -%}
      {%- endif -%}
      {%- if seen == 'all' -%}{%- do facts.update({'everything': true}) -%}{%- endif -%}
    {%- else -%}
      {%- do note_partition(build, names[source], source, part, one, two, seen) -%}
    {%- endif -%}
  {%- endfor -%}

  {%- set existing = load_cached_relation(this) -%}
  {%- do build.update({'code': code_fingerprint()}) -%}
  {%- if should_full_refresh() or existing is none or not existing.is_table
        or facts.code != build.code or facts.everything -%}
    {%- do build.update({'mode': 'full'}) -%}
  {%- elif build.snapshot or build.gone or build.batches -%}
    {%- do build.update({'mode': 'incremental'}) -%}
  {%- else -%}
    {%- do build.update({'mode': 'none'}) -%}
  {%- endif -%}
  {{- return(build) -}}
{%- endmacro -%}


{#- Adds one changed partition to the plan. Partitions of a day are called p20260115. -#}
{%- macro note_partition(build, name, source, part, partition_id, version, seen) -%}
  {%- if not modules.re.match('^p[0-9]{8}$', part) -%}
    {%- do exceptions.raise_compiler_error(
          model.name ~ ' reads ' ~ source ~ ' by day, but its partition ' ~ part ~ ' is not one day') -%}
  {%- endif -%}
  {%- set day = part[1:5] ~ '-' ~ part[5:7] ~ '-' ~ part[7:9] -%}
  {%- do build.days[name].append(day) -%}
  {%- if seen == 'again' -%}{%- do build.days_again[name].append(day) -%}{%- endif -%}
  {%- if partition_id -%}
    {%- do build.snapshot.append([source, part, partition_id, version]) -%}
  {%- else -%}
    {%- do build.gone.append([source, part]) -%}
  {%- endif -%}
{%- endmacro -%}


{#- One row for everything that happened since the last build: (kind, source, name, value, value, seen before). -#}
{%- macro changes_since_last_build(build) -%}
  {{ partition_changes(build.inputs, model.name) }}
  union all
  select
    'keys', producer, batch, cast(min(from_day) as string), cast(max(to_day) as string),
    case when min(entity_key) = '*' then 'all' else '' end
  from {{ key_changes_table() }}
  where consumer = '{{ model.name }}'
  group by producer, batch
{%- endmacro -%}


{#- Partitions of the inputs that are not as `who` remembers them, and the fingerprint of the code it had then. -#}
{%- macro partition_changes(inputs, who) -%}
  select
    'partition' as kind,
    coalesce(p.source_table, r.source_table) as source,
    coalesce(p.partition_name, r.partition_name) as name,
    coalesce(cast(p.partition_id as string), '') as one,
    coalesce(cast(p.visible_version as string), '') as two,
    case when r.source_table is null then 'new' else 'again' end as seen
  from ({{ partitions_now(inputs) }}) as p
  full outer join (
    select source_table, partition_name, partition_id, visible_version
    from {{ build_state_table() }}
    where model = '{{ who }}' and source_table <> '#code'
  ) as r
    on r.source_table = p.source_table and r.partition_name = p.partition_name
  where p.source_table is null or r.source_table is null
    or p.partition_id <> r.partition_id or p.visible_version <> r.visible_version
  union all
  select 'code', source_table, partition_name, '', '', ''
  from {{ build_state_table() }}
  where model = '{{ who }}' and source_table = '#code'
{%- endmacro -%}


{#- Every partition of the given [database, table] pairs with its id and version. FE answers this from memory. -#}
{%- macro partitions_now(inputs) -%}
  select
    concat(db_name, '.', table_name) as source_table,
    partition_name,
    partition_id,
    {{ var('partition_version_column') }} as visible_version
  from information_schema.partitions_meta
  {%- if inputs %}
  where is_temp = 0
    and partition_name not like '$%' {#- the shadow partition of automatic partitioning -#}
    {%- set databases = inputs | map('first') | unique | list %}
    and db_name {{ "= '" ~ databases[0] ~ "'" if databases | length == 1 else "in ('" ~ databases | join("', '") ~ "')" }}
    and concat(db_name, '.', table_name) in (
      {%- for database, table in inputs -%}
        '{{ database }}.{{ table }}'{{ ', ' if not loop.last }}
      {%- endfor -%}
    )
  {%- else %}
  where 1 = 0
  {%- endif %}
{%- endmacro -%}


{#- Fingerprint of the model's own SQL and declared columns: a changed model is rebuilt in full by itself. Macros are
    not part of it; after changing one, run with --full-refresh. -#}
{%- macro code_fingerprint() -%}
  {%- set columns = [] -%}
  {%- for column in model.columns.values() -%}
    {%- do columns.append(column.name ~ ' ' ~ column.data_type) -%}
  {%- endfor -%}
  {{- return(local_md5(model.raw_code ~ columns | join(',') ~ config.get('unique_key') ~ config.get('partition_by'))) -}}
{%- endmacro -%}
