{#- written by script/generate_dbt from bridge.yaml -#}
{{ config(alias='pin_promotion_history') }}
select
    cast(rows_.id as {{ source_pinterest.pinterest_type('text') }}) as id,
    cast(rows_._loaded_at as {{ source_pinterest.pinterest_type('timestamp') }}) as _fivetran_synced,
    cast(rows_.ad_account_id as {{ source_pinterest.pinterest_type('text') }}) as ad_account_id,
    cast(rows_.ad_group_id as {{ source_pinterest.pinterest_type('text') }}) as ad_group_id,
    cast(rows_.pin_id as {{ source_pinterest.pinterest_type('text') }}) as pin_id,
    cast(rows_.name as {{ source_pinterest.pinterest_type('text') }}) as name,
    cast(rows_.status as {{ source_pinterest.pinterest_type('text') }}) as status,
    cast(rows_.review_status as {{ source_pinterest.pinterest_type('text') }}) as review_status,
    cast(rows_.creative_type as {{ source_pinterest.pinterest_type('text') }}) as creative_type,
    cast(rows_.destination_url as {{ source_pinterest.pinterest_type('text') }}) as destination_url,
    cast(rows_.android_deep_link as {{ source_pinterest.pinterest_type('text') }}) as android_deep_link,
    cast(rows_.ios_deep_link as {{ source_pinterest.pinterest_type('text') }}) as ios_deep_link,
    cast(rows_.click_tracking_url as {{ source_pinterest.pinterest_type('text') }}) as click_tracking_url,
    cast(rows_.view_tracking_url as {{ source_pinterest.pinterest_type('text') }}) as view_tracking_url,
    cast(rows_.is_pin_deleted as {{ source_pinterest.pinterest_type('boolean') }}) as is_pin_deleted,
    cast(rows_.is_removable as {{ source_pinterest.pinterest_type('boolean') }}) as is_removable,
    cast(rows_.created_time as {{ source_pinterest.pinterest_type('timestamp') }}) as created_time,
    cast(rows_.updated_time as {{ source_pinterest.pinterest_type('timestamp') }}) as updated_time
from {{ ref('stg_pinterest__ads') }} as rows_
