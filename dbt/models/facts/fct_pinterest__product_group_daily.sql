{{ config(unique_key=['product_group_id', 'date']) }}
{{ source_pinterest.daily_fact(
    'product_group_promotion_analytics_daily',
    ids=['ad_account_id', 'campaign_id', 'ad_group_id', 'product_group_promotion_id as product_group_id'],
    further=['delivery_metrics_final', 'conversion_metrics_final'],
) }}
