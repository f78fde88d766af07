{#- written by script/generate_dbt -#}
{{ source_pinterest.stage(
    'board_sections',
    key=['id'],
    columns=[
        ('id', 'id', 'text'),
        ('name', 'name', 'text'),
        ('board_id', 'board_id', 'text'),
    ],
) }}
