{#- written by script/generate_dbt -#}
{{ source_pinterest.stage(
    'catalogs',
    key=['id'],
    columns=[
        ('id', 'id', 'text'),
        ('ad_account_id', 'ad_account_id', 'text'),
        ('catalog_type', 'catalog_type', 'text'),
        ('created_at', 'created_at', 'timestamp'),
        ('name', 'name', 'text'),
        ('updated_at', 'updated_at', 'timestamp'),
    ],
) }}
