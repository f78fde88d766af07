{#- A text in an object that is kept as JSON text. -#}
{% macro json_text(column, name) %}{{ adapter.dispatch('json_text', 'source_pinterest')(column, name) }}{% endmacro %}
{% macro default__json_text(column, name) %}json_value({{ column }}, '$.{{ name }}'){% endmacro %}
{% macro duckdb__json_text(column, name) %}json_extract_string({{ column }}, '$.{{ name }}'){% endmacro %}
{% macro postgres__json_text(column, name) %}(cast({{ column }} as json) ->> '{{ name }}'){% endmacro %}
{% macro redshift__json_text(column, name) %}json_extract_path_text({{ column }}, '{{ name }}'){% endmacro %}
{% macro snowflake__json_text(column, name) %}cast(get(parse_json({{ column }}), '{{ name }}') as text){% endmacro %}
