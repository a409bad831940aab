{#- History of an entity out of a change feed (slowly changing dimension, type 2) by window functions.

    The feed has a row for every day on which the entity was created, changed or merely mentioned. A version begins on
    the first day a content is seen and lasts until the day another content is; days with the same content in between
    belong to it. dbt snapshots, the usual tool, can't run on StarRocks with this adapter, and see only what is current
    at build time: a late day would never get into the history. -#}


{#- Hash of a row's content; what it covers is what makes a version. -#}
{%- macro content_hash(columns) -%}
  md5(concat_ws('|'
  {%- for name in columns -%}
    , coalesce(cast({{ name }} as string), '~')
  {%- endfor -%}
  ))
{%- endmacro -%}


{#- Keys whose history is not what the changed days say: content that differs from the version in force on its day, and
    versions that began on a day that has been loaded again and no longer has the entity.

    Both are enough. If every row of the changed days agrees with the version in force, and no version lost the row it
    began with, collapsing the rows again yields the same versions. Entities merely mentioned cost nothing more. -#}
{%- macro scd2_touched_keys(build, key, feed, columns) %}
    with changed_rows as (
        select {{ key }}, dt, {{ content_hash(columns) }} as content_hash
        from {{ feed }}
        where {{ in_days('dt', build.days.feed) }}
    ),
    disagreeing as (
        select r.{{ key }}
        from changed_rows as r
        left join {{ this }} as h
            on h.{{ key }} = r.{{ key }} and r.dt >= h.valid_from and r.dt < h.valid_to
        where h.content_hash is null or h.content_hash <> r.content_hash
    ),
    beginnings_lost as (
        select h.{{ key }}
        from {{ this }} as h
        left join changed_rows as r on r.{{ key }} = h.{{ key }} and r.dt = h.valid_from
        where {{ in_days('h.valid_from', build.days_again.feed) }} and r.dt is null
    )
    select {{ key }} from disagreeing
    union distinct
    select {{ key }} from beginnings_lost
{%- endmacro -%}


{#- The CTEs from the feed's rows to versions; the last one is called `versions`. -#}
{%- macro scd2_versions(build, key, feed, columns) %}
with feed_rows as (
    select *, {{ content_hash(columns) }} as content_hash
    from {{ feed }}
    where {{ in_scope(build, key) }}
),
with_previous as (
    select *, lag(content_hash) over (partition by {{ key }} order by dt) as previous_hash
    from feed_rows
),
beginnings as (
    select * from with_previous where previous_hash is null or previous_hash <> content_hash
),
with_next as (
    select
        *,
        lead(dt) over (partition by {{ key }} order by dt) as next_from,
        row_number() over (partition by {{ key }} order by dt) as version_number
    from beginnings
),
versions as (
    select
        *,
        dt as valid_from,
        {{ known_from('version_number', 'dt') }} as known_from,
        coalesce(next_from, cast('{{ var('end_of_time') }}' as date)) as valid_to,
        next_from is null as is_current
    from with_next
)
{%- endmacro -%}


{#- First day for which a version is used. The first one also stands for the time before: history starts on the first
    loaded day, orders don't. Bounded, because every new customer is such a first version, and whoever looks for their
    orders looks through that many days. -#}
{%- macro known_from(version_number, valid_from) -%}
  case when {{ version_number }} = 1 then days_sub({{ valid_from }}, {{ var('known_before_days') }}) else {{ valid_from }} end
{%- endmacro -%}


{#- Text key of a version: readable, stable, the same in dimension and fact. NULL if there is no version. -#}
{%- macro version_key(key, valid_from) -%}
  concat({{ key }}, '@', cast({{ valid_from }} as string))
{%- endmacro -%}
