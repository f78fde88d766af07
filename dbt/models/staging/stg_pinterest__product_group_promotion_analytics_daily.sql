{#- written by script/generate_dbt -#}
{{ source_pinterest.stage(
    'product_group_promotion_analytics_daily',
    key=['product_group_promotion_id', 'date'],
    columns=[
        ('ad_account_id', 'ad_account_id', 'text'),
        ('campaign_id', 'campaign_id', 'text'),
        ('ad_group_id', 'ad_group_id', 'text'),
        ('product_group_promotion_id', 'product_group_promotion_id', 'text'),
        ('date', 'date', 'date'),
        ('currency', 'currency', 'text'),
        ('pin_id', 'pin_id', 'text'),
    ] + source_pinterest.staged_metrics('ads') + [
        ('delivery_metrics_final', 'delivery_metrics_final', 'boolean'),
        ('conversion_metrics_final', 'conversion_metrics_final', 'boolean'),
    ],
) }}
