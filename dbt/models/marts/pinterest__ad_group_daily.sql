select
    facts.date,
    facts.ad_account_id,
    ad_accounts.name as ad_account_name,
    facts.campaign_id,
    campaigns.name as campaign_name,
    facts.ad_group_id,
    ad_groups.name as ad_group_name,
    ad_groups.status as ad_group_status,
    facts.currency,
    {{- source_pinterest.metric_columns() }},
    facts.total_impression_user as reach,
    facts.delivery_metrics_final as delivery_is_final,
    facts.conversion_metrics_final as conversions_are_final
from {{ ref('fct_pinterest__ad_group_daily') }} as facts
left join {{ ref('dim_pinterest__ad_accounts') }} as ad_accounts on ad_accounts.ad_account_id = facts.ad_account_id
left join {{ ref('dim_pinterest__campaigns') }} as campaigns on campaigns.campaign_id = facts.campaign_id
left join {{ ref('dim_pinterest__ad_groups') }} as ad_groups on ad_groups.ad_group_id = facts.ad_group_id
{{ source_pinterest.join_rates(ref('fct_pinterest__ad_group_daily')) }}
