{#- The company's day in US dollars: one row per day of order. -#}
{{ config(unique_key=['order_date']) }}
{%- set build = plan_build(partitions={'sales': ref('fct_sales')}) -%}
{{ scope_days(build, 'order_date', 'sales') }}

with sales as (
    select * from {{ ref('fct_sales') }}
    where {{ in_scope(build) }}
),

days as (
    select
        order_date,
        count(distinct case when not is_cancelled then order_id end) as orders,
        count(distinct case when not is_cancelled then customer_id end) as customers,
        count(distinct case when not is_cancelled then store_id end) as stores,
        cast(coalesce(sum(case when not is_cancelled then quantity end), 0) as bigint) as units,
        {{ sold('net_amount_usd') }} as net_amount_usd,
        {{ sold('returned_amount_usd') }} as returned_amount_usd,
        {{ sold('cost_amount_usd') }} as cost_amount_usd,
        count(distinct case when is_cancelled then order_id end) as cancelled_orders
    from sales
    group by order_date
),

final as (
    select
        order_date,
        orders,
        customers,
        stores,
        units,
        net_amount_usd,
        returned_amount_usd,
        cost_amount_usd,
        cancelled_orders,
        {{ ratio('net_amount_usd', 'orders') }} as average_order_usd,
        {{ ratio('units', 'orders') }} as units_per_order
    from days
)

select * from final
