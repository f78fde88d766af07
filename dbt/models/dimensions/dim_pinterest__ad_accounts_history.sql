select
    ad_account_id,
    name,
    currency,
    country,
    time_zone,
    dbt_valid_from as valid_from,
    dbt_valid_to as valid_to,
    dbt_valid_to is null as is_current
from {{ ref('pinterest_ad_accounts_history') }}
