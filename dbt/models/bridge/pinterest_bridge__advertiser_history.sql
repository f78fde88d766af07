{#- written by script/generate_dbt from bridge.yaml -#}
{{ config(alias='advertiser_history') }}
select
    cast(rows_.id as {{ source_pinterest.pinterest_type('text') }}) as id,
    cast(rows_._loaded_at as {{ source_pinterest.pinterest_type('timestamp') }}) as _fivetran_synced,
    cast(rows_.name as {{ source_pinterest.pinterest_type('text') }}) as name,
    cast(rows_.country as {{ source_pinterest.pinterest_type('text') }}) as country,
    cast(rows_.currency as {{ source_pinterest.pinterest_type('text') }}) as currency,
    cast(rows_.created_time as {{ source_pinterest.pinterest_type('timestamp') }}) as created_time,
    cast(coalesce(rows_.updated_time, rows_.created_time) as {{ source_pinterest.pinterest_type('timestamp') }}) as updated_time,
    cast({{ source_pinterest.json_text('rows_.owner', 'id') }} as {{ source_pinterest.pinterest_type('text') }}) as owner_user_id,
    cast({{ source_pinterest.json_text('rows_.owner', 'username') }} as {{ source_pinterest.pinterest_type('text') }}) as owner_username,
    cast(rows_.permissions as {{ source_pinterest.pinterest_type('text') }}) as permissions
from {{ ref('stg_pinterest__ad_accounts') }} as rows_
