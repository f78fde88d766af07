{#- The versions of an entity: those of the connector's stream, if it was loaded; else what the package has seen in
    its runs.

    columns: names, or (name, expression over the stream) of what the snapshot has computed already. -#}
{% macro entity_history(entities, id, columns) %}
  {%- set snapshot = ref('pinterest_' ~ entities ~ '_history') -%}
  {%- set versions = ref('stg_pinterest__' ~ entities ~ '_history') -%}
{% if source_pinterest.raw_relation(entities ~ '_history', quiet=true) %}
with versions as (
    select *, lead(updated_time) over (partition by id order by updated_time) as valid_to
    from {{ versions }}
)

select
    id as {{ id }},
    {%- for column in columns %}
    {{ column if column is string else column[1] ~ ' as ' ~ column[0] }},
    {%- endfor %}
    updated_time as valid_from,
    valid_to,
    valid_to is null as is_current
from versions
where is_listed
{% else %}
select
    {{ id }},
    {%- for column in columns %}
    {{ column if column is string else column[0] }},
    {%- endfor %}
    dbt_valid_from as valid_from,
    dbt_valid_to as valid_to,
    dbt_valid_to is null as is_current
from {{ snapshot }}
{% endif %}
{% endmacro %}
