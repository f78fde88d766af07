select id as ad_account_id, name, currency, country, time_zone, created_time, updated_time
from {{ ref('stg_pinterest__ad_accounts') }}
