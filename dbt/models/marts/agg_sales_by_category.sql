{#- Sales per day of order and category, as the article was classified on that day. -#}
{{ config(
    unique_key=['order_date', 'category', 'subcategory'],
    partition_by=["date_trunc('day', order_date)"],
    distributed_by=['category'],
    buckets=1
) }}
{%- set build = plan_build(partitions={'products': ref('int_product_daily_sales')}) -%}
{{ scope_days(build, 'order_date', 'products') }}

with products as (
    select * from {{ ref('int_product_daily_sales') }}
    where {{ in_scope(build) }}
),

final as (
    select
        order_date,
        category,
        subcategory,
        count(distinct case when order_lines > 0 then product_id end) as products,
        cast(sum(order_lines) as bigint) as order_lines,
        cast(sum(units) as bigint) as units,
        cast(sum(returned_units) as bigint) as returned_units,
        cast(sum(net_amount_usd) as decimal(20, 2)) as net_amount_usd,
        cast(sum(returned_amount_usd) as decimal(20, 2)) as returned_amount_usd,
        cast(sum(cost_amount_usd) as decimal(20, 2)) as cost_amount_usd
    from products
    group by order_date, category, subcategory
)

select * from final
