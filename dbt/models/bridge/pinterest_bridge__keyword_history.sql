{#- written by script/generate_dbt from bridge.yaml -#}
{{ config(alias='keyword_history') }}
select
    cast(rows_.id as {{ source_pinterest.pinterest_type('text') }}) as id,
    cast(rows_.id as {{ source_pinterest.pinterest_type('text') }}) as _fivetran_id,
    cast(rows_._loaded_at as {{ source_pinterest.pinterest_type('timestamp') }}) as _fivetran_synced,
    cast(rows_.ad_account_id as {{ source_pinterest.pinterest_type('text') }}) as advertiser_id,
    cast(coalesce(ad_groups.campaign_id, campaigns.id) as {{ source_pinterest.pinterest_type('text') }}) as campaign_id,
    cast(ad_groups.id as {{ source_pinterest.pinterest_type('text') }}) as ad_group_id,
    cast(rows_.archived as {{ source_pinterest.pinterest_type('boolean') }}) as archived,
    cast(rows_.bid as {{ source_pinterest.pinterest_type('integer') }}) as bid,
    cast(rows_.match_type as {{ source_pinterest.pinterest_type('text') }}) as match_type,
    cast(rows_.parent_type as {{ source_pinterest.pinterest_type('text') }}) as parent_type,
    cast(rows_.value as {{ source_pinterest.pinterest_type('text') }}) as value
from {{ ref('stg_pinterest__keywords') }} as rows_ left join {{ ref('stg_pinterest__ad_groups') }} as ad_groups on ad_groups.id = rows_.parent_id left join {{ ref('stg_pinterest__campaigns') }} as campaigns on campaigns.id = rows_.parent_id
