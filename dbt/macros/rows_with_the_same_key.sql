{#- Of the tables as they were loaded: rows that share a key. by='load': the whole key, loaded at one instant (or,
    where no column says when, at all). by='id': entities that a list has under several names. -#}
{% macro rows_with_the_same_key(by) %}
  {%- set parts = [] -%}
  {%- if execute -%}
    {%- for stream, key in source_pinterest.pinterest_keys().items() if by == 'load' or ('id' in key and 'name' in key) -%}
      {%- set relation = source_pinterest.raw_relation(stream, quiet=true) -%}
      {%- if relation -%}
        {%- set found = {} -%}
        {%- for column in adapter.get_columns_in_relation(relation) -%}{%- do found.update({column.name | lower: adapter.quote(column.name)}) -%}{%- endfor -%}
        {%- set loaded_at = source_pinterest.loaded_at_of(found) -%}
        {%- set columns = [] -%}
        {%- for name in (key if by == 'load' else ['id']) -%}{%- do columns.append(found[name | lower]) -%}{%- endfor -%}
        {%- if by == 'load' and loaded_at -%}{%- do columns.append(found[loaded_at]) -%}{%- endif -%}
        {%- set part -%}
select '{{ stream }}' as stream, cast({{ columns[0] }} as {{ source_pinterest.pinterest_type('text') }}) as first_of_the_key, count(*) as rows_with_this_key
from {{ relation }}
group by {{ columns | join(', ') }}
having count(*) > 1
        {%- endset -%}
        {%- do parts.append(part) -%}
      {%- endif -%}
    {%- endfor -%}
  {%- else -%}
    {#- so that dbt knows what the test depends on -#}
    {%- for stream in source_pinterest.pinterest_keys() -%}{%- do source('pinterest', stream) -%}{%- endfor -%}
  {%- endif -%}
{{ parts | join('\nunion all\n') if parts else 'select 1 as nothing_was_loaded where 1 = 0' }}
{% endmacro %}
