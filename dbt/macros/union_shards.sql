{#- Puts the tables of several connections together, for ad accounts that are split over them: a view of each
    stream in the schema `pinterest_schema`, over the tables in all schemas of `pinterest_shards`. A column that
    one of them does not have is null there. Rows of the same key are left to the staging models, which take the
    newest. Runs before everything else; without `pinterest_shards` it does nothing. -#}
{% macro union_shards() %}
  {%- if execute and var('pinterest_shards') -%}
    {%- set views = [] -%}
    {%- for each in graph.sources.values() if each.source_name == 'pinterest' -%}
      {%- set relations = [] -%}
      {%- for shard in var('pinterest_shards') -%}
        {%- set parts = shard.split('.') -%}
        {%- set database = parts[0] if parts | length > 1 else each.database -%}
        {%- set relation = adapter.get_relation(database, parts[-1], each.identifier) -%}
        {%- if relation -%}{%- do relations.append(relation) -%}{%- endif -%}
      {%- endfor -%}
      {%- if relations -%}{%- do views.append([each, relations]) -%}{%- endif -%}
    {%- endfor -%}
    {%- if not views -%}
      {{ exceptions.raise_compiler_error("No table of the Pinterest connector in the schemas of `pinterest_shards`: " ~ var('pinterest_shards') | join(', ') ~ ".") }}
    {%- endif -%}
    {%- set first = views[0][0] -%}
    {%- do adapter.create_schema(api.Relation.create(database=first.database, schema=first.schema)) -%}
    {%- for each, relations in views -%}
      {%- do run_query(source_pinterest.union_of(each, relations)) -%}
    {%- endfor -%}
    {%- do adapter.commit() -%}
    {%- do log('pinterest: ' ~ views | length ~ ' streams of ' ~ var('pinterest_shards') | length ~ ' connections, in ' ~ first.schema, info=true) -%}
  {%- endif -%}
{% endmacro %}

{% macro union_of(each, relations) %}
  {%- set types = {} -%}
  {%- set columns = [] -%}
  {%- for relation in relations -%}
    {%- set found = {} -%}
    {%- for column in adapter.get_columns_in_relation(relation) -%}
      {%- do found.update({column.name: column.dtype}) -%}
      {%- if column.name not in types -%}{%- do types.update({column.name: column.dtype}) -%}{%- endif -%}
    {%- endfor -%}
    {%- do columns.append(found) -%}
  {%- endfor -%}
create or replace view {{ api.Relation.create(database=each.database, schema=each.schema, identifier=each.identifier) }} as
  {%- for relation in relations %}
  {%- set found = columns[loop.index0] %}
  select
    {%- for name, type in types.items() %}
    {% if name in found -%}{{ adapter.quote(name) }}{%- else -%}cast(null as {{ type }}) as {{ adapter.quote(name) }}{%- endif -%}
    {%- if not loop.last %},{% endif -%}
    {%- endfor %}
  from {{ relation }}
  {%- if not loop.last %}
  union all
  {%- endif -%}
  {%- endfor -%}
{% endmacro %}
