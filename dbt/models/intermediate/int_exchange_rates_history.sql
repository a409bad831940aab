{#- Exchange rates with the days they are in force: a day without a rate uses the last one before it. -#}
{{ config(
    unique_key=['currency', 'valid_from'],
    meta={
        'publish': [
            {'to': 'fct_sales', 'key': 'currency', 'from_day': 'known_from', 'to_day': 'valid_to'}
        ],
        'publish_ignores': ['known_from', 'valid_to', 'is_current', 'version_number']
    }
) }}
{%- set columns = [
    'usd_rate', 'updated_at', '_invalid_columns'
] -%}
{%- set build = plan_build(partitions={'feed': source('raw', 'exchange_rates')}) -%}
{%- call scope_keys(build, 'currency') -%}
    {{ scd2_touched_keys(build, 'currency', ref('stg_exchange_rates'), columns) }}
{%- endcall %}

{{ scd2_versions(build, 'currency', ref('stg_exchange_rates'), columns) }},

final as (
    select
        currency,
        valid_from,
        cast(known_from as date) as known_from,
        valid_to,
        is_current,
        cast(version_number as int) as version_number,
        {%- for name in columns %}
        {{ name }},
        {%- endfor %}
        content_hash
    from versions
)

select * from final
