{#- written by script/generate_dbt -#}
{{ source_pinterest.stage(
    'ad_group_analytics',
    key=['ad_group_id'],
    totals=true,
    columns=[
        ('ad_account_id', 'ad_account_id', 'text'),
        ('campaign_id', 'campaign_id', 'text'),
        ('ad_group_id', 'ad_group_id', 'text'),
        ('date', 'date', 'date'),
        ('start_date', 'start_date', 'date'),
        ('currency', 'currency', 'text'),
        ('pin_id', 'pin_id', 'text'),
    ] + source_pinterest.staged_metrics('ads'),
) }}
