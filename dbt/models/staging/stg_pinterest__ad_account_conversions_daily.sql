{#- written by script/generate_dbt -#}
{{ source_pinterest.stage(
    'ad_account_conversions_daily',
    key=['ad_account_id', 'date'],
    columns=[
        ('ad_account_id', 'ad_account_id', 'text'),
        ('currency', 'currency', 'text'),
        ('date', 'date', 'date'),
    ] + source_pinterest.staged_metrics('conversions') + [
        ('delivery_metrics_final', 'delivery_metrics_final', 'boolean'),
        ('conversion_metrics_final', 'conversion_metrics_final', 'boolean'),
    ],
) }}
