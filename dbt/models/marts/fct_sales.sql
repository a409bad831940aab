{#- One row per order line as it stands now, with what customer and article were on the day of the order.

    Discount and shipping of the whole order are split over its lines to the cent, by the largest remainder: the parts
    add up to the order's amount exactly. US dollars likewise: the lines' add up to the order's, rounded once. -#}
{{ config(
    unique_key=['order_id', 'line_number', 'order_date'],
    partition_by=["date_trunc('day', order_date)"],
    distributed_by=['order_id'],
    meta={'publish': [{'to': 'int_customer_metrics', 'key': 'customer_id'}]}
) }}
{%- set build = plan_build(
    partitions={'lines': source('raw', 'order_items')},
    keys={
        'orders': ref('fct_orders'),
        'customers': ref('int_customers_history'),
        'products': ref('int_products_history'),
        'rates': ref('int_exchange_rates_history')
    }
) -%}
{%- call scope_keys(build, 'order_id', day=order_day('scope_key')) %}
    select entity_key as order_id from ({{ changed_keys(build, ref('fct_orders')) }}) as changed
    union distinct
    select order_id from {{ ref('stg_order_items') }} where {{ in_days('dt', build.days.lines) }}
    union distinct
    -- lines with rows on a day that was loaded again: the row may be gone
    select order_id from {{ this }} where {{ lived_on('first_day', 'last_day', build.days_again.lines) }}
    union distinct
    -- histories that changed, also late: only the orders of the days for which they did
    select o.order_id
    from {{ ref('fct_orders') }} as o
    join ({{ changed_keys(build, ref('int_customers_history')) }}) as c
        on c.entity_key = o.customer_id and o.order_date >= c.from_day and o.order_date < c.to_day
    where {{ within_changes(build, 'customers', 'o.order_date') }}
    union distinct
    select s.order_id
    from {{ this }} as s
    join ({{ changed_keys(build, ref('int_products_history')) }}) as c
        on c.entity_key = s.product_id and s.order_date >= c.from_day and s.order_date < c.to_day
    where {{ within_changes(build, 'products', 's.order_date') }}
    union distinct
    select o.order_id
    from {{ ref('fct_orders') }} as o
    join ({{ changed_keys(build, ref('int_exchange_rates_history')) }}) as c
        on c.entity_key = o.currency and o.order_date >= c.from_day and o.order_date < c.to_day
    where {{ within_changes(build, 'rates', 'o.order_date') }}
{% endcall %}

with orders as (
    select * from {{ ref('fct_orders') }}
    where {{ in_scope(build) }} and order_date >= {{ scope_start() }}
),

line_rows as (
    select * from {{ ref('stg_order_items') }}
    where {{ in_scope(build) }} and dt >= {{ scope_start() }}
),

customers as (
    select customer_id, valid_from, known_from, valid_to from {{ ref('int_customers_history') }}
),

products as (
    select product_id, valid_from, known_from, valid_to, category, subcategory, brand, unit_cost
    from {{ ref('int_products_history') }}
),

rates as (
    select currency, valid_from, known_from, valid_to, usd_rate from {{ ref('int_exchange_rates_history') }}
),

lines_newest_first as (
    select
        *,
        row_number() over (partition by order_id, line_number order by dt desc, updated_at desc, product_id, quantity, line_amount) as age,
        min(dt) over (partition by order_id, line_number) as first_day,
        max(dt) over (partition by order_id, line_number) as last_day
    from line_rows
    where line_number is not null and dt >= {{ order_day('order_id') }}
),

lines as (
    select * from lines_newest_first where age = 1
),

-- the order's day, not today, decides which customer, article and rate a line meets
joined as (
    select
        l.order_id,
        l.line_number,
        o.order_date,
        o.customer_id,
        {{ version_key('c.customer_id', 'c.valid_from') }} as customer_key,
        l.product_id,
        {{ version_key('p.product_id', 'p.valid_from') }} as product_key,
        p.category,
        p.subcategory,
        p.brand,
        p.unit_cost,
        o.store_id,
        o.channel,
        o.currency,
        o.promotion_id,
        o.status as order_status,
        o.is_cancelled,
        o.ordered_at,
        coalesce(l.quantity, 0) as quantity,
        coalesce(l.returned_quantity, 0) as returned_quantity,
        l.unit_price,
        coalesce(l.discount_amount, 0) as line_discount_amount,
        coalesce(l.line_amount, 0) as line_amount,
        {{ cents('coalesce(l.line_amount, 0)') }} as line_cents,
        {{ cents('o.order_discount_amount') }} as order_discount_cents,
        {{ cents('o.shipping_amount') }} as shipping_cents,
        case when o.currency = 'USD' then coalesce(r.usd_rate, 1) else r.usd_rate end as usd_rate,
        r.valid_from as rate_day,
        l.updated_at,
        l.first_day,
        l.last_day
    from lines as l
    join orders as o on o.order_id = l.order_id
    left join customers as c
        on c.customer_id = o.customer_id and o.order_date >= c.known_from and o.order_date < c.valid_to
    left join products as p
        on p.product_id = l.product_id and o.order_date >= p.known_from and o.order_date < p.valid_to
    left join rates as r
        on r.currency = o.currency and o.order_date >= r.known_from and o.order_date < r.valid_to
),

order_totals as (
    select
        *,
        sum(line_cents) over (partition by order_id) as order_cents,
        count(*) over (partition by order_id) as order_lines
    from joined
),

-- lines weigh what they cost; if all of them are free, each weighs the same
weighed as (
    select
        *,
        cast(case when order_cents > 0 then line_cents else 1 end as largeint) as weight,
        cast(case when order_cents > 0 then order_cents else order_lines end as largeint) as total_weight
    from order_totals
),

shares as (
    select
        *,
        (order_discount_cents * weight) div total_weight as discount_share,
        (order_discount_cents * weight) % total_weight as discount_rest,
        (shipping_cents * weight) div total_weight as shipping_share,
        (shipping_cents * weight) % total_weight as shipping_rest
    from weighed
),

shares_ranked as (
    select
        *,
        order_discount_cents - sum(discount_share) over (partition by order_id) as discount_left,
        row_number() over (partition by order_id order by discount_rest desc, line_number) as discount_rank,
        shipping_cents - sum(shipping_share) over (partition by order_id) as shipping_left,
        row_number() over (partition by order_id order by shipping_rest desc, line_number) as shipping_rank
    from shares
),

allocated as (
    select
        *,
        cast(discount_share + case when discount_rank <= discount_left then 1 else 0 end as bigint) as discount_part_cents,
        cast(shipping_share + case when shipping_rank <= shipping_left then 1 else 0 end as bigint) as shipping_part_cents
    from shares_ranked
),

net as (
    select
        *,
        line_cents - discount_part_cents as net_cents,
        cast(line_cents - discount_part_cents as largeint) * cast(usd_rate * 100000000 as bigint) as net_usd_exact
    from allocated
),

-- net_usd_exact counts hundred-millionths of a US cent: whole numbers, so that nothing is lost before the rounding
net_usd as (
    select
        *,
        {{ divide_down('net_usd_exact', '100000000') }} as net_usd_share,
        {{ divide_half_up('sum(net_usd_exact) over (partition by order_id)', '100000000') }} as order_usd_cents,
        row_number() over (partition by order_id order by {{ remainder('net_usd_exact', '100000000') }} desc, line_number) as net_usd_rank
    from net
),

net_usd_left as (
    select *, order_usd_cents - sum(net_usd_share) over (partition by order_id) as net_usd_left
    from net_usd
),

net_usd_allocated as (
    select
        *,
        cast(net_usd_share + case when net_usd_rank <= net_usd_left then 1 else 0 end as bigint) as net_usd_cents
    from net_usd_left
),

final as (
    select
        order_id,
        line_number,
        order_date,
        customer_id,
        customer_key,
        product_id,
        product_key,
        category,
        subcategory,
        brand,
        store_id,
        channel,
        currency,
        promotion_id,
        order_status,
        is_cancelled,
        ordered_at,
        quantity,
        returned_quantity,
        unit_price,
        cast(quantity * unit_price as decimal(14, 2)) as gross_amount,
        cast(line_discount_amount as decimal(14, 2)) as line_discount_amount,
        cast(line_amount as decimal(14, 2)) as line_amount,
        {{ from_cents('discount_part_cents') }} as order_discount_amount,
        {{ from_cents('net_cents') }} as net_amount,
        {{ from_cents('shipping_part_cents') }} as shipping_amount,
        {{ from_cents(divide_half_up('net_cents * returned_quantity', 'greatest(quantity, 1)')) }} as returned_amount,
        cast(usd_rate as decimal(18, 8)) as usd_rate,
        rate_day,
        {{ from_cents('net_usd_cents') }} as net_amount_usd,
        {{ from_cents(divide_half_up('net_usd_cents * returned_quantity', 'greatest(quantity, 1)')) }} as returned_amount_usd,
        cast(unit_cost * quantity as decimal(14, 2)) as cost_amount_usd,
        updated_at,
        first_day,
        last_day
    from net_usd_allocated
)

select * from final
