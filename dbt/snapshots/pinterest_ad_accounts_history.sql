{% snapshot pinterest_ad_accounts_history %}
{{ config(unique_key='ad_account_id', check_cols=['name', 'currency', 'country', 'time_zone']) }}
select * from {{ ref('dim_pinterest__ad_accounts') }}
{% endsnapshot %}
