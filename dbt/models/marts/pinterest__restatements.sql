with numbered as (
    select
        *,
        row_number() over (partition by campaign_id, date order by dbt_valid_from) as version,
        count(*) over (partition by campaign_id, date) as versions
    from {{ ref('pinterest_campaign_daily_history') }}
),

changed as (
    select
        ad_account_id,
        campaign_id,
        date,
        currency,
        versions,
        min(dbt_valid_from) as first_read_at,
        max(dbt_valid_from) as last_changed_at
        {%- for metric in ['spend', 'conversions', 'checkout_value'] %},
        max(case when version = 1 then {{ metric }} end) as first_{{ metric }},
        max(case when version = versions then {{ metric }} end) as {{ metric }}
        {%- endfor %}
    from numbered
    where versions > 1
    group by ad_account_id, campaign_id, date, currency, versions
)

select
    changed.date,
    changed.ad_account_id,
    ad_accounts.name as ad_account_name,
    changed.campaign_id,
    campaigns.name as campaign_name,
    changed.currency,
    changed.first_read_at,
    changed.last_changed_at,
    changed.versions
    {%- for metric in ['spend', 'conversions', 'checkout_value'] %},
    changed.first_{{ metric }},
    changed.{{ metric }},
    coalesce(changed.{{ metric }}, 0) - coalesce(changed.first_{{ metric }}, 0) as {{ metric }}_change
    {%- endfor %}
from changed
left join {{ ref('dim_pinterest__ad_accounts') }} as ad_accounts on ad_accounts.ad_account_id = changed.ad_account_id
left join {{ ref('dim_pinterest__campaigns') }} as campaigns on campaigns.campaign_id = changed.campaign_id
