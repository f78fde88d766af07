{#- Parts of an address, by functions that every adapter of dbt has. -#}
{% macro url_host(column) -%}
  {{ dbt.split_part(dbt.split_part(dbt.split_part(column, "'://'", 2), "'/'", 1), "'?'", 1) }}
{%- endmacro %}

{% macro url_path(column) -%}
  {%- set page = dbt.split_part(dbt.split_part(column, "'?'", 1), "'://'", 2) -%}
  substring({{ page }}, length({{ dbt.split_part(page, "'/'", 1) }}) + 1)
{%- endmacro %}

{% macro url_parameter(column, name) -%}
  {%- set query = "concat('&', " ~ dbt.split_part(dbt.split_part(column, "'?'", 2), "'#'", 1) ~ ")" -%}
  nullif({{ dbt.split_part(dbt.split_part(query, "'&" ~ name ~ "='", 2), "'&'", 1) }}, '')
{%- endmacro %}
