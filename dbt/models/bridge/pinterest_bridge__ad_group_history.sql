{#- written by script/generate_dbt from bridge.yaml -#}
{{ config(alias='ad_group_history') }}
select
    cast(rows_.id as {{ source_pinterest.pinterest_type('text') }}) as id,
    cast(rows_._loaded_at as {{ source_pinterest.pinterest_type('timestamp') }}) as _fivetran_synced,
    cast(rows_.ad_account_id as {{ source_pinterest.pinterest_type('text') }}) as ad_account_id,
    cast(rows_.campaign_id as {{ source_pinterest.pinterest_type('text') }}) as campaign_id,
    cast(rows_.name as {{ source_pinterest.pinterest_type('text') }}) as name,
    cast(rows_.status as {{ source_pinterest.pinterest_type('text') }}) as status,
    cast(rows_.summary_status as {{ source_pinterest.pinterest_type('text') }}) as summary_status,
    cast(rows_.pacing_delivery_type as {{ source_pinterest.pinterest_type('text') }}) as pacing_delivery_type,
    cast(rows_.placement_group as {{ source_pinterest.pinterest_type('text') }}) as placement_group,
    cast(rows_.created_time as {{ source_pinterest.pinterest_type('timestamp') }}) as created_time,
    cast(rows_.start_time as {{ source_pinterest.pinterest_type('timestamp') }}) as start_time,
    cast(rows_.end_time as {{ source_pinterest.pinterest_type('timestamp') }}) as end_time
from {{ ref('stg_pinterest__ad_groups') }} as rows_
