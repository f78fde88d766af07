with totals as (
    select
        'campaign' as level,
        totals.campaign_id as entity_id,
        totals.ad_account_id,
        entities.name,
        totals.start_date,
        totals.date as end_date,
        totals.currency,
        coalesce({{ source_pinterest.from_micro('totals.spend_in_micro_dollar') }}, totals.spend_in_dollar) as spend,
        coalesce(totals.impression_1, totals.paid_impression) as impressions,
        totals.clickthrough_1 as clicks,
        totals.total_checkout as checkouts,
        {{ source_pinterest.from_micro('totals.total_checkout_value_in_micro_dollar') }} as checkout_value,
        totals.total_impression_user as people_reached,
        totals.total_impression_frequency as frequency
    from {{ ref('stg_pinterest__campaign_analytics') }} as totals
    left join {{ ref('dim_pinterest__campaigns') }} as entities on entities.campaign_id = totals.campaign_id
    union all
    select
        'ad_group' as level,
        totals.ad_group_id as entity_id,
        totals.ad_account_id,
        entities.name,
        totals.start_date,
        totals.date as end_date,
        totals.currency,
        coalesce({{ source_pinterest.from_micro('totals.spend_in_micro_dollar') }}, totals.spend_in_dollar) as spend,
        coalesce(totals.impression_1, totals.paid_impression) as impressions,
        totals.clickthrough_1 as clicks,
        totals.total_checkout as checkouts,
        {{ source_pinterest.from_micro('totals.total_checkout_value_in_micro_dollar') }} as checkout_value,
        totals.total_impression_user as people_reached,
        totals.total_impression_frequency as frequency
    from {{ ref('stg_pinterest__ad_group_analytics') }} as totals
    left join {{ ref('dim_pinterest__ad_groups') }} as entities on entities.ad_group_id = totals.ad_group_id
    union all
    select
        'ad' as level,
        totals.ad_id as entity_id,
        totals.ad_account_id,
        entities.name,
        totals.start_date,
        totals.date as end_date,
        totals.currency,
        coalesce({{ source_pinterest.from_micro('totals.spend_in_micro_dollar') }}, totals.spend_in_dollar) as spend,
        coalesce(totals.impression_1, totals.paid_impression) as impressions,
        totals.clickthrough_1 as clicks,
        totals.total_checkout as checkouts,
        {{ source_pinterest.from_micro('totals.total_checkout_value_in_micro_dollar') }} as checkout_value,
        totals.total_impression_user as people_reached,
        totals.total_impression_frequency as frequency
    from {{ ref('stg_pinterest__ad_analytics') }} as totals
    left join {{ ref('dim_pinterest__ads') }} as entities on entities.ad_id = totals.ad_id
)

select
    totals.level,
    totals.entity_id,
    totals.ad_account_id,
    ad_accounts.name as ad_account_name,
    totals.name,
    totals.start_date,
    totals.end_date,
    totals.currency,
    totals.spend,
    totals.impressions,
    totals.clicks,
    totals.checkouts,
    totals.checkout_value,
    totals.people_reached,
    totals.frequency
from totals
left join {{ ref('dim_pinterest__ad_accounts') }} as ad_accounts on ad_accounts.ad_account_id = totals.ad_account_id
