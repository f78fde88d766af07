{#- written by script/generate_dbt -#}
{{ source_pinterest.stage(
    'catalogs_feeds',
    key=['id'],
    columns=[
        ('id', 'id', 'text'),
        ('ad_account_id', 'ad_account_id', 'text'),
        ('catalog_id', 'catalog_id', 'text'),
        ('catalog_type', 'catalog_type', 'text'),
        ('created_at', 'created_at', 'timestamp'),
        ('credentials', 'credentials', 'text'),
        ('default_availability', 'default_availability', 'text'),
        ('default_country', 'default_country', 'text'),
        ('default_currency', 'default_currency', 'text'),
        ('default_locale', 'default_locale', 'text'),
        ('format', 'format', 'text'),
        ('location', 'location', 'text'),
        ('name', 'name', 'text'),
        ('preferred_processing_schedule', 'preferred_processing_schedule', 'text'),
        ('status', 'status', 'text'),
        ('updated_at', 'updated_at', 'timestamp'),
    ],
) }}
