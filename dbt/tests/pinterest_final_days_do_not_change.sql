-- A day that Pinterest had closed has the numbers that it had then.
{{ config(severity='warn') }}
select campaign_id, date, count(*) as versions_since_it_was_final
from {{ ref('pinterest_campaign_daily_history') }}
where delivery_is_final and conversions_are_final
group by campaign_id, date
having count(*) > 1
