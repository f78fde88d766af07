{#- written by script/generate_dbt -#}
{{ source_pinterest.stage(
    'user_account',
    key=['id'],
    columns=[
        ('id', 'id', 'text'),
        ('about', 'about', 'text'),
        ('account_type', 'account_type', 'text'),
        ('board_count', 'board_count', 'integer'),
        ('business_name', 'business_name', 'text'),
        ('follower_count', 'follower_count', 'integer'),
        ('following_count', 'following_count', 'integer'),
        ('monthly_views', 'monthly_views', 'integer'),
        ('pin_count', 'pin_count', 'integer'),
        ('profile_image', 'profile_image', 'text'),
        ('username', 'username', 'text'),
        ('website_url', 'website_url', 'text'),
    ],
) }}
