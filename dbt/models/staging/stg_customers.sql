{#- Every row of the feed, typed; which of them is current is for those who read it to say. -#}
{%- set columns = {
    'customer_id': 'text',
    'first_name': 'text',
    'last_name': 'text',
    'email': 'text',
    'phone': 'text',
    'street': 'text',
    'city': 'text',
    'region': 'text',
    'postal_code': 'text',
    'country': 'text',
    'tier': 'text',
    'marketing_opt_in': 'boolean',
    'status': 'text',
    'signed_up_at': 'datetime',
    'updated_at': 'datetime'
} -%}

with source as (
    select * from {{ source('raw', 'customers') }}
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
