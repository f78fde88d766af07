"""The primary keys, as the contract has them."""

KEYS: dict[str, list[str]] = {
    "boards": ["id"],
    "pins": ["id"],
    "followers": ["username"],
    "user_interests": ["id", "name"],
    "campaigns": ["id", "name"],
    "ad_groups": ["id", "name"],
    "ads": ["id", "name"],
    "pin_analytics": ["pin_id", "date"],
    "user_account_analytics": ["user_id", "date"],
    "campaign_analytics": ["campaign_id"],
    "ad_group_analytics": ["ad_group_id"],
    "ad_analytics": ["ad_id"],
    "campaign_targeting_analytics": ["campaign_id", "targeting_value"],
    "ad_group_targeting_analytics": ["ad_group_id", "targeting_value"],
    "ad_targeting_analytics": ["ad_id", "targeting_value"],
    "ad_analytics_daily": ["ad_id", "date"],
}

DAILY_KEYS: dict[str, list[str]] = {
    "ad_account_analytics_daily": ["ad_account_id", "date"],
    "campaign_analytics_daily": ["campaign_id", "date"],
    "ad_group_analytics_daily": ["ad_group_id", "date"],
    "product_group_promotion_analytics_daily": ["product_group_promotion_id", "date"],
    **{
        f"{level}_targeting_analytics_daily": [
            *(f"{level}_id", "targeting_type", "targeting_raw_value", "date"),
        ]
        for level in ("ad_account", "campaign", "ad_group", "ad")
    },
}
"""By day, not suggested."""

ASYNC_KEYS: dict[str, list[str]] = {
    f"{level}_conversions_daily": [f"{level}_id", "date"]
    for level in ("ad_account", "campaign", "ad_group", "ad", "keyword")
} | {
    "keyword_analytics_daily": ["keyword_id", "date"],
    **{
        f"{level}_geo_analytics_daily": [
            *(f"{level}_id", "targeting_type", "targeting_raw_value", "date"),
        ]
        for level in ("campaign", "ad_group")
    },
}
"""By day, from asynchronous reports only."""

LIST_KEYS: dict[str, list[str]] = {
    "ad_accounts": ["id"],
    "audiences": ["ad_account_id", "id"],
    "keywords": ["id"],
    "customer_lists": ["id"],
    "conversion_tags": ["ad_account_id", "id"],
    "targeting_options": ["targeting_type", "targeting_raw_value"],
    "delivery_metrics": ["category", "name"],
}
"""Lists of an ad account, and tables to look something up in."""

USER_AND_CATALOG_KEYS: dict[str, list[str]] = {
    "promoted_pins": ["ad_id"],
    "user_account_breakdown_analytics": ["user_id", "breakdown", "breakdown_value", "date"],
    "pin_app_type_analytics": ["pin_id", "app_type", "date"],
    "pin_lifetime_metrics": ["pin_id"],
    "user_account": ["id"],
    "board_sections": ["id"],
    "board_pins": ["board_id", "id"],
    "board_section_pins": ["board_section_id", "id"],
    "top_pins": ["user_id", "sort_by", "pin_id", "start_date", "date"],
    "top_video_pins": ["user_id", "sort_by", "pin_id", "start_date", "date"],
    "catalogs": ["id"],
    "catalogs_feeds": ["id"],
    "catalogs_product_groups": ["id"],
}

HISTORY_KEYS: dict[str, list[str]] = {
    f"{entities}_history": ["id", "updated_time"] for entities in ("campaigns", "ad_groups", "ads")
}
"""The versions of entities."""
