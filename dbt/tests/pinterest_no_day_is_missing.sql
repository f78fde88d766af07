-- Ad accounts that spent on the days around one, and have no row of that day at any level.
{{ config(severity='warn') }}
with days as (
    select ad_account_id, date, lag(date) over (partition by ad_account_id order by date) as day_before
    from (select distinct ad_account_id, date from {{ ref('fct_pinterest__ad_account_daily') }}) as each_day
)

select ad_account_id, day_before, date as next_day
from days
where date > {{ dbt.dateadd('day', 1, 'day_before') }}
