{{ config(unique_key=['campaign_id', 'date']) }}
{{ source_pinterest.daily_fact(
    'campaign_analytics_daily',
    ids=['ad_account_id', 'campaign_id'],
    further=['total_impression_user', 'delivery_metrics_final', 'conversion_metrics_final'],
) }}
