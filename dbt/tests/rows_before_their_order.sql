{#- A row dated before its order was placed is left out of the facts; it should not exist. -#}
{{ config(severity='warn', meta={'dagster': {'ref': {'name': 'stg_orders'}}}) }}

select order_id, dt, 'orders' as feed from {{ ref('stg_orders') }}
where {{ on_untested_days('dt', [ref('stg_orders')]) }} and dt < {{ order_day('order_id') }}
union all
select order_id, dt, 'order_items' as feed from {{ ref('stg_order_items') }}
where {{ on_untested_days('dt', [ref('stg_order_items')]) }} and dt < {{ order_day('order_id') }}
