select
    campaign_id,
    name,
    ad_account_id,
    status,
    summary_status,
    objective_type,
    daily_spend_cap,
    lifetime_spend_cap,
    start_time,
    end_time,
    dbt_valid_from as valid_from,
    dbt_valid_to as valid_to,
    dbt_valid_to is null as is_current
from {{ ref('pinterest_campaigns_history') }}
