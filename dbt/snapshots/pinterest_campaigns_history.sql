{% snapshot pinterest_campaigns_history %}
{{ config(unique_key='campaign_id', check_cols=['name', 'ad_account_id', 'status', 'summary_status', 'objective_type', 'daily_spend_cap', 'lifetime_spend_cap', 'start_time', 'end_time']) }}
select * from {{ ref('dim_pinterest__campaigns') }}
{% endsnapshot %}
