{#- Versions of products: a row for every content the feed reported, with the days it was in force. -#}
{{ config(
    unique_key=['product_id', 'valid_from'],
    meta={
        'publish': [
            {'to': 'fct_sales', 'key': 'product_id', 'from_day': 'known_from', 'to_day': 'valid_to'},
            {'to': 'dim_products', 'key': 'product_id'}
        ],
        'publish_ignores': ['known_from', 'valid_to', 'is_current', 'version_number']
    }
) }}
{%- set columns = [
    'sku', 'name', 'brand', 'category', 'subcategory', 'unit_price', 'unit_cost', 'status', 'launched_on', 'updated_at',
    '_invalid_columns'
] -%}
{%- set build = plan_build(partitions={'feed': source('raw', 'products')}) -%}
{%- call scope_keys(build, 'product_id') -%}
    {{ scd2_touched_keys(build, 'product_id', ref('stg_products'), columns) }}
{%- endcall %}

{{ scd2_versions(build, 'product_id', ref('stg_products'), columns) }},

final as (
    select
        product_id,
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
