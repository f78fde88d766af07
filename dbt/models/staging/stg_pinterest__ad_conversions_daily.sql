{#- written by script/generate_dbt -#}
{{ source_pinterest.stage(
    'ad_conversions_daily',
    key=['ad_id', 'date'],
    columns=[
        ('ad_account_id', 'ad_account_id', 'text'),
        ('ad_id', 'ad_id', 'text'),
        ('currency', 'currency', 'text'),
        ('date', 'date', 'date'),
        ('campaign_id', 'campaign_id', 'text'),
        ('ad_group_id', 'ad_group_id', 'text'),
        ('pin_id', 'pin_id', 'text'),
    ] + source_pinterest.staged_metrics('conversions') + [
        ('delivery_metrics_final', 'delivery_metrics_final', 'boolean'),
        ('conversion_metrics_final', 'conversion_metrics_final', 'boolean'),
    ],
) }}
