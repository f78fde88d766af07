{#- written by script/generate_dbt -#}
{{ source_pinterest.stage(
    'campaign_conversions_daily',
    key=['campaign_id', 'date'],
    columns=[
        ('ad_account_id', 'ad_account_id', 'text'),
        ('campaign_id', 'campaign_id', 'text'),
        ('currency', 'currency', 'text'),
        ('date', 'date', 'date'),
    ] + source_pinterest.staged_metrics('conversions') + [
        ('delivery_metrics_final', 'delivery_metrics_final', 'boolean'),
        ('conversion_metrics_final', 'conversion_metrics_final', 'boolean'),
    ],
) }}
