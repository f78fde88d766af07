"""Pinterest's columns that hold ids, and the fields that they become."""

from __future__ import annotations

ID_COLUMNS = {
    "CAMPAIGN_ID": "campaign_id",
    "AD_GROUP_ID": "ad_group_id",
    "AD_ID": "ad_id",
    "PIN_ID": "pin_id",
    "PRODUCT_GROUP_ID": "product_group_promotion_id",
}
"""Pinterest's id columns and the fields that they become."""


ALIAS_ID_COLUMNS = ("ADVERTISER_ID", "AD_ACCOUNT_ID", "PIN_PROMOTION_ID")
"""Id columns that would say the same again: an ad account was an advertiser, an ad a Pin promotion."""
