{#- The versions of an entity cover time without gap or overlap, and the last one is the current one. -#}
{% test periods_connect(model, key) %}
with versions as (
    select
        {{ key }}, valid_from, valid_to, is_current,
        lead(valid_from) over (partition by {{ key }} order by valid_from) as next_from
    from {{ model }}
)
select * from versions
where valid_from >= valid_to
   or valid_to <> coalesce(next_from, cast('{{ var('end_of_time') }}' as date))
   or is_current <> (next_from is null)
{% endtest %}
