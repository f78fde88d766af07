{#- written by script/generate_dbt -#}
{{ source_pinterest.stage(
    'keywords',
    key=['id'],
    columns=[
        ('id', 'id', 'text'),
        ('ad_account_id', 'ad_account_id', 'text'),
        ('archived', 'archived', 'boolean'),
        ('bid', 'bid', 'integer'),
        ('match_type', 'match_type', 'text'),
        ('parent_id', 'parent_id', 'text'),
        ('parent_type', 'parent_type', 'text'),
        ('type', 'type', 'text'),
        ('value', 'value', 'text'),
    ],
) }}
