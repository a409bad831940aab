{#- What each article has brought so far. -#}
{{ config(unique_key=['product_id']) }}
{%- set build = plan_build(keys={'days': ref('int_product_daily_sales')}) -%}
{%- call scope_keys(build, 'product_id') %}
    select entity_key as product_id from ({{ changed_keys(build, ref('int_product_daily_sales')) }}) as changed
{% endcall %}

with days as (
    select * from {{ ref('int_product_daily_sales') }}
    where {{ in_scope(build) }}
),

totals as (
    select
        product_id,
        min(case when order_lines > 0 then order_date end) as first_sold_on,
        max(case when order_lines > 0 then order_date end) as last_sold_on,
        count(distinct case when order_lines > 0 then order_date end) as days_sold,
        cast(sum(order_lines) as bigint) as order_lines,
        cast(sum(units) as bigint) as units,
        cast(sum(returned_units) as bigint) as returned_units,
        cast(sum(net_amount_usd) as decimal(20, 2)) as net_amount_usd,
        cast(sum(returned_amount_usd) as decimal(20, 2)) as returned_amount_usd,
        cast(sum(cost_amount_usd) as decimal(20, 2)) as cost_amount_usd
    from days
    group by product_id
),

final as (
    select
        product_id,
        first_sold_on,
        last_sold_on,
        days_sold,
        order_lines,
        units,
        returned_units,
        net_amount_usd,
        returned_amount_usd,
        cost_amount_usd,
        cast(net_amount_usd - cost_amount_usd as decimal(20, 2)) as margin_usd,
        {{ ratio('returned_units', 'units') }} as return_rate,
        {{ ratio('net_amount_usd - cost_amount_usd', 'net_amount_usd') }} as margin_rate
    from totals
)

select * from final
