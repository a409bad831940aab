{#- Sales per day of order and article, with the category the article had on that day. Small enough to add up whole
    years of it, which is what product_metrics and agg_sales_by_category do. -#}
{{ config(
    unique_key=['order_date', 'product_id', 'category', 'subcategory'],
    partition_by=["date_trunc('day', order_date)"],
    distributed_by=['product_id'],
    buckets=1,
    meta={'publish': [{'to': 'product_metrics', 'key': 'product_id'}]}
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
        coalesce(product_id, 'unknown') as product_id,
        coalesce(category, 'unknown') as category,
        coalesce(subcategory, 'unknown') as subcategory,
        cast(sum(case when not is_cancelled then 1 else 0 end) as bigint) as order_lines,
        cast(coalesce(sum(case when not is_cancelled then quantity end), 0) as bigint) as units,
        cast(coalesce(sum(case when not is_cancelled then returned_quantity end), 0) as bigint) as returned_units,
        {{ sold('net_amount_usd') }} as net_amount_usd,
        {{ sold('returned_amount_usd') }} as returned_amount_usd,
        {{ sold('cost_amount_usd') }} as cost_amount_usd
    from sales
    group by order_date, coalesce(product_id, 'unknown'), coalesce(category, 'unknown'), coalesce(subcategory, 'unknown')
)

select * from final
