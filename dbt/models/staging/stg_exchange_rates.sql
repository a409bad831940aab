{#- Every row of the feed, typed; which of them is current is for those who read it to say. -#}
{%- set columns = {
    'currency': 'text',
    'usd_rate': 'rate',
    'updated_at': 'datetime'
} -%}

with source as (
    select * from {{ source('raw', 'exchange_rates') }}
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
