{#- Every row of the feed, typed; which of them is current is for those who read it to say. -#}
{%- set columns = {
    'order_id': 'text',
    'line_number': 'integer',
    'product_id': 'text',
    'quantity': 'integer',
    'unit_price': 'money',
    'discount_amount': 'money',
    'line_amount': 'money',
    'returned_quantity': 'integer',
    'updated_at': 'datetime'
} -%}

with source as (
    select * from {{ source('raw', 'order_items') }}
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
