{% snapshot pinterest_campaign_daily_history %}
{{ config(
    unique_key=['campaign_id', 'date'],
    check_cols=['spend', 'impressions', 'clicks', 'conversions', 'checkout_value'],
) }}
select
    ad_account_id, campaign_id, date, currency, spend, impressions, clicks, conversions, checkout_value,
    delivery_metrics_final as delivery_is_final, conversion_metrics_final as conversions_are_final
from {{ ref('fct_pinterest__campaign_daily') }}
{% endsnapshot %}
