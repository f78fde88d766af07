{{ config(unique_key=['ad_group_id', 'keyword', 'date']) }}
{{ source_pinterest.daily_fact(
    'ad_group_targeting_analytics_daily',
    ids=['ad_account_id', 'campaign_id', 'ad_group_id', 'targeting_raw_value as keyword'],
    where="targeting_type = 'KEYWORD'",
) }}
