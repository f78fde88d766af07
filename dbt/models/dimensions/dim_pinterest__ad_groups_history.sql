-- depends_on: {{ ref('pinterest_ad_groups_history') }}
{#- The versions of the connector's stream, if it was loaded; else what the package has seen in its runs. -#}
{% if source_pinterest.raw_relation('ad_groups_history', quiet=true) %}
with versions as (
    select *, lead(updated_time) over (partition by id order by updated_time) as valid_to
    from {{ ref('stg_pinterest__ad_groups_history') }}
)

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
    pacing_delivery_type,
    placement_group,
    start_time,
    end_time,
    updated_time as valid_from,
    valid_to,
    valid_to is null as is_current
from versions
where is_listed
{% else %}
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
{% endif %}
