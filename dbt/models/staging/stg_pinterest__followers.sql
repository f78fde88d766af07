{#- written by script/generate_dbt -#}
{{ source_pinterest.stage(
    'followers',
    key=['username'],
    columns=[
        ('username', 'username', 'text'),
        ('type', 'type', 'text'),
    ],
) }}
