{#- written by script/generate_dbt -#}
{{ source_pinterest.stage(
    'campaign_analytics_daily',
    key=['campaign_id', 'date'],
    columns=[
        ('ad_account_id', 'ad_account_id', 'text'),
        ('campaign_id', 'campaign_id', 'text'),
        ('date', 'date', 'date'),
        ('currency', 'currency', 'text'),
        ('pin_id', 'pin_id', 'text'),
    ] + source_pinterest.staged_metrics('ads') + [
        ('delivery_metrics_final', 'delivery_metrics_final', 'boolean'),
        ('conversion_metrics_final', 'conversion_metrics_final', 'boolean'),
    ],
) }}
