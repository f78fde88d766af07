{#- written by script/generate_dbt -#}
{{ source_pinterest.stage(
    'customer_lists',
    key=['id'],
    columns=[
        ('id', 'id', 'text'),
        ('ad_account_id', 'ad_account_id', 'text'),
        ('created_time', 'created_time', 'seconds'),
        ('exceptions', 'exceptions', 'text'),
        ('is_nca', 'is_nca', 'boolean'),
        ('name', 'name', 'text'),
        ('num_batches', 'num_batches', 'number'),
        ('num_removed_user_records', 'num_removed_user_records', 'number'),
        ('num_uploaded_user_records', 'num_uploaded_user_records', 'number'),
        ('status', 'status', 'text'),
        ('type', 'type', 'text'),
        ('updated_time', 'updated_time', 'seconds'),
    ],
) }}
