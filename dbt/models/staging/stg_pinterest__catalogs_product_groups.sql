{#- written by script/generate_dbt -#}
{{ source_pinterest.stage(
    'catalogs_product_groups',
    key=['id'],
    columns=[
        ('id', 'id', 'text'),
        ('ad_account_id', 'ad_account_id', 'text'),
        ('catalog_id', 'catalog_id', 'text'),
        ('catalog_type', 'catalog_type', 'text'),
        ('country', 'country', 'text'),
        ('created_at', 'created_at', 'seconds'),
        ('description', 'description', 'text'),
        ('feed_id', 'feed_id', 'text'),
        ('filters', 'filters', 'text'),
        ('is_featured', 'is_featured', 'boolean'),
        ('locale', 'locale', 'text'),
        ('name', 'name', 'text'),
        ('status', 'status', 'text'),
        ('type', 'type', 'text'),
        ('updated_at', 'updated_at', 'seconds'),
    ],
) }}
