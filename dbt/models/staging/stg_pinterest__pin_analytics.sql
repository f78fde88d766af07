{#- written by script/generate_dbt -#}
{{ source_pinterest.stage(
    'pin_analytics',
    key=['pin_id', 'date'],
    columns=[
        ('pin_id', 'pin_id', 'text'),
        ('user_id', 'user_id', 'text'),
        ('date', 'date', 'date'),
        ('data_status', 'data_status', 'text'),
    ] + source_pinterest.staged_metrics('pins'),
) }}
