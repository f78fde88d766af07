select
    pins.id as pin_id,
    pins.title as pin_title,
    pins.link as pin_link,
    pins.creative_type,
    pins.board_id,
    boards.name as board_name,
    pins.board_section_id,
    pins.parent_pin_id,
    pins.is_owner,
    pins.has_been_promoted,
    pins.created_at
from {{ ref('stg_pinterest__pins') }} as pins
left join {{ ref('stg_pinterest__boards') }} as boards on boards.id = pins.board_id
