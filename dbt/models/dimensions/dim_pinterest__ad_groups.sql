select
    id as ad_group_id,
    name,
    ad_account_id,
    campaign_id,
    status,
    summary_status,
    budget_type,
    {{ source_pinterest.from_micro('budget_in_micro_currency') }} as budget,
    {{ source_pinterest.from_micro('bid_in_micro_currency') }} as bid,
    bid_strategy_type,
    billable_event,
    pacing_delivery_type,
    placement_group,
    start_time,
    end_time,
    created_time,
    updated_time
from {{ ref('stg_pinterest__ad_groups') }}
