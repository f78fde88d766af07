-- The newest day of each ad account that is loaded by day is not too old.
with newest as (
    select max(date) as date from {{ ref('fct_pinterest__ad_daily') }}
    union all
    select max(date) as date from {{ ref('fct_pinterest__ad_account_daily') }}
)

select max(date) as newest_date
from newest
having max(date) < {{ dbt.dateadd('day', -1 * var('pinterest_freshness_days') | int, source_pinterest.today()) }}
