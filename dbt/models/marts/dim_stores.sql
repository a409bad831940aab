{#- Stores as they are now. -#}
{{ config(unique_key=['store_id']) }}
{%- set build = plan_build(keys={'history': ref('int_stores_history')}) -%}
{%- call scope_keys(build, 'store_id') %}
    select entity_key as store_id from ({{ changed_keys(build, ref('int_stores_history')) }}) as changed
{% endcall %}

with history as (
    select * from {{ ref('int_stores_history') }}
    where {{ in_scope(build) }}
),

seen as (
    select store_id, min(valid_from) as first_seen_on, cast(count(*) as int) as version_count
    from history
    group by store_id
),

final as (
    select
        history.store_id,
        {{ version_key('history.store_id', 'history.valid_from') }} as store_key,
        history.name,
        history.store_type,
        history.store_type = 'online' as is_online,
        history.city,
        history.region,
        history.country,
        history.currency,
        history.opened_on,
        history.closed_on,
        seen.first_seen_on,
        history.valid_from as changed_on,
        seen.version_count,
        history.updated_at
    from history
    join seen on seen.store_id = history.store_id
    where history.is_current
)

select * from final
