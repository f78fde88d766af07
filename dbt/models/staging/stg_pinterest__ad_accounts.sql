{#- written by script/generate_dbt -#}
{{ source_pinterest.stage(
    'ad_accounts',
    key=['id'],
    columns=[
        ('id', 'id', 'text'),
        ('country', 'country', 'text'),
        ('created_time', 'created_time', 'seconds'),
        ('currency', 'currency', 'text'),
        ('name', 'name', 'text'),
        ('owner', 'owner', 'text'),
        ('permissions', 'permissions', 'text'),
        ('time_zone', 'time_zone', 'text'),
        ('updated_time', 'updated_time', 'seconds'),
    ],
) }}
