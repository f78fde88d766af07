{#- written by script/generate_dbt -#}
{{ source_pinterest.stage(
    'pin_lifetime_metrics',
    key=['pin_id'],
    columns=[
        ('pin_id', 'pin_id', 'text'),
        ('IMPRESSION', 'impression', 'number'),
        ('PIN_CLICK', 'pin_click', 'number'),
        ('OUTBOUND_CLICK', 'outbound_click', 'number'),
        ('SAVE', 'save', 'number'),
        ('TOTAL_REACTIONS', 'total_reactions', 'number'),
        ('TOTAL_COMMENTS', 'total_comments', 'number'),
    ],
) }}
