{#- The types of the package, by a word. Another destination: a macro `<adapter>__pinterest_type`. -#}
{% macro pinterest_type(kind) %}{{ return(adapter.dispatch('pinterest_type', 'source_pinterest')(kind)) }}{% endmacro %}

{% macro default__pinterest_type(kind) %}
  {%- set types = {
    'text': dbt.type_string(), 'date': 'date', 'timestamp': 'timestamp', 'boolean': dbt.type_boolean(),
    'integer': dbt.type_bigint(), 'number': 'double precision', 'money': 'decimal(28, 6)',
  } -%}
  {{ return(types[kind]) }}
{% endmacro %}

{% macro bigquery__pinterest_type(kind) %}
  {%- set types = {
    'text': 'string', 'date': 'date', 'timestamp': 'timestamp', 'boolean': 'boolean',
    'integer': 'int64', 'number': 'float64', 'money': 'numeric',
  } -%}
  {{ return(types[kind]) }}
{% endmacro %}

{#- A column as the loader wrote it, as the type that the package wants. `written`: the loader's type. -#}
{% macro pinterest_cast(column, kind, written='') %}
  {%- set written = written | lower -%}
  {%- if kind == 'seconds' -%}
    {%- if 'timestamp' in written -%}
      {{ source_pinterest.pinterest_cast(column, 'timestamp', written) }}
    {%- else -%}
      {{ source_pinterest.from_seconds(column) }}
    {%- endif -%}
  {%- elif kind == 'timestamp' and ('time zone' in written or 'timestamptz' in written) -%}
    {{ source_pinterest.without_zone(column) }}
  {%- else -%}
    cast({{ column }} as {{ source_pinterest.pinterest_type(kind) }})
  {%- endif -%}
{% endmacro %}

{#- Seconds since 1970 as a timestamp in UTC without a zone. -#}
{% macro from_seconds(column) %}{{ adapter.dispatch('from_seconds', 'source_pinterest')(column) }}{% endmacro %}
{% macro default__from_seconds(column) %}(to_timestamp({{ column }}) at time zone 'UTC'){% endmacro %}
{% macro duckdb__from_seconds(column) %}make_timestamp(cast({{ column }} as bigint) * 1000000){% endmacro %}
{% macro bigquery__from_seconds(column) %}timestamp_seconds(cast({{ column }} as int64)){% endmacro %}
{% macro snowflake__from_seconds(column) %}to_timestamp_ntz(cast({{ column }} as integer)){% endmacro %}

{% macro without_zone(column) %}{{ adapter.dispatch('without_zone', 'source_pinterest')(column) }}{% endmacro %}
{% macro default__without_zone(column) %}({{ column }} at time zone 'UTC'){% endmacro %}
{% macro duckdb__without_zone(column) %}make_timestamp(epoch_us({{ column }})){% endmacro %}
{% macro bigquery__without_zone(column) %}cast({{ column }} as timestamp){% endmacro %}
{% macro snowflake__without_zone(column) %}cast(convert_timezone('UTC', {{ column }}) as timestamp_ntz){% endmacro %}

{#- Millionths of a currency as an amount of it, exact: no division, which some engines do in floats. -#}
{% macro from_micro(column) -%}
  cast(cast({{ column }} as {{ source_pinterest.pinterest_type('money') }}) * cast(0.000001 as decimal(7, 6)) as {{ source_pinterest.pinterest_type('money') }})
{%- endmacro %}

{#- A quotient that is null where there is nothing to divide by. -#}
{% macro ratio(above, below) -%}
  cast({{ above }} as {{ source_pinterest.pinterest_type('number') }}) / nullif(cast({{ below }} as {{ source_pinterest.pinterest_type('number') }}), 0)
{%- endmacro %}

{% macro today() -%}
  {%- if var('pinterest_today') -%} cast('{{ var('pinterest_today') }}' as date) {%- else -%} cast({{ dbt.current_timestamp() }} as date) {%- endif -%}
{%- endmacro %}
