{#- Discount and shipping split over lines add up to the order's, to the cent; and no line of an order is missing. -#}
{{ config(meta={'dagster': {'ref': {'name': 'fct_sales'}}}) }}
{%- set untested = on_untested_days('order_date', [ref('fct_orders'), ref('fct_sales')]) %}

with lines as (
    select
        order_id,
        count(*) as line_count,
        sum(line_amount) as line_amount,
        sum(order_discount_amount) as order_discount_amount,
        sum(shipping_amount) as shipping_amount
    from {{ ref('fct_sales') }}
    where {{ untested }}
    group by order_id
)

select o.order_id, o.line_count, l.line_count as found_lines, o.order_discount_amount, l.order_discount_amount as found_discount
from (select * from {{ ref('fct_orders') }} where {{ untested }}) as o
left join lines as l on l.order_id = o.order_id
where o.line_count <> coalesce(l.line_count, 0)
   or (o.line_count > 0 and (
        l.line_amount <> o.line_amount
        or l.order_discount_amount <> o.order_discount_amount
        or l.shipping_amount <> o.shipping_amount))
