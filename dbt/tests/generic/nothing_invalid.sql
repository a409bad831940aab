{#- Every text the feed sent could be read as the type it should have. Shows where it could not: the columns' names. -#}
{% test nothing_invalid(model) %}
select * from {{ model }} where _invalid_columns is not null
{% endtest %}
