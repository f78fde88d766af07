{#- written by script/generate_dbt from bridge.yaml -#}
{{ config(alias='campaign_history') }}
select
    cast(rows_.id as {{ source_pinterest.pinterest_type('text') }}) as id,
    cast(rows_._loaded_at as {{ source_pinterest.pinterest_type('timestamp') }}) as _fivetran_synced,
    cast(rows_.ad_account_id as {{ source_pinterest.pinterest_type('text') }}) as advertiser_id,
    cast(rows_.name as {{ source_pinterest.pinterest_type('text') }}) as name,
    cast(rows_.status as {{ source_pinterest.pinterest_type('text') }}) as status,
    cast(rows_.objective_type as {{ source_pinterest.pinterest_type('text') }}) as objective_type,
    cast(rows_.created_time as {{ source_pinterest.pinterest_type('timestamp') }}) as created_time,
    cast(rows_.start_time as {{ source_pinterest.pinterest_type('timestamp') }}) as start_time,
    cast(rows_.end_time as {{ source_pinterest.pinterest_type('timestamp') }}) as end_time,
    cast(null as {{ source_pinterest.pinterest_type('integer') }}) as budget_spend_cap,
    cast(rows_.lifetime_spend_cap as {{ source_pinterest.pinterest_type('integer') }}) as lifetime_spend_cap,
    cast(rows_.default_ad_group_budget_in_micro_currency as {{ source_pinterest.pinterest_type('integer') }}) as default_ad_group_budget_in_micro_currency,
    cast(rows_.is_automated_campaign as {{ source_pinterest.pinterest_type('boolean') }}) as is_automated_campaign,
    cast(rows_.is_campaign_budget_optimization as {{ source_pinterest.pinterest_type('boolean') }}) as is_campaign_budget_optimization,
    cast(rows_.is_flexible_daily_budgets as {{ source_pinterest.pinterest_type('boolean') }}) as is_flexible_daily_budgets
from {{ ref('stg_pinterest__campaigns') }} as rows_
