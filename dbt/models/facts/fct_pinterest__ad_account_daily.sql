{{ config(unique_key=['ad_account_id', 'date']) }}
{{ source_pinterest.daily_fact(
    'ad_account_analytics_daily',
    ids=['ad_account_id'],
    further=['total_impression_user', 'delivery_metrics_final', 'conversion_metrics_final'],
) }}
