{#- written by script/generate_dbt -#}
{{ source_pinterest.stage(
    'user_account_analytics',
    key=['user_id', 'date'],
    columns=[
        ('user_id', 'user_id', 'text'),
        ('date', 'date', 'date'),
        ('data_status', 'data_status', 'text'),
    ] + source_pinterest.staged_metrics('user'),
) }}
