{#- written by script/generate_dbt -#}
{{ source_pinterest.stage(
    'top_pins',
    key=['user_id', 'sort_by', 'pin_id', 'start_date', 'date'],
    columns=[
        ('user_id', 'user_id', 'text'),
        ('sort_by', 'sort_by', 'text'),
        ('pin_id', 'pin_id', 'text'),
        ('start_date', 'start_date', 'date'),
        ('date', 'date', 'date'),
        ('rank', 'rank', 'integer'),
        ('data_status', 'data_status', 'text'),
        ('is_realtime', 'is_realtime', 'boolean'),
        ('latest_available_timestamp', 'latest_available_timestamp', 'number'),
    ] + source_pinterest.staged_metrics('user'),
) }}
