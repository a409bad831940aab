{#- Whichever way one adds up a day in US dollars, the sum is the same. -#}
{{ config(meta={'dagster': {'ref': {'name': 'agg_daily_sales'}}}) }}
{#- agg_daily_sales has no partitions to tell its days by; it changes with those of fct_sales -#}
{%- set untested = on_untested_days('order_date', [ref('fct_sales'), ref('fact_daily_sales'), ref('agg_sales_by_category')]) %}

with by_store as (
    select order_date, sum(net_amount_usd) as usd, sum(units) as units from {{ ref('fact_daily_sales') }}
    where {{ untested }} group by order_date
),

by_category as (
    select order_date, sum(net_amount_usd) as usd, sum(units) as units from {{ ref('agg_sales_by_category') }}
    where {{ untested }} group by order_date
)

select d.order_date, d.net_amount_usd, s.usd as by_store, c.usd as by_category
from (select * from {{ ref('agg_daily_sales') }} where {{ untested }}) as d
left join by_store as s on s.order_date = d.order_date
left join by_category as c on c.order_date = d.order_date
where not (d.net_amount_usd <=> s.usd) or not (d.net_amount_usd <=> c.usd)
   or not (d.units <=> s.units) or not (d.units <=> c.units)
