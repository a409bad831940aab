{#- Customers as they were, one row per version; fct_sales.customer_key points here.

    A view: the history is kept in int_customers_history, and a second copy could only be late. -#}
{{ config(materialized='view') }}

with history as (
    select * from {{ ref('int_customers_history') }}
),

final as (
    select
        {{ version_key('customer_id', 'valid_from') }} as customer_key,
        customer_id,
        valid_from,
        valid_to,
        is_current,
        version_number,
        first_name,
        last_name,
        email,
        phone,
        street,
        city,
        region,
        postal_code,
        country,
        tier,
        marketing_opt_in,
        status,
        signed_up_at,
        updated_at
    from history
)

select * from final
