{#- written by script/generate_dbt from bridge.yaml -#}
{{ config(alias='campaign_report') }}
select
    cast(rows_._loaded_at as {{ source_pinterest.pinterest_type('timestamp') }}) as _fivetran_synced,
    cast(rows_.date as {{ source_pinterest.pinterest_type('timestamp') }}) as date,
    cast(coalesce(rows_.impression_1, rows_.paid_impression) as {{ source_pinterest.pinterest_type('integer') }}) as impression_1,
    cast(rows_.impression_2 as {{ source_pinterest.pinterest_type('integer') }}) as impression_2,
    cast(rows_.clickthrough_1 as {{ source_pinterest.pinterest_type('integer') }}) as clickthrough_1,
    cast(rows_.clickthrough_2 as {{ source_pinterest.pinterest_type('integer') }}) as clickthrough_2,
    cast(coalesce(rows_.spend_in_micro_dollar, rows_.spend_in_dollar * 1000000) as {{ source_pinterest.pinterest_type('integer') }}) as spend_in_micro_dollar,
    cast(rows_.total_conversions as {{ source_pinterest.pinterest_type('integer') }}) as total_conversions,
    cast(conversions.total_conversions_quantity as {{ source_pinterest.pinterest_type('integer') }}) as total_conversions_quantity,
    cast(conversions.total_conversions_value_in_micro_dollar as {{ source_pinterest.pinterest_type('integer') }}) as total_conversions_value_in_micro_dollar,
    cast(rows_.ad_account_id as {{ source_pinterest.pinterest_type('text') }}) as advertiser_id,
    cast(rows_.campaign_id as {{ source_pinterest.pinterest_type('text') }}) as campaign_id,
    cast(campaigns.name as {{ source_pinterest.pinterest_type('text') }}) as campaign_name,
    cast(campaigns.status as {{ source_pinterest.pinterest_type('text') }}) as campaign_status
from {{ ref('stg_pinterest__campaign_analytics_daily') }} as rows_ left join {{ ref('stg_pinterest__campaigns') }} as campaigns on campaigns.id = rows_.campaign_id left join {{ ref('stg_pinterest__campaign_conversions_daily') }} as conversions on conversions.campaign_id = rows_.campaign_id and conversions.date = rows_.date
