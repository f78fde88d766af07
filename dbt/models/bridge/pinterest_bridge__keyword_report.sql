{#- written by script/generate_dbt from bridge.yaml -#}
{{ config(alias='keyword_report') }}
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
    cast(rows_.ad_group_id as {{ source_pinterest.pinterest_type('text') }}) as ad_group_id,
    cast(ad_groups.name as {{ source_pinterest.pinterest_type('text') }}) as ad_group_name,
    cast(ad_groups.status as {{ source_pinterest.pinterest_type('text') }}) as ad_group_status,
    cast(coalesce(keywords.keyword_id, rows_.targeting_raw_value) as {{ source_pinterest.pinterest_type('text') }}) as keyword_id,
    cast(null as {{ source_pinterest.pinterest_type('text') }}) as pin_promotion_id
from {{ ref('stg_pinterest__ad_group_targeting_analytics_daily') }} as rows_ left join {{ ref('stg_pinterest__ad_groups') }} as ad_groups on ad_groups.id = rows_.ad_group_id left join {{ ref('dim_pinterest__keywords') }} as keywords on keywords.ad_group_id = rows_.ad_group_id and keywords.keyword = rows_.targeting_raw_value left join {{ ref('stg_pinterest__keyword_conversions_daily') }} as conversions on conversions.keyword_id = keywords.keyword_id and conversions.date = rows_.date
where rows_.targeting_type = 'KEYWORD'
