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
