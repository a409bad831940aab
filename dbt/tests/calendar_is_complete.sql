{#- Eight years without a missing day; every fiscal year has 52 or 53 whole weeks. -#}
select 'days' as what, count(*) as found from {{ ref('dim_date') }} having count(*) <> 2922
union all
select concat('fiscal year ', cast(fiscal_year as string)) as what, count(*) as found
from {{ ref('dim_date') }}
where fiscal_year between 2023 and 2029
group by fiscal_year
having count(*) not in (364, 371)
