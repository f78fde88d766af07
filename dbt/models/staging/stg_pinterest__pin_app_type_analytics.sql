{#- written by script/generate_dbt -#}
{{ source_pinterest.stage(
    'pin_app_type_analytics',
    key=['pin_id', 'app_type', 'date'],
    columns=[
        ('pin_id', 'pin_id', 'text'),
        ('user_id', 'user_id', 'text'),
        ('app_type', 'app_type', 'text'),
        ('date', 'date', 'date'),
        ('data_status', 'data_status', 'text'),
    ] + source_pinterest.staged_metrics('pins'),
) }}
