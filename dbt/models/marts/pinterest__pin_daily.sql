select
    analytics.date,
    analytics.user_id,
    analytics.pin_id,
    pins.pin_title,
    pins.pin_link,
    pins.board_id,
    pins.board_name,
    pins.creative_type,
    analytics.data_status,
    analytics.impression as impressions,
    analytics.pin_click as clicks,
    analytics.outbound_click as outbound_clicks,
    analytics.save as saves,
    analytics.profile_visit as profile_visits,
    analytics.user_follow as user_follows
from {{ ref('stg_pinterest__pin_analytics') }} as analytics
left join {{ ref('dim_pinterest__pins') }} as pins on pins.pin_id = analytics.pin_id
