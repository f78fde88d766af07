{#- The metrics that the daily facts and marts have: name → (kind, expression over a staging model). -#}
{% macro daily_metrics() %}
  {{ return({
    'spend': ('money', "coalesce(" ~ source_pinterest.from_micro('spend_in_micro_dollar') ~ ", spend_in_dollar)"),
    'impressions': ('number', 'coalesce(impression_1, paid_impression)'),
    'earned_impressions': ('number', 'impression_2'),
    'clicks': ('number', 'clickthrough_1'),
    'earned_clicks': ('number', 'clickthrough_2'),
    'outbound_clicks': ('number', 'outbound_click_1'),
    'saves': ('number', 'repin_1'),
    'engagements': ('number', 'engagement_1'),
    'video_views': ('number', 'video_mrc_views_1'),
    'conversions': ('number', 'total_conversions'),
    'page_visits': ('number', 'total_page_visit'),
    'add_to_carts': ('number', 'coalesce(total_click_add_to_cart + total_view_add_to_cart, total_click_add_to_cart, total_view_add_to_cart)'),
    'signups': ('number', 'total_signup'),
    'leads': ('number', 'total_lead'),
    'checkouts': ('number', 'total_checkout'),
    'checkout_value': ('money', source_pinterest.from_micro('total_checkout_value_in_micro_dollar')),
  }) }}
{% endmacro %}

{#- The rows of a daily report, narrow. Only what was loaded since the last run is taken in: a day that is final
    is not read again by a connector with `metrics_final`, and not written again here. -#}
{% macro daily_fact(stream, ids, further=[], where=none) %}
select
    {%- for id in ids %}
    {{ id }},
    {%- endfor %}
    date,
    currency,
    {%- for name, metric in source_pinterest.daily_metrics().items() %}
    cast({{ metric[1] }} as {{ source_pinterest.pinterest_type(metric[0]) }}) as {{ name }},
    {%- endfor %}
    {%- for column in further %}
    {{ column }},
    {%- endfor %}
    _loaded_at
from {{ ref('stg_pinterest__' ~ stream) }}
where 1 = 1
{%- if where %} and {{ where }}{% endif %}
{%- if is_incremental() %}
    and (
        _loaded_at is null
        or _loaded_at >= (
            select {{ dbt.dateadd('day', -1 * var('pinterest_overlap_days') | int, "coalesce(max(_loaded_at), cast('1970-01-01' as timestamp))") }}
            from {{ this }}
        )
    )
{%- endif %}
{% endmacro %}

{#- The metrics of a fact, and where there are rates, its amounts in the reporting currency. -#}
{% macro metric_columns(relation='facts') %}
    {%- for name in source_pinterest.daily_metrics() %}
    {{ relation }}.{{ name }}{{ ',' if not loop.last }}
    {%- endfor %}
    {%- if source_pinterest.converts() %},
    cast('{{ var('pinterest_reporting_currency') }}' as {{ source_pinterest.pinterest_type('text') }}) as reporting_currency
    {%- for name, metric in source_pinterest.daily_metrics().items() if metric[0] == 'money' %},
    cast({{ relation }}.{{ name }} * rates.rate as {{ source_pinterest.pinterest_type('money') }}) as {{ name }}_converted
    {%- endfor %}
    {%- endif %}
{%- endmacro %}

{% macro sum_columns(relation='facts') %}
    {%- for name, metric in source_pinterest.daily_metrics().items() %}
    cast(sum({{ relation }}.{{ name }}) as {{ source_pinterest.pinterest_type(metric[0]) }}) as {{ name }}{{ ',' if not loop.last }}
    {%- endfor %}
    {%- if source_pinterest.converts() %},
    cast('{{ var('pinterest_reporting_currency') }}' as {{ source_pinterest.pinterest_type('text') }}) as reporting_currency
    {%- for name, metric in source_pinterest.daily_metrics().items() if metric[0] == 'money' %},
    cast(sum({{ relation }}.{{ name }} * rates.rate) as {{ source_pinterest.pinterest_type('money') }}) as {{ name }}_converted
    {%- endfor %}
    {%- endif %}
{%- endmacro %}

{% macro converts() %}
  {%- set rates, currency = var('pinterest_exchange_rates'), var('pinterest_reporting_currency') -%}
  {%- if (rates and not currency) or (currency and not rates) -%}
    {{ exceptions.raise_compiler_error('pinterest_exchange_rates and pinterest_reporting_currency belong together: give both, or none.') }}
  {%- endif -%}
  {{ return(rates is not none and rates != '') }}
{% endmacro %}

{#- Joins the rates of each day. A missing rate is an error that names it, not an amount that is null. -#}
{% macro join_rates(fact, relation='facts') %}
  {%- if source_pinterest.converts() -%}
    {%- set missing -%}
      select distinct facts.currency, min(facts.date) as first_date, count(distinct facts.date) as days
      from {{ fact }} as facts
      left join {{ var('pinterest_exchange_rates') }} as rates
        on rates.date = facts.date and rates.from_currency = facts.currency
        and rates.to_currency = '{{ var('pinterest_reporting_currency') }}'
      where rates.rate is null and facts.currency <> '{{ var('pinterest_reporting_currency') }}'
      group by facts.currency
      order by 1
    {%- endset -%}
    {%- if execute and load_relation(fact) is not none -%}
      {%- set rows = run_query(missing).rows -%}
      {%- if rows | length -%}
        {%- set words = [] -%}
        {%- for row in rows -%}{%- do words.append(row[0] ~ ' on ' ~ row[2] ~ ' days, the first of them ' ~ row[1]) -%}{%- endfor -%}
        {{ exceptions.raise_compiler_error('No rate to ' ~ var('pinterest_reporting_currency') ~ ' in ' ~ var('pinterest_exchange_rates') ~ ': ' ~ words | join('; ') ~ '. Add the rates.') }}
      {%- endif -%}
    {%- endif -%}
left join (
    select date, from_currency, rate
    from {{ var('pinterest_exchange_rates') }}
    where to_currency = '{{ var('pinterest_reporting_currency') }}' and from_currency <> to_currency
    union all
    select distinct date, currency, cast(1 as decimal(18, 9))
    from {{ fact }}
    where currency = '{{ var('pinterest_reporting_currency') }}'
) as rates
    on rates.date = {{ relation }}.date and rates.from_currency = {{ relation }}.currency
  {%- endif -%}
{%- endmacro %}

{#- A daily mart of one breakdown: never two, since they overlap. -#}
{% macro targeting_mart(targeting_type, column) %}
  {#- Where Pinterest's list of what to target has the labels. -#}
  {%- set lists = {'COUNTRY': ['GEO', 'LOCATION'], 'REGION': ['GEO', 'LOCATION'], 'PINNER_INTEREST': ['INTEREST']} -%}
  {%- set labels = [] -%}
  {%- for each in lists.get(targeting_type, [targeting_type]) -%}{%- do labels.append("'" ~ each ~ "'") -%}{%- endfor -%}
select
    facts.date,
    facts.ad_account_id,
    ad_accounts.name as ad_account_name,
    facts.campaign_id,
    campaigns.name as campaign_name,
    facts.targeting_raw_value as {{ column }},
    coalesce(labels.name, facts.targeting_raw_value) as {{ column }}_name,
    facts.currency,
    {{- source_pinterest.metric_columns() }}
from {{ ref('fct_pinterest__campaign_targeting_daily') }} as facts
left join {{ ref('dim_pinterest__ad_accounts') }} as ad_accounts on ad_accounts.ad_account_id = facts.ad_account_id
left join {{ ref('dim_pinterest__campaigns') }} as campaigns on campaigns.campaign_id = facts.campaign_id
left join (
    select targeting_raw_value, max(name) as name
    from {{ ref('stg_pinterest__targeting_options') }}
    where targeting_type in ({{ labels | join(', ') }})
    group by targeting_raw_value
) as labels
    on labels.targeting_raw_value = facts.targeting_raw_value
{{ source_pinterest.join_rates(ref('fct_pinterest__campaign_targeting_daily')) }}
where facts.targeting_type = '{{ targeting_type }}'
{% endmacro %}
