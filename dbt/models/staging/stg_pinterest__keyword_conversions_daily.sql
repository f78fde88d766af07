{#- written by script/generate_dbt -#}
{{ source_pinterest.stage(
    'keyword_conversions_daily',
    key=['keyword_id', 'date'],
    columns=[
        ('ad_account_id', 'ad_account_id', 'text'),
        ('keyword_id', 'keyword_id', 'text'),
        ('currency', 'currency', 'text'),
        ('date', 'date', 'date'),
        ('keyword', 'keyword', 'text'),
        ('campaign_id', 'campaign_id', 'text'),
        ('ad_group_id', 'ad_group_id', 'text'),
    ] + source_pinterest.staged_metrics('conversions') + [
        ('delivery_metrics_final', 'delivery_metrics_final', 'boolean'),
        ('conversion_metrics_final', 'conversion_metrics_final', 'boolean'),
    ],
) }}
