{#- Every day's aggregate equals its lines: units, net amount, US dollars, cancelled ones included. -#}
{{ config(meta={'dagster': {'ref': {'name': 'fact_daily_sales'}}}) }}
{%- set untested = on_untested_days('order_date', [ref('fct_sales'), ref('fact_daily_sales')]) %}

with lines as (
    select
        order_date,
        sum(net_amount) as net_amount,
        sum(case when is_cancelled then 0 else net_amount_usd end) as net_amount_usd,
        sum(case when is_cancelled then 0 else quantity end) as units
    from {{ ref('fct_sales') }}
    where {{ untested }}
    group by order_date
),

days as (
    select order_date, sum(net_amount + cancelled_amount) as net_amount, sum(net_amount_usd) as net_amount_usd, sum(units) as units
    from {{ ref('fact_daily_sales') }}
    where {{ untested }}
    group by order_date
)

select coalesce(l.order_date, d.order_date) as order_date, l.net_amount, d.net_amount as found, l.units, d.units as found_units
from lines as l
full outer join days as d on d.order_date = l.order_date
where not (l.net_amount <=> d.net_amount)
   or not (l.units <=> d.units)
   or coalesce(l.net_amount_usd, 0) <> coalesce(d.net_amount_usd, 0)
