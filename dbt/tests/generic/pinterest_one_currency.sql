{#- All rows of an ad account are in its own currency: amounts of two currencies do not add up. -#}
{% test pinterest_one_currency(model) %}
select facts.ad_account_id, count(distinct facts.currency) as currencies, min(facts.currency) as one, max(facts.currency) as another
from {{ model }} as facts
left join {{ ref('dim_pinterest__ad_accounts') }} as ad_accounts on ad_accounts.ad_account_id = facts.ad_account_id
group by facts.ad_account_id
having count(distinct facts.currency) > 1 or max(case when facts.currency <> ad_accounts.currency then 1 else 0 end) = 1
{% endtest %}
