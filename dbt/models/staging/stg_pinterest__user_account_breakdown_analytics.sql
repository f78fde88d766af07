{#- written by script/generate_dbt -#}
{{ source_pinterest.stage(
    'user_account_breakdown_analytics',
    key=['user_id', 'breakdown', 'breakdown_value', 'date'],
    columns=[
        ('user_id', 'user_id', 'text'),
        ('breakdown', 'breakdown', 'text'),
        ('breakdown_value', 'breakdown_value', 'text'),
        ('date', 'date', 'date'),
        ('data_status', 'data_status', 'text'),
    ] + source_pinterest.staged_metrics('user'),
) }}
