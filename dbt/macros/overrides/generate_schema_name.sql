{#- The database of a node: prefix + layer, nothing else. dbt's default would give `silver_gold`.
    Called while parsing, with the node's final configuration: the place where unsafe ones are refused. -#}
{%- macro generate_schema_name(custom_schema_name, node) -%}
  {%- do refuse_unsafe_config(node) -%}
  {{- database_of(custom_schema_name | trim if custom_schema_name else 'silver') -}}
{%- endmacro -%}


{#- The database of a layer: `bronze`, `silver` or `gold` behind the platform's prefix. -#}
{%- macro database_of(layer) -%}
  {{- return(env_var('RETAIL_DB_PREFIX', '') ~ layer) -}}
{%- endmacro -%}
