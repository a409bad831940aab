{#- Every row of the feed, typed; which of them is current is for those who read it to say. -#}
{%- set columns = {
    'promotion_id': 'text',
    'name': 'text',
    'category': 'text',
    'discount_rate': 'share',
    'starts_on': 'date',
    'ends_on': 'date',
    'updated_at': 'datetime'
} -%}

with source as (
    select * from {{ source('raw', 'promotions') }}
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
