select
    facts.date,
    facts.ad_account_id,
    ad_accounts.name as ad_account_name,
    facts.campaign_id,
    campaigns.name as campaign_name,
    facts.ad_group_id,
    ad_groups.name as ad_group_name,
    facts.product_group_id,
    coalesce(product_groups.catalog_product_group_name, product_groups.definition) as product_group_name,
    facts.currency,
    {{- source_pinterest.metric_columns() }}
from {{ ref('fct_pinterest__product_group_daily') }} as facts
left join {{ ref('dim_pinterest__ad_accounts') }} as ad_accounts on ad_accounts.ad_account_id = facts.ad_account_id
left join {{ ref('dim_pinterest__campaigns') }} as campaigns on campaigns.campaign_id = facts.campaign_id
left join {{ ref('dim_pinterest__ad_groups') }} as ad_groups on ad_groups.ad_group_id = facts.ad_group_id
left join {{ ref('stg_pinterest__product_group_promotions') }} as product_groups
    on product_groups.id = facts.product_group_id
{{ source_pinterest.join_rates(ref('fct_pinterest__product_group_daily')) }}
