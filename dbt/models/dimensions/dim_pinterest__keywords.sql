-- Pinterest reports keywords by their text. The same text may be there twice in an ad group, with two kinds of
-- match: then nobody says which of them the metrics are of.
select
    parent_id as ad_group_id,
    value as keyword,
    case when count(*) = 1 then max(id) end as keyword_id,
    case when count(*) = 1 then max(match_type) end as match_type,
    case when count(*) = 1 then max(bid) end as bid
from {{ ref('stg_pinterest__keywords') }}
where not coalesce(archived, false)
group by parent_id, value
