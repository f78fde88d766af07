select
    id as campaign_id,
    name,
    ad_account_id,
    status,
    summary_status,
    objective_type,
    {{ source_pinterest.from_micro('daily_spend_cap') }} as daily_spend_cap,
    {{ source_pinterest.from_micro('lifetime_spend_cap') }} as lifetime_spend_cap,
    start_time,
    end_time,
    created_time,
    updated_time
from {{ ref('stg_pinterest__campaigns') }}
