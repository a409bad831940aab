{#- Versions of stores: a row for every content the feed reported, with the days it was in force. -#}
{{ config(
    unique_key=['store_id', 'valid_from'],
    meta={
        'publish': [
            {'to': 'dim_stores', 'key': 'store_id'}
        ],
        'publish_ignores': ['known_from', 'valid_to', 'is_current', 'version_number']
    }
) }}
{%- set columns = [
    'name', 'store_type', 'city', 'region', 'country', 'currency', 'opened_on', 'closed_on', 'updated_at', '_invalid_columns'
] -%}
{%- set build = plan_build(partitions={'feed': source('raw', 'stores')}) -%}
{%- call scope_keys(build, 'store_id') -%}
    {{ scd2_touched_keys(build, 'store_id', ref('stg_stores'), columns) }}
{%- endcall %}

{{ scd2_versions(build, 'store_id', ref('stg_stores'), columns) }},

final as (
    select
        store_id,
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
