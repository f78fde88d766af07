select
    ad_id,
    name,
    ad_account_id,
    campaign_id,
    ad_group_id,
    pin_id,
    status,
    summary_status,
    review_status,
    creative_type,
    destination_url,
    dbt_valid_from as valid_from,
    dbt_valid_to as valid_to,
    dbt_valid_to is null as is_current
from {{ ref('pinterest_ads_history') }}
