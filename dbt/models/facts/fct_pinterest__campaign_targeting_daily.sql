{{ config(unique_key=['campaign_id', 'targeting_type', 'targeting_raw_value', 'date']) }}
{{ source_pinterest.daily_fact(
    'campaign_targeting_analytics_daily',
    ids=['ad_account_id', 'campaign_id', 'targeting_type', 'targeting_raw_value'],
) }}
