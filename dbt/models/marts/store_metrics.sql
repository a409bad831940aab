{#- What each store has sold so far, in US dollars. -#}
{{ config(unique_key=['store_id']) }}
{%- set build = plan_build(keys={'days': ref('fact_daily_sales')}) -%}
{%- call scope_keys(build, 'store_id') %}
    select entity_key as store_id from ({{ changed_keys(build, ref('fact_daily_sales')) }}) as changed
{% endcall %}

with days as (
    select * from {{ ref('fact_daily_sales') }}
    where {{ in_scope(build) }}
),

totals as (
    select
        store_id,
        min(case when orders > 0 then order_date end) as first_sale_on,
        max(case when orders > 0 then order_date end) as last_sale_on,
        count(distinct case when orders > 0 then order_date end) as trading_days,
        cast(sum(orders) as bigint) as orders,
        cast(sum(units) as bigint) as units,
        cast(sum(returned_units) as bigint) as returned_units,
        cast(sum(net_amount_usd) as decimal(20, 2)) as net_amount_usd,
        cast(sum(returned_amount_usd) as decimal(20, 2)) as returned_amount_usd,
        cast(sum(cost_amount_usd) as decimal(20, 2)) as cost_amount_usd,
        cast(sum(cancelled_orders) as bigint) as cancelled_orders
    from days
    group by store_id
),

final as (
    select
        store_id,
        first_sale_on,
        last_sale_on,
        trading_days,
        orders,
        units,
        returned_units,
        net_amount_usd,
        returned_amount_usd,
        cost_amount_usd,
        cancelled_orders,
        cast(net_amount_usd - cost_amount_usd as decimal(20, 2)) as margin_usd,
        {{ ratio('net_amount_usd', 'orders') }} as average_order_usd,
        {{ ratio('net_amount_usd', 'trading_days') }} as net_amount_usd_per_day,
        {{ ratio('returned_amount_usd', 'net_amount_usd') }} as return_rate
    from totals
)

select * from final
