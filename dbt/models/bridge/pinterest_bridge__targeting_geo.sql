{#- written by script/generate_dbt from bridge.yaml -#}
{{ config(alias='targeting_geo') }}
select
    cast(rows_.targeting_raw_value as {{ source_pinterest.pinterest_type('text') }}) as country_id,
    cast(coalesce(places.name, rows_.targeting_raw_value) as {{ source_pinterest.pinterest_type('text') }}) as country_name,
    cast(rows_._loaded_at as {{ source_pinterest.pinterest_type('timestamp') }}) as _fivetran_synced
from (select targeting_raw_value, max(_loaded_at) as _loaded_at from {{ ref('stg_pinterest__ad_targeting_analytics_daily') }} where targeting_type = 'COUNTRY' group by targeting_raw_value) as rows_ left join {{ ref('dim_pinterest__places') }} as places on places.place = rows_.targeting_raw_value
