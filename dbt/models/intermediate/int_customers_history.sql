{#- Versions of customers: a row for every content the feed reported, with the days it was in force. -#}
{{ config(
    unique_key=['customer_id', 'valid_from'],
    meta={
        'publish': [
            {'to': 'fct_sales', 'key': 'customer_id', 'from_day': 'known_from', 'to_day': 'valid_to'},
            {'to': 'dim_customers', 'key': 'customer_id'}
        ],
        'publish_ignores': ['known_from', 'valid_to', 'is_current', 'version_number']
    }
) }}
{%- set columns = [
    'first_name', 'last_name', 'email', 'phone', 'street', 'city', 'region', 'postal_code', 'country', 'tier',
    'marketing_opt_in', 'status', 'signed_up_at', 'updated_at', '_invalid_columns'
] -%}
{%- set build = plan_build(partitions={'feed': source('raw', 'customers')}) -%}
{%- call scope_keys(build, 'customer_id') -%}
    {{ scd2_touched_keys(build, 'customer_id', ref('stg_customers'), columns) }}
{%- endcall %}

{{ scd2_versions(build, 'customer_id', ref('stg_customers'), columns) }},

final as (
    select
        customer_id,
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
