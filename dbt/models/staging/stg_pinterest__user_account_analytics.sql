{#- written by script/generate_dbt -#}
{{ source_pinterest.stage(
    'user_account_analytics',
    key=['user_id', 'date'],
    columns=[
        ('user_id', 'user_id', 'text'),
        ('date', 'date', 'date'),
        ('data_status', 'data_status', 'text'),
        ('ENGAGEMENT', 'engagement', 'number'),
        ('ENGAGEMENT_RATE', 'engagement_rate', 'number'),
        ('IMPRESSION', 'impression', 'number'),
        ('OUTBOUND_CLICK', 'outbound_click', 'number'),
        ('OUTBOUND_CLICK_RATE', 'outbound_click_rate', 'number'),
        ('PIN_CLICK', 'pin_click', 'number'),
        ('PIN_CLICK_RATE', 'pin_click_rate', 'number'),
        ('SAVE', 'save', 'number'),
        ('SAVE_RATE', 'save_rate', 'number'),
    ],
) }}
