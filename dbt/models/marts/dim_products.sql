{#- Articles as they are now; fct_sales carries price, cost and category of the day of the sale. -#}
{{ config(unique_key=['product_id']) }}
{%- set build = plan_build(keys={'history': ref('int_products_history')}) -%}
{%- call scope_keys(build, 'product_id') %}
    select entity_key as product_id from ({{ changed_keys(build, ref('int_products_history')) }}) as changed
{% endcall %}

with history as (
    select * from {{ ref('int_products_history') }}
    where {{ in_scope(build) }}
),

seen as (
    select product_id, min(valid_from) as first_seen_on, cast(count(*) as int) as version_count
    from history
    group by product_id
),

final as (
    select
        history.product_id,
        {{ version_key('history.product_id', 'history.valid_from') }} as product_key,
        history.sku,
        history.name,
        history.brand,
        history.category,
        history.subcategory,
        history.unit_price,
        history.unit_cost,
        cast(history.unit_price - history.unit_cost as decimal(14, 2)) as unit_margin,
        history.status,
        history.launched_on,
        seen.first_seen_on,
        history.valid_from as changed_on,
        seen.version_count,
        history.updated_at
    from history
    join seen on seen.product_id = history.product_id
    where history.is_current
)

select * from final
