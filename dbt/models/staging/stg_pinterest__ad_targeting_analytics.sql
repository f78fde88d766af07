{#- written by script/generate_dbt -#}
{{ source_pinterest.stage(
    'ad_targeting_analytics',
    key=['ad_id', 'targeting_value'],
    totals=true,
    columns=[
        ('ad_account_id', 'ad_account_id', 'text'),
        ('campaign_id', 'campaign_id', 'text'),
        ('ad_group_id', 'ad_group_id', 'text'),
        ('ad_id', 'ad_id', 'text'),
        ('targeting_value', 'targeting_value', 'text'),
        ('targeting_type', 'targeting_type', 'text'),
        ('targeting_raw_value', 'targeting_raw_value', 'text'),
        ('date', 'date', 'date'),
        ('start_date', 'start_date', 'date'),
        ('UPDATED_TIME', 'updated_time', 'timestamp'),
        ('currency', 'currency', 'text'),
        ('pin_id', 'pin_id', 'text'),
    ] + source_pinterest.staged_metrics('ads', without=[
        'TOTAL_IMPRESSION_FREQUENCY',
        'TOTAL_IMPRESSION_USER',
    ]),
) }}
