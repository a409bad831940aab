{#- One row per order as it stands now, with its way through the states.

    Orders change for days after they were placed, and the changes may be loaded in any order. An order whose day of
    placement is not loaded yet has a header but no lines: it is kept, with line_count 0. -#}
{{ config(
    unique_key=['order_id', 'order_date'],
    partition_by=["date_trunc('day', order_date)"],
    meta={'publish': [{'to': 'fct_sales', 'key': 'order_id'}]}
) }}
{%- set build = plan_build(partitions={'orders': source('raw', 'orders'), 'lines': source('raw', 'order_items')}) -%}
{%- call scope_keys(build, 'order_id', day=order_day('scope_key')) %}
    select order_id from {{ ref('stg_orders') }} where {{ in_days('dt', build.days.orders) }}
    union distinct
    select order_id from {{ ref('stg_order_items') }} where {{ in_days('dt', build.days.lines) }}
    union distinct
    -- orders with rows on a day that was loaded again: the row may be gone
    select order_id from {{ this }}
    where {{ lived_on('first_day', 'last_day', build.days_again.orders + build.days_again.lines) }}
{% endcall %}

with header_rows as (
    select *, {{ order_day('order_id') }} as placed_on
    from {{ ref('stg_orders') }}
    where {{ in_scope(build) }} and dt >= {{ scope_start() }}
),

line_rows as (
    select *, {{ order_day('order_id') }} as placed_on
    from {{ ref('stg_order_items') }}
    where {{ in_scope(build) }} and dt >= {{ scope_start() }}
),

-- a row dated before its order was placed is no change of it; a test reports such rows
headers_newest_first as (
    select *, row_number() over (partition by order_id order by dt desc) as age
    from header_rows
    where dt >= placed_on
),

headers as (
    select * from headers_newest_first where age = 1
),

states as (
    select
        order_id,
        min(dt) as first_day,
        max(dt) as last_day,
        min(case when status = 'paid' then dt end) as paid_on,
        min(case when status = 'shipped' then dt end) as shipped_on,
        min(case when status = 'delivered' then dt end) as delivered_on,
        min(case when status = 'cancelled' then dt end) as cancelled_on,
        min(case when status = 'returned' then dt end) as returned_on
    from header_rows
    where dt >= placed_on
    group by order_id
),

lines_newest_first as (
    select
        *,
        row_number() over (partition by order_id, line_number order by dt desc, updated_at desc, product_id, quantity, line_amount) as age,
        min(dt) over (partition by order_id) as first_line_day,
        max(dt) over (partition by order_id) as last_line_day
    from line_rows
    where dt >= placed_on and line_number is not null
),

lines as (
    select
        order_id,
        count(*) as line_count,
        sum(quantity) as units,
        sum(returned_quantity) as returned_units,
        sum(quantity * unit_price) as gross_amount,
        sum(discount_amount) as line_discount_amount,
        sum(line_amount) as line_amount,
        min(first_line_day) as first_line_day,
        max(last_line_day) as last_line_day
    from lines_newest_first
    where age = 1
    group by order_id
),

final as (
    select
        h.order_id,
        case
            when h.placed_on > '1970-01-01' then h.placed_on
            else coalesce(cast(h.ordered_at as date), s.first_day)
        end as order_date,
        h.customer_id,
        h.store_id,
        h.channel,
        h.status,
        h.status = 'cancelled' as is_cancelled,
        h.currency,
        h.promotion_id,
        cast(coalesce(l.line_count, 0) as int) as line_count,
        cast(coalesce(l.units, 0) as int) as units,
        cast(coalesce(l.returned_units, 0) as int) as returned_units,
        cast(coalesce(l.gross_amount, 0) as decimal(14, 2)) as gross_amount,
        cast(coalesce(l.line_discount_amount, 0) as decimal(14, 2)) as line_discount_amount,
        cast(coalesce(l.line_amount, 0) as decimal(14, 2)) as line_amount,
        cast(coalesce(h.discount_amount, 0) as decimal(14, 2)) as order_discount_amount,
        cast(coalesce(h.shipping_amount, 0) as decimal(14, 2)) as shipping_amount,
        cast(h.total_amount as decimal(14, 2)) as total_amount,
        h.ordered_at,
        s.paid_on,
        s.shipped_on,
        s.delivered_on,
        s.cancelled_on,
        s.returned_on,
        h.updated_at,
        least(s.first_day, coalesce(l.first_line_day, s.first_day)) as first_day,
        greatest(s.last_day, coalesce(l.last_line_day, s.last_day)) as last_day
    from headers as h
    join states as s on s.order_id = h.order_id
    left join lines as l on l.order_id = h.order_id
)

select * from final
