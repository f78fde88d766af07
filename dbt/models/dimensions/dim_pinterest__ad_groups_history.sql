select
    ad_group_id,
    name,
    ad_account_id,
    campaign_id,
    status,
    summary_status,
    budget_type,
    budget,
    bid,
    pacing_delivery_type,
    placement_group,
    start_time,
    end_time,
    dbt_valid_from as valid_from,
    dbt_valid_to as valid_to,
    dbt_valid_to is null as is_current
from {{ ref('pinterest_ad_groups_history') }}
