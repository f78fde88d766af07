{{ source_pinterest.entity_history(
    'ads',
    id='ad_id',
    columns=[
        'name',
        'ad_account_id',
        'campaign_id',
        'ad_group_id',
        'pin_id',
        'status',
        'summary_status',
        'review_status',
        'creative_type',
        'destination_url',
    ],
) }}
