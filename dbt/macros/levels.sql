{#- Days and ad accounts whose sums differ between two levels: a campaign's spend is that of its ads. -#}
{% macro levels_that_differ(above, below) %}
with sums as (
    select 'above' as level, ad_account_id, date, spend, impressions from {{ ref('fct_pinterest__' ~ above ~ '_daily') }}
    union all
    select 'below' as level, ad_account_id, date, spend, impressions from {{ ref('fct_pinterest__' ~ below ~ '_daily') }}
),

loaded as (
    -- A report that was not loaded is not compared.
    select count(distinct level) as levels from sums
),

compared as (
    select
        ad_account_id,
        date,
        sum(case when level = 'above' then coalesce(spend, 0) else 0 end) as spend_of_{{ above }}s,
        sum(case when level = 'below' then coalesce(spend, 0) else 0 end) as spend_of_{{ below }}s,
        sum(case when level = 'above' then coalesce(impressions, 0) else 0 end) as impressions_of_{{ above }}s,
        sum(case when level = 'below' then coalesce(impressions, 0) else 0 end) as impressions_of_{{ below }}s
    from sums
    where (select levels from loaded) = 2
    group by ad_account_id, date
)

select *
from compared
where abs(spend_of_{{ above }}s - spend_of_{{ below }}s) > {{ var('pinterest_tolerance') }} * 0.000001
    or abs(impressions_of_{{ above }}s - impressions_of_{{ below }}s) > {{ var('pinterest_tolerance') }}
{% endmacro %}
