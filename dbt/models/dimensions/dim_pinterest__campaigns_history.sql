{{ source_pinterest.entity_history(
    'campaigns',
    id='campaign_id',
    columns=[
        'name',
        'ad_account_id',
        'status',
        'summary_status',
        'objective_type',
        ('daily_spend_cap', source_pinterest.from_micro('daily_spend_cap')),
        ('lifetime_spend_cap', source_pinterest.from_micro('lifetime_spend_cap')),
        'start_time',
        'end_time',
    ],
) }}
