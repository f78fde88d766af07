-- Pinterest's labels of countries and regions, from its lists of places to target.
select targeting_raw_value as place, max(name) as name
from {{ ref('stg_pinterest__targeting_options') }}
where targeting_type in ('GEO', 'LOCATION', 'COUNTRY', 'REGION')
group by targeting_raw_value
