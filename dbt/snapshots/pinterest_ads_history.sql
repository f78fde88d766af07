{% snapshot pinterest_ads_history %}
{{ config(unique_key='ad_id', check_cols=['name', 'ad_account_id', 'campaign_id', 'ad_group_id', 'pin_id', 'status', 'summary_status', 'review_status', 'creative_type', 'destination_url']) }}
select * from {{ ref('dim_pinterest__ads') }}
{% endsnapshot %}
