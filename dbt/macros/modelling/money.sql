{#- Money is counted in whole cents (BIGINT) wherever it is split or rounded. `/` yields DOUBLE on integers, and a sum
    of rounded shares is not the rounded sum: both lose cents. -#}
{%- macro cents(amount) -%}
  cast({{ amount }} * 100 as bigint)
{%- endmacro -%}


{%- macro from_cents(cents) -%}
  cast(cast({{ cents }} as bigint) * cast(0.01 as decimal(3, 2)) as decimal(14, 2))
{%- endmacro -%}


{#- numerator / denominator of whole numbers, rounded down. `div` alone rounds towards 0, so up below it: an order of
    which only a line that came back is known has a discount larger than its lines. -#}
{%- macro divide_down(numerator, denominator) -%}
  (({{ numerator }}) div ({{ denominator }}) - case when ({{ numerator }}) % ({{ denominator }}) < 0 then 1 else 0 end)
{%- endmacro -%}


{#- What divide_down leaves: 0 or more. -#}
{%- macro remainder(numerator, denominator) -%}
  ((({{ numerator }}) % ({{ denominator }}) + ({{ denominator }})) % ({{ denominator }}))
{%- endmacro -%}


{#- numerator / denominator of whole numbers, rounded half up. -#}
{%- macro divide_half_up(numerator, denominator) -%}
  {{ divide_down('2 * (' ~ numerator ~ ') + (' ~ denominator ~ ')', '2 * (' ~ denominator ~ ')') }}
{%- endmacro -%}


{#- Ratio for people to read, with four places; NULL when there is nothing to divide by. -#}
{%- macro ratio(numerator, denominator) -%}
  cast(cast({{ numerator }} as double) / nullif(cast({{ denominator }} as double), 0) as decimal(18, 4))
{%- endmacro -%}


{#- The day an order was placed: its number says it (O20260115-0000042). Falls back to the day in `ordered_at` if given;
    the first day of all if neither can be read, so that pruning by it never loses an order. -#}
{%- macro order_day(order_id) -%}
  coalesce(str2date(substr({{ order_id }}, 2, 8), '%Y%m%d'), cast('1970-01-01' as date))
{%- endmacro -%}


{#- Sum of an amount over what was sold: everything but cancelled orders. -#}
{%- macro sold(amount) -%}
  cast(coalesce(sum(case when not is_cancelled then {{ amount }} end), 0) as decimal(20, 2))
{%- endmacro -%}
