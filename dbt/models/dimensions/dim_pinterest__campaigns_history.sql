-- depends_on: {{ ref('pinterest_campaigns_history') }}
{#- The versions of the connector's stream, if it was loaded; else what the package has seen in its runs. -#}
{% if source_pinterest.raw_relation('campaigns_history', quiet=true) %}
with versions as (
    select *, lead(updated_time) over (partition by id order by updated_time) as valid_to
    from {{ ref('stg_pinterest__campaigns_history') }}
)

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
    updated_time as valid_from,
    valid_to,
    valid_to is null as is_current
from versions
where is_listed
{% else %}
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
{% endif %}
