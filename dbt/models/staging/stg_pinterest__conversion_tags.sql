{#- written by script/generate_dbt -#}
{{ source_pinterest.stage(
    'conversion_tags',
    key=['ad_account_id', 'id'],
    columns=[
        ('ad_account_id', 'ad_account_id', 'text'),
        ('id', 'id', 'text'),
        ('code_snippet', 'code_snippet', 'text'),
        ('configs', 'configs', 'text'),
        ('enhanced_match_status', 'enhanced_match_status', 'text'),
        ('last_fired_time_ms', 'last_fired_time_ms', 'number'),
        ('name', 'name', 'text'),
        ('status', 'status', 'text'),
        ('version', 'version', 'text'),
        ('owner_ad_account_id', 'owner_ad_account_id', 'text'),
    ],
) }}
