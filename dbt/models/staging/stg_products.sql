{#- Every row of the feed, typed; which of them is current is for those who read it to say. -#}
{%- set columns = {
    'product_id': 'text',
    'sku': 'text',
    'name': 'text',
    'brand': 'text',
    'category': 'text',
    'subcategory': 'text',
    'unit_price': 'money',
    'unit_cost': 'money',
    'status': 'text',
    'launched_on': 'date',
    'updated_at': 'datetime'
} -%}

with source as (
    select * from {{ source('raw', 'products') }}
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
