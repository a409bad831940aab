{#- Every row of the feed, typed; which of them is current is for those who read it to say. -#}
{%- set columns = {
    'store_id': 'text',
    'name': 'text',
    'store_type': 'text',
    'city': 'text',
    'region': 'text',
    'country': 'text',
    'currency': 'text',
    'opened_on': 'date',
    'closed_on': 'date',
    'updated_at': 'datetime'
} -%}

with source as (
    select * from {{ source('raw', 'stores') }}
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
