{#- written by script/generate_dbt -#}
{{ source_pinterest.stage(
    'audiences',
    key=['ad_account_id', 'id'],
    columns=[
        ('ad_account_id', 'ad_account_id', 'text'),
        ('id', 'id', 'text'),
        ('audience_type', 'audience_type', 'text'),
        ('created_by_company_name', 'created_by_company_name', 'text'),
        ('created_timestamp', 'created_timestamp', 'seconds'),
        ('description', 'description', 'text'),
        ('is_ctv_enabled', 'is_ctv_enabled', 'boolean'),
        ('is_nca', 'is_nca', 'boolean'),
        ('name', 'name', 'text'),
        ('rule', 'rule', 'text'),
        ('size', 'size', 'integer'),
        ('status', 'status', 'text'),
        ('type', 'type', 'text'),
        ('updated_timestamp', 'updated_timestamp', 'seconds'),
        ('ownership_type', 'ownership_type', 'text'),
        ('owner_ad_account_id', 'owner_ad_account_id', 'text'),
    ],
) }}
