{#- written by script/generate_dbt -#}
{{ source_pinterest.stage(
    'delivery_metrics',
    key=['category', 'name'],
    columns=[
        ('category', 'category', 'text'),
        ('name', 'name', 'text'),
        ('display_name', 'display_name', 'text'),
        ('definition', 'definition', 'text'),
        ('is_synchronous', 'is_synchronous', 'boolean'),
        ('is_asynchronous', 'is_asynchronous', 'boolean'),
    ],
) }}
