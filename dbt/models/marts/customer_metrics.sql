{#- Value, recency, frequency, cohort and retention of every customer who bought.

    A view: recency counts from the newest day of sales, so it changes for everybody every day; stored, that would
    rewrite the whole table for each new day. -#}
{{ config(materialized='view') }}

with totals as (
    select * from {{ ref('int_customer_metrics') }}
),

newest_day as (
    select max(order_date) as as_of from {{ ref('agg_daily_sales') }}
),

measured as (
    select
        totals.*,
        newest_day.as_of,
        cast(datediff(newest_day.as_of, totals.last_order_date) as int) as recency_days,
        cast(datediff(totals.last_order_date, totals.first_order_date) as int) as tenure_days
    from totals
    cross join newest_day
),

final as (
    select
        customer_id,
        as_of,
        first_order_date,
        last_order_date,
        cohort_month,
        recency_days,
        tenure_days,
        orders,
        active_months,
        orders > 1 as is_repeat,
        orders_within_30_days > 0 as retained_30_days,
        orders_within_90_days > 0 as retained_90_days,
        units,
        returned_units,
        net_amount_usd,
        returned_amount_usd,
        lifetime_value_usd,
        {{ ratio('net_amount_usd', 'orders') }} as average_order_usd,
        {{ ratio('tenure_days', 'orders - 1') }} as days_between_orders,
        case
            when recency_days <= 30 and orders >= 3 then 'loyal'
            when recency_days <= 30 and orders = 1 then 'new'
            when recency_days <= 30 then 'active'
            when recency_days <= 90 then 'cooling'
            else 'lapsed'
        end as segment
    from measured
)

select * from final
