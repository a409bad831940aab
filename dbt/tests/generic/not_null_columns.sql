{#- None of these columns is ever NULL. One test and one scan for a table, where `not_null` takes one for each column;
    it shows the rows, and which of the columns are empty. -#}
{% test not_null_columns(model, columns) %}
select
    *,
    concat_ws(', '{% for column in columns %}, case when {{ column }} is null then '{{ column }}' end{% endfor %}) as _empty_columns
from {{ model }}
where {% for column in columns %}{{ column }} is null{{ ' or ' if not loop.last }}{% endfor %}
{% endtest %}
