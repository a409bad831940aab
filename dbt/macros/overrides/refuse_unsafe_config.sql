{#- Refuses, while dbt parses, the configurations with which dbt-starrocks replaces a whole table by its last batch.

    `insert overwrite` without partitions, and microbatch with the adapter's default, both send
    `dynamic_overwrite = FALSE`: StarRocks then throws every other row of the table away and reports success. -#}
{%- macro refuse_unsafe_config(node) -%}
  {%- if node is not none and node.resource_type == 'model' -%}
    {%- set settings = node.config -%}
    {%- set strategy = settings.get('incremental_strategy') -%}
    {%- if settings.get('materialized') == 'incremental' -%}
      {%- if strategy == 'insert_overwrite' -%}
        {%- do exceptions.raise_compiler_error(
              node.name ~ ": incremental_strategy 'insert_overwrite' replaces the whole table by the last batch; use "
              ~ "'dynamic_overwrite' with partition_by, or materialized: keyed") -%}
      {%- elif strategy == 'dynamic_overwrite' and not settings.get('partition_by') -%}
        {%- do exceptions.raise_compiler_error(
              node.name ~ ": 'dynamic_overwrite' without partition_by has one partition, the whole table; set partition_by") -%}
      {%- elif strategy == 'microbatch'
            and not (settings.get('partition_by') and settings.get('microbatch_use_dynamic_overwrite')) -%}
        {%- do exceptions.raise_compiler_error(
              node.name ~ ": microbatch replaces the whole table by its last batch unless partition_by and "
              ~ "microbatch_use_dynamic_overwrite: true are both set") -%}
      {%- endif -%}
    {%- elif settings.get('materialized') == 'keyed' and not settings.get('unique_key') -%}
      {%- do exceptions.raise_compiler_error(node.name ~ ": materialized 'keyed' needs unique_key") -%}
    {%- endif -%}
  {%- endif -%}
{%- endmacro -%}
