-- depends_on: {{ ref('pinterest_ads_history') }}
{#- The versions of the connector's stream, if it was loaded; else what the package has seen in its runs. -#}
{% if source_pinterest.raw_relation('ads_history', quiet=true) %}
with versions as (
    select *, lead(updated_time) over (partition by id order by updated_time) as valid_to
    from {{ ref('stg_pinterest__ads_history') }}
)

select
    id as ad_id,
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
    updated_time as valid_from,
    valid_to,
    valid_to is null as is_current
from versions
where is_listed
{% else %}
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
{% endif %}
