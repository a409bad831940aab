{#- What each customer has bought so far. Nothing in here depends on what day it is, so a customer is recomputed when
    one of their sales changes and at no other time; recency is added by the view customer_metrics. -#}
{{ config(unique_key=['customer_id']) }}
{%- set build = plan_build(keys={'sales': ref('fct_sales')}) -%}
{%- call scope_keys(build, 'customer_id') %}
    select entity_key as customer_id from ({{ changed_keys(build, ref('fct_sales')) }}) as changed
{% endcall %}

with sales as (
    select * from {{ ref('fct_sales') }}
    where {{ in_scope(build) }} and customer_id is not null and not is_cancelled
),

orders as (
    select
        customer_id,
        order_id,
        order_date,
        sum(quantity) as units,
        sum(returned_quantity) as returned_units,
        sum(net_amount_usd) as net_amount_usd,
        sum(returned_amount_usd) as returned_amount_usd
    from sales
    group by customer_id, order_id, order_date
),

with_first as (
    select *, min(order_date) over (partition by customer_id) as first_order_date
    from orders
),

totals as (
    select
        customer_id,
        min(first_order_date) as first_order_date,
        max(order_date) as last_order_date,
        count(*) as orders,
        count(distinct date_trunc('month', order_date)) as active_months,
        cast(sum(case when order_date > first_order_date and datediff(order_date, first_order_date) <= 30 then 1 else 0 end) as bigint)
            as orders_within_30_days,
        cast(sum(case when order_date > first_order_date and datediff(order_date, first_order_date) <= 90 then 1 else 0 end) as bigint)
            as orders_within_90_days,
        sum(units) as units,
        sum(returned_units) as returned_units,
        sum(net_amount_usd) as net_amount_usd,
        sum(returned_amount_usd) as returned_amount_usd
    from with_first
    group by customer_id
),

final as (
    select
        customer_id,
        first_order_date,
        last_order_date,
        cast(date_trunc('month', first_order_date) as date) as cohort_month,
        orders,
        active_months,
        orders_within_30_days,
        orders_within_90_days,
        cast(units as bigint) as units,
        cast(returned_units as bigint) as returned_units,
        cast(net_amount_usd as decimal(20, 2)) as net_amount_usd,
        cast(returned_amount_usd as decimal(20, 2)) as returned_amount_usd,
        cast(coalesce(net_amount_usd, 0) - coalesce(returned_amount_usd, 0) as decimal(20, 2)) as lifetime_value_usd
    from totals
)

select * from final
