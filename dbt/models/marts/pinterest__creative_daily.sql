select
    facts.date,
    facts.ad_account_id,
    ad_accounts.name as ad_account_name,
    facts.pin_id,
    pins.title as pin_title,
    coalesce(ads.creative_type, pins.creative_type, 'unknown') as creative_type,
    facts.currency,
    {{- source_pinterest.sum_columns() }}
from {{ ref('fct_pinterest__ad_daily') }} as facts
left join {{ ref('dim_pinterest__ad_accounts') }} as ad_accounts on ad_accounts.ad_account_id = facts.ad_account_id
left join {{ ref('dim_pinterest__ads') }} as ads on ads.ad_id = facts.ad_id
left join {{ ref('stg_pinterest__pins') }} as pins on pins.id = facts.pin_id
{{ source_pinterest.join_rates(ref('fct_pinterest__ad_daily')) }}
where facts.pin_id is not null
group by 1, 2, 3, 4, 5, 6, 7
