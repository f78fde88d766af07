{{ config(unique_key=['ad_id', 'date']) }}
{{ source_pinterest.daily_fact(
    'ad_analytics_daily',
    ids=['ad_account_id', 'campaign_id', 'ad_group_id', 'ad_id'],
    further=['pin_id', 'delivery_metrics_final', 'conversion_metrics_final'],
) }}
