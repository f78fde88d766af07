{#- The columns in which loaders write when a row came, the first that is there is taken. -#}
{% macro loaded_at_columns() %}
  {{ return(['_extracted_at', '_airbyte_extracted_at', '_airbyte_emitted_at', '_sdc_extracted_at', '_sdc_batched_at', '_fivetran_synced']) }}
{% endmacro %}

{#- The one of them that a table has, in small letters; `found`: its columns by their names in small letters. -#}
{% macro loaded_at_of(found) %}
  {%- set wanted = [var('pinterest_loaded_at_column')] if var('pinterest_loaded_at_column') else source_pinterest.loaded_at_columns() -%}
  {{ return(wanted | map('lower') | select('in', found) | first) }}
{% endmacro %}

{#- One row for each key: the newest that was loaded.

    columns: (name at Pinterest, name here, kind) of each. A column is found whatever its case; one that is not
    there is null, and a stream that was not loaded is an empty view: a log line says so.
    totals: rows of the newest window of each ad account only. -#}
{% macro stage(stream, key, columns, totals=false) %}
  {%- set relation = source_pinterest.raw_relation(stream) -%}
  {#- While dbt only reads the project, the text is of no use, and there are many columns. -#}
  {%- if not execute -%} {{ return('') }} {%- endif -%}
  {%- set found = {} -%}
  {%- if relation -%}
    {%- for column in adapter.get_columns_in_relation(relation) -%}
      {%- do found.update({column.name | lower: column}) -%}
    {%- endfor -%}
  {%- endif -%}
  {%- set loaded_at = source_pinterest.loaded_at_of(found) -%}
  {%- set types = {} -%}
  {%- for kind in columns | map(attribute=2) | unique if kind != 'seconds' -%}
    {%- do types.update({kind: source_pinterest.pinterest_type(kind)}) -%}
  {%- endfor -%}
  {%- do types.update({'timestamp': source_pinterest.pinterest_type('timestamp')}) -%}
with loaded as (
    select
        {%- for name, alias, kind in columns %}
        {% if name | lower in found -%}
        {%- set column = found[name | lower] -%}
        {%- if kind in ('seconds', 'timestamp') -%}
        {{ source_pinterest.pinterest_cast(adapter.quote(column.name), kind, column.dtype) }} as {{ alias }},
        {%- else -%}
        cast({{ adapter.quote(column.name) }} as {{ types[kind] }}) as {{ alias }},
        {%- endif -%}
        {%- else -%}
        cast(null as {{ types['timestamp' if kind == 'seconds' else kind] }}) as {{ alias }},
        {%- endif -%}
        {%- endfor %}
        {% if loaded_at -%}
        {{ source_pinterest.pinterest_cast(adapter.quote(found[loaded_at].name), 'timestamp', found[loaded_at].dtype) }} as _loaded_at
        {%- else -%}
        cast(null as {{ types['timestamp'] }}) as _loaded_at
        {%- endif %}
    {% if relation -%}
    from {{ relation }}
    {%- else -%}
    where 1 = 0
    {%- endif %}
),

numbered as (
    select
        *,
        row_number() over (
            partition by {{ key | join(', ') }}
            order by
                case when _loaded_at is null then 1 else 0 end,
                _loaded_at desc
                {%- if 'updated_time' in columns | map(attribute=1) and not totals %},
                case when updated_time is null then 1 else 0 end,
                updated_time desc
                {%- endif %}
                {%- if totals %},
                date desc
                {%- endif %}
        ) as _version
        {%- if totals %},
        max(date) over (partition by ad_account_id) as _newest_date
        {%- endif %}
    from loaded
)

select
    {%- for name, alias, kind in columns %}
    {{ alias }},
    {%- endfor %}
    _loaded_at
from numbered
where _version = 1
{%- if totals %} and date = _newest_date{% endif %}
{% endmacro %}

{#- The table of a stream, or none where there is none. Where there is no table at all, the schema is wrong. -#}
{% macro raw_relation(stream, quiet=false) %}
  {%- set source_relation = source('pinterest', stream) -%}
  {%- if not execute -%} {{ return(source_relation) }} {%- endif -%}
  {%- set relation = load_relation(source_relation) -%}
  {%- if relation is none -%}
    {%- set there = [] -%}
    {%- for each in graph.sources.values() if each.source_name == 'pinterest' and not there -%}
      {%- if adapter.get_relation(each.database, each.schema, each.identifier) -%}{%- do there.append(each.name) -%}{%- endif -%}
    {%- endfor -%}
    {%- if not there -%}
      {{ exceptions.raise_compiler_error("No table of the Pinterest connector in " ~ source_relation.database ~ "." ~ source_relation.schema ~ ". Name the database and the schema that it was loaded into: --vars '{pinterest_database: …, pinterest_schema: …}'.") }}
    {%- endif -%}
    {%- if not quiet -%}{%- do log('pinterest: ' ~ stream ~ ' was not loaded: its models are empty', info=true) -%}{%- endif -%}
  {%- endif -%}
  {{ return(relation) }}
{% endmacro %}
