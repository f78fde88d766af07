select
    date,
    user_id,
    board_id,
    board_name,
    count(*) as pins,
    sum(impressions) as impressions,
    sum(clicks) as clicks,
    sum(outbound_clicks) as outbound_clicks,
    sum(saves) as saves
from {{ ref('pinterest__pin_daily') }}
where board_id is not null
group by date, user_id, board_id, board_name
