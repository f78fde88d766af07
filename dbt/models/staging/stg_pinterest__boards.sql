{#- written by script/generate_dbt -#}
{{ source_pinterest.stage(
    'boards',
    key=['id'],
    columns=[
        ('id', 'id', 'text'),
        ('board_pins_modified_at', 'board_pins_modified_at', 'timestamp'),
        ('collaborator_count', 'collaborator_count', 'integer'),
        ('created_at', 'created_at', 'timestamp'),
        ('description', 'description', 'text'),
        ('follower_count', 'follower_count', 'integer'),
        ('is_ads_only', 'is_ads_only', 'boolean'),
        ('media', 'media', 'text'),
        ('name', 'name', 'text'),
        ('owner', 'owner', 'text'),
        ('pin_count', 'pin_count', 'integer'),
        ('privacy', 'privacy', 'text'),
    ],
) }}
