-- The totals of a window and the days in it are read by different requests: what is missing from one of them
-- shows here, a day that is missing everywhere too.
with totals as (
    select ad_account_id, start_date, date as end_date, sum(coalesce({{ source_pinterest.from_micro('spend_in_micro_dollar') }}, spend_in_dollar, 0)) as spend
    from {{ ref('stg_pinterest__campaign_analytics') }}
    group by ad_account_id, start_date, date
),

days as (
    select totals.ad_account_id, sum(coalesce(facts.spend, 0)) as spend, min(facts.date) as first_date
    from totals
    join {{ ref('fct_pinterest__campaign_daily') }} as facts
        on facts.ad_account_id = totals.ad_account_id and facts.date between totals.start_date and totals.end_date
    group by totals.ad_account_id
)

select totals.ad_account_id, totals.start_date, totals.end_date, totals.spend as spend_of_the_total, days.spend as spend_of_its_days
from totals
join days on days.ad_account_id = totals.ad_account_id
where abs(totals.spend - days.spend) > {{ var('pinterest_tolerance') }} * 0.000001
