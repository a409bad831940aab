{#- Every row of the feed, typed; which of them is current is for those who read it to say. -#}
{%- set columns = {
    'order_id': 'text',
    'customer_id': 'text',
    'store_id': 'text',
    'channel': 'text',
    'status': 'text',
    'currency': 'text',
    'promotion_id': 'text',
    'discount_amount': 'money',
    'shipping_amount': 'money',
    'total_amount': 'money',
    'ordered_at': 'datetime',
    'updated_at': 'datetime'
} -%}

with source as (
    select * from {{ source('raw', 'orders') }}
),

final as (
    select
        dt,
        {{- staged_columns(columns) }},
        _load_id,
        _loaded_at
    from source
)

select * from final
