{#- Every day from 2023 to 2030, whether anything was sold on it or not.

    The fiscal calendar is the 4-5-4 retail calendar: years of 52 or 53 weeks that start on the Sunday after the
    Saturday nearest to 31 January, quarters of 4 + 5 + 4 weeks, so that periods compare weekend for weekend.
    Holidays are those that move a shop's sales in the United States. -#}
{{ config(unique_key=['date_day']) }}
{%- set build = plan_build() -%}
{{ scope_all(build) }}

with numbers as (
    select generate_series as n from TABLE(generate_series(0, 2921))
),

days as (
    select cast(days_add(cast('2023-01-01' as date), cast(n as int)) as date) as date_day
    from numbers
),

parts as (
    select
        date_day,
        year(date_day) as calendar_year,
        month(date_day) as month_of_year,
        dayofmonth(date_day) as day_of_month,
        mod(dayofweek(date_day) + 5, 7) + 1 as day_of_week,
        cast(concat(cast(year(date_day) as string), '-01-31') as date) as end_of_january,
        cast(concat(cast(year(date_day) - 1 as string), '-01-31') as date) as end_of_last_january
    from days
),

-- dayofweek: Sunday 1 ... Saturday 7, so the Sunday after the Saturday nearest to a day is 1-4 days after or 0-2 before
fiscal_starts as (
    select
        *,
        days_add(end_of_january, case when dayofweek(end_of_january) <= 3 then 1 - dayofweek(end_of_january) else 8 - dayofweek(end_of_january) end)
            as this_start,
        days_add(end_of_last_january, case when dayofweek(end_of_last_january) <= 3 then 1 - dayofweek(end_of_last_january) else 8 - dayofweek(end_of_last_january) end)
            as last_start
    from parts
),

fiscal_years as (
    select
        *,
        case when date_day >= this_start then calendar_year else calendar_year - 1 end as fiscal_year,
        cast(case when date_day >= this_start then this_start else last_start end as date) as fiscal_year_start
    from fiscal_starts
),

fiscal_weeks as (
    select *, datediff(date_day, fiscal_year_start) div 7 + 1 as fiscal_week
    from fiscal_years
),

-- a 53rd week belongs to the last period
fiscal_quarters as (
    select
        *,
        least((fiscal_week - 1) div 13 + 1, 4) as fiscal_quarter,
        fiscal_week - (least((fiscal_week - 1) div 13 + 1, 4) - 1) * 13 as week_of_quarter
    from fiscal_weeks
),

holidays as (
    select
        *,
        case
            when month_of_year = 1 and day_of_month = 1 then 'New Year''s Day'
            when month_of_year = 2 and day_of_month = 14 then 'Valentine''s Day'
            when month_of_year = 2 and day_of_week = 1 and (day_of_month - 1) div 7 = 2 then 'Presidents'' Day'
            when month_of_year = 5 and day_of_week = 7 and (day_of_month - 1) div 7 = 1 then 'Mother''s Day'
            when month_of_year = 5 and day_of_week = 1 and day_of_month > 24 then 'Memorial Day'
            when month_of_year = 6 and day_of_week = 7 and (day_of_month - 1) div 7 = 2 then 'Father''s Day'
            when month_of_year = 7 and day_of_month = 4 then 'Independence Day'
            when month_of_year = 9 and day_of_week = 1 and day_of_month <= 7 then 'Labor Day'
            when month_of_year = 10 and day_of_month = 31 then 'Halloween'
            when month_of_year = 11 and day_of_week = 4 and (day_of_month - 1) div 7 = 3 then 'Thanksgiving'
            when month_of_year = 11 and day_of_week = 5 and day_of_month between 23 and 29 then 'Black Friday'
            when day_of_week = 1 and ((month_of_year = 11 and day_of_month >= 26) or (month_of_year = 12 and day_of_month <= 2))
                then 'Cyber Monday'
            when month_of_year = 12 and day_of_month = 24 then 'Christmas Eve'
            when month_of_year = 12 and day_of_month = 25 then 'Christmas Day'
            when month_of_year = 12 and day_of_month = 26 then 'Boxing Day'
            when month_of_year = 12 and day_of_month = 31 then 'New Year''s Eve'
        end as holiday
    from fiscal_quarters
),

final as (
    select
        date_day,
        cast(date_format(date_day, '%Y%m%d') as int) as date_key,
        cast(calendar_year as int) as calendar_year,
        cast((month_of_year - 1) div 3 + 1 as int) as quarter_of_year,
        cast(month_of_year as int) as month_of_year,
        date_format(date_day, '%M') as month_name,
        cast(date_trunc('month', date_day) as date) as month_start,
        cast(day_of_month as int) as day_of_month,
        cast(day_of_week as int) as day_of_week,
        date_format(date_day, '%W') as day_name,
        day_of_week >= 6 as is_weekend,
        cast(days_sub(date_day, day_of_week - 1) as date) as week_start,
        cast(fiscal_year as int) as fiscal_year,
        fiscal_year_start,
        cast(fiscal_quarter as int) as fiscal_quarter,
        cast((fiscal_quarter - 1) * 3 + case when week_of_quarter <= 4 then 1 when week_of_quarter <= 9 then 2 else 3 end as int)
            as fiscal_period,
        cast(fiscal_week as int) as fiscal_week,
        holiday,
        holiday is not null as is_holiday
    from holidays
)

select * from final
