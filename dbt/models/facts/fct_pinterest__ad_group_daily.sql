{{ config(unique_key=['ad_group_id', 'date']) }}
{{ source_pinterest.daily_fact(
    'ad_group_analytics_daily',
    ids=['ad_account_id', 'campaign_id', 'ad_group_id'],
    further=['total_impression_user', 'delivery_metrics_final', 'conversion_metrics_final'],
) }}
