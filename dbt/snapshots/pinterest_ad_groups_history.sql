{% snapshot pinterest_ad_groups_history %}
{{ config(unique_key='ad_group_id', check_cols=['name', 'ad_account_id', 'campaign_id', 'status', 'summary_status', 'budget_type', 'budget', 'bid', 'pacing_delivery_type', 'placement_group', 'start_time', 'end_time']) }}
select * from {{ ref('dim_pinterest__ad_groups') }}
{% endsnapshot %}
