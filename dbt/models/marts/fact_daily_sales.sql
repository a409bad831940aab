{#- Sales per day of order, store, channel and currency. Cancelled orders are no sales: they are counted apart. -#}
{{ config(
    unique_key=['order_date', 'store_id', 'channel', 'currency'],
    partition_by=["date_trunc('day', order_date)"],
    distributed_by=['store_id'],
    buckets=1,
    meta={'publish': [{'to': 'store_metrics', 'key': 'store_id'}]}
) }}
{%- set build = plan_build(partitions={'sales': ref('fct_sales')}) -%}
{{ scope_days(build, 'order_date', 'sales') }}

with sales as (
    select * from {{ ref('fct_sales') }}
    where {{ in_scope(build) }}
),

final as (
    select
        order_date,
        coalesce(store_id, 'unknown') as store_id,
        coalesce(channel, 'unknown') as channel,
        coalesce(currency, 'unknown') as currency,
        count(distinct case when not is_cancelled then order_id end) as orders,
        cast(coalesce(sum(case when not is_cancelled then quantity end), 0) as bigint) as units,
        {{ sold('gross_amount') }} as gross_amount,
        {{ sold('line_discount_amount + order_discount_amount') }} as discount_amount,
        {{ sold('net_amount') }} as net_amount,
        {{ sold('shipping_amount') }} as shipping_amount,
        cast(coalesce(sum(case when not is_cancelled then returned_quantity end), 0) as bigint) as returned_units,
        {{ sold('returned_amount') }} as returned_amount,
        {{ sold('net_amount_usd') }} as net_amount_usd,
        {{ sold('returned_amount_usd') }} as returned_amount_usd,
        {{ sold('cost_amount_usd') }} as cost_amount_usd,
        count(distinct case when is_cancelled then order_id end) as cancelled_orders,
        cast(coalesce(sum(case when is_cancelled then net_amount end), 0) as decimal(20, 2)) as cancelled_amount
    from sales
    group by order_date, coalesce(store_id, 'unknown'), coalesce(channel, 'unknown'), coalesce(currency, 'unknown')
)

select * from final
