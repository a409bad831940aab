{#- Customers as they are now. What they were when they bought: dim_customers_history. -#}
{{ config(unique_key=['customer_id']) }}
{%- set build = plan_build(keys={'history': ref('int_customers_history')}) -%}
{%- call scope_keys(build, 'customer_id') %}
    select entity_key as customer_id from ({{ changed_keys(build, ref('int_customers_history')) }}) as changed
{% endcall %}

with history as (
    select * from {{ ref('int_customers_history') }}
    where {{ in_scope(build) }}
),

seen as (
    select customer_id, min(valid_from) as first_seen_on, cast(count(*) as int) as version_count
    from history
    group by customer_id
),

final as (
    select
        history.customer_id,
        {{ version_key('history.customer_id', 'history.valid_from') }} as customer_key,
        history.first_name,
        history.last_name,
        concat_ws(' ', history.first_name, history.last_name) as full_name,
        history.email,
        history.phone,
        history.street,
        history.city,
        history.region,
        history.postal_code,
        history.country,
        history.tier,
        history.marketing_opt_in,
        history.status,
        history.signed_up_at,
        seen.first_seen_on,
        history.valid_from as changed_on,
        seen.version_count,
        history.updated_at
    from history
    join seen on seen.customer_id = history.customer_id
    where history.is_current
)

select * from final
