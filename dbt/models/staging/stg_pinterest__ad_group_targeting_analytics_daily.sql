{#- written by script/generate_dbt -#}
{{ source_pinterest.stage(
    'ad_group_targeting_analytics_daily',
    key=['ad_group_id', 'targeting_type', 'targeting_raw_value', 'date'],
    columns=[
        ('ad_account_id', 'ad_account_id', 'text'),
        ('campaign_id', 'campaign_id', 'text'),
        ('ad_group_id', 'ad_group_id', 'text'),
        ('targeting_value', 'targeting_value', 'text'),
        ('targeting_type', 'targeting_type', 'text'),
        ('targeting_raw_value', 'targeting_raw_value', 'text'),
        ('date', 'date', 'date'),
        ('currency', 'currency', 'text'),
        ('pin_id', 'pin_id', 'text'),
    ] + source_pinterest.staged_metrics('ads', without=[
        'TOTAL_IMPRESSION_FREQUENCY',
        'TOTAL_IMPRESSION_USER',
    ]) + [
        ('delivery_metrics_final', 'delivery_metrics_final', 'boolean'),
        ('conversion_metrics_final', 'conversion_metrics_final', 'boolean'),
    ],
) }}
