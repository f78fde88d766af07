with ads as (
    select
        *,
        {{ dbt.split_part('destination_url', "'?'", 1) }} as base_url,
        {{ source_pinterest.url_host('destination_url') }} as url_host,
        {{ source_pinterest.url_path('destination_url') }} as url_path
        {%- for name in ['source', 'medium', 'campaign', 'content', 'term'] %},
        {{ source_pinterest.url_parameter('destination_url', 'utm_' ~ name) }} as utm_{{ name }}
        {%- endfor %}
    from {{ ref('stg_pinterest__ads') }}
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
    base_url,
    url_host,
    url_path,
    utm_source,
    utm_medium,
    utm_campaign,
    utm_content,
    utm_term,
    created_time,
    updated_time
from ads
