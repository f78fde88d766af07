{#- written by script/generate_dbt -#}
{{ source_pinterest.stage(
    'targeting_options',
    key=['targeting_type', 'targeting_raw_value'],
    columns=[
        ('targeting_type', 'targeting_type', 'text'),
        ('targeting_raw_value', 'targeting_raw_value', 'text'),
        ('name', 'name', 'text'),
        ('details', 'details', 'text'),
    ],
) }}
