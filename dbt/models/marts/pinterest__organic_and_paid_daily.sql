with organic as (
    select date, sum(impression) as impressions, sum(pin_click) as clicks, sum(save) as saves
    from {{ ref('stg_pinterest__user_account_analytics') }}
    group by date
),

paid as (
    select date, sum(impressions) as impressions, sum(clicks) as clicks
    from {{ ref('fct_pinterest__ad_account_daily') }}
    group by date
)

select
    coalesce(organic.date, paid.date) as date,
    organic.impressions as organic_impressions,
    organic.clicks as organic_clicks,
    organic.saves as organic_saves,
    paid.impressions as paid_impressions,
    paid.clicks as paid_clicks
from organic
full outer join paid on paid.date = organic.date
