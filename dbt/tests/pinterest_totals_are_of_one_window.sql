-- Totals of two windows do not add up. Staging keeps the newest window; here, that it is one.
{% for report in ['campaign_analytics', 'ad_group_analytics', 'ad_analytics', 'campaign_targeting_analytics', 'ad_group_targeting_analytics', 'ad_targeting_analytics'] %}
select '{{ report }}' as report, ad_account_id, count(distinct start_date) as starts, count(distinct date) as ends
from {{ ref('stg_pinterest__' ~ report) }}
group by ad_account_id
having count(distinct start_date) > 1 or count(distinct date) > 1
{{ 'union all' if not loop.last }}
{% endfor %}
