select
    facts.date,
    facts.ad_account_id,
    ad_accounts.name as ad_account_name,
    ads.destination_url,
    ads.base_url,
    ads.url_host,
    ads.url_path,
    ads.utm_source,
    ads.utm_medium,
    ads.utm_campaign,
    ads.utm_content,
    ads.utm_term,
    facts.currency,
    {{- source_pinterest.sum_columns() }}
from {{ ref('fct_pinterest__ad_daily') }} as facts
left join {{ ref('dim_pinterest__ad_accounts') }} as ad_accounts on ad_accounts.ad_account_id = facts.ad_account_id
left join {{ ref('dim_pinterest__ads') }} as ads on ads.ad_id = facts.ad_id
{{ source_pinterest.join_rates(ref('fct_pinterest__ad_daily')) }}
where ads.destination_url is not null
group by 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13
