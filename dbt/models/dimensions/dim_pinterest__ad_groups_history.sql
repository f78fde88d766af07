{{ source_pinterest.entity_history(
    'ad_groups',
    id='ad_group_id',
    columns=[
        'name',
        'ad_account_id',
        'campaign_id',
        'status',
        'summary_status',
        'budget_type',
        ('budget', source_pinterest.from_micro('budget_in_micro_currency')),
        ('bid', source_pinterest.from_micro('bid_in_micro_currency')),
        'pacing_delivery_type',
        'placement_group',
        'start_time',
        'end_time',
    ],
) }}
