{#- written by script/generate_dbt -#}
{{ source_pinterest.stage(
    'user_interests',
    key=['id'],
    columns=[
        ('id', 'id', 'text'),
        ('name', 'name', 'text'),
        ('canonical_url', 'canonical_url', 'text'),
        ('key', 'key', 'text'),
    ],
) }}
