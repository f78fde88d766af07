"""The kind of value of each of the 185 columns of ads analytics, and of the others in reports.

The vendor's description names the columns and leaves the values untyped, so the kinds here are
read off the names, independently of the connector's schemas.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import Enum

from .facts import ASYNCHRONOUS_COLUMNS, COLUMNS


class Kind(Enum):
    IDENTIFIER = "a string, or a JSON integer at some endpoints"
    ATTRIBUTE = "of the campaign, ad group or ad, as it is today"
    ADDITIVE = "the value of a window is the sum of its days"
    RATIO = "the value of a window is not the sum of its days"


class Series(Enum):
    """The series that an additive column is proportional to, within one ad."""

    VOLUME = 0
    CLICKS = 1
    CONVERSIONS = 2
    """Restated: lower than final while the day is young."""

    __hash__ = object.__hash__  # in C


@dataclass(frozen=True)
class Column:
    name: str
    kind: Kind
    series: Series = Series.VOLUME
    low: int = 1
    """The least that the series is multiplied by; `span` values from there."""
    span: int = 1
    divisor: int = 1
    """1,000,000 for what is counted in millionths and answered in whole units."""
    parts: tuple[str, ...] = ()
    """The columns that this one is the sum of: PAID_IMPRESSION is IMPRESSION_1."""
    family: str | None = None
    """The creative type without which the column has no value."""
    may_be_left_out: bool = False
    attributed: bool = False
    """Depends on the attribution windows."""
    whole: bool = False
    """A RATIO that is an integer: a number of people."""
    levels: tuple[str, ...] = ("ad_account", "campaign", "ad_group", "ad")


IDENTIFIERS = {
    "ADVERTISER_ID",
    "AD_ACCOUNT_ID",
    "CAMPAIGN_ID",
    "AD_GROUP_ID",
    "AD_ID",
    "PIN_PROMOTION_ID",
    "PIN_ID",
    "PROMO_ID",
    "ORDER_LINE_ID",
    "SPEND_ORDER_LINE_ID",
    "PRODUCT_GROUP_ID",
    "STANDARD_AD_FEED_ITEM_ID",
}
ATTRIBUTES = {
    "AD_GROUP_BID_MULTIPLIER",
    "AD_GROUP_BUDGET_IN_LOCAL_CURRENCY",
    "AD_GROUP_BUDGET_TYPE",
    "AD_GROUP_ENTITY_STATUS",
    "AD_GROUP_NAME",
    "AD_GROUP_OPTIMIZATION",
    "AD_NAME",
    "CAMPAIGN",
    "CAMPAIGN_BRAND_LABEL",
    "CAMPAIGN_BUDGET_OPTIMIZATION",
    "CAMPAIGN_DAILY_SPEND_CAP",
    "CAMPAIGN_ENTITY_STATUS",
    "CAMPAIGN_LIFETIME_SPEND_CAP",
    "CAMPAIGN_NAME",
    "CAMPAIGN_OBJECTIVE_TYPE",
    "IS_CATALOG_CREATIVE_CAMPAIGN",
    "IS_PREMIERE_CAMPAIGN",
    "ORDER_LINE_NAME",
    "PRODUCT_GROUP_AD_IMAGE_TAG",
    "PRODUCT_GROUP_AD_VIDEO_TAG",
    "PROMO_NAME",
    "VIDEO_LENGTH",
}
ASYNCHRONOUS_ATTRIBUTES = re.compile(r"^PRODUCT_ITEM_|_STATUS$|_LABELS$|^PIN_PROMOTION_NAME$")
SUMS = {
    "PAID_IMPRESSION": ("IMPRESSION_1",),
    "TOTAL_IMPRESSION": ("IMPRESSION_1", "IMPRESSION_2"),
    "TOTAL_CLICKTHROUGH": ("CLICKTHROUGH_1", "CLICKTHROUGH_2"),
    "TOTAL_ENGAGEMENT": ("ENGAGEMENT_1", "ENGAGEMENT_2"),
    "SPEND_IN_DOLLAR": ("SPEND_IN_MICRO_DOLLAR",),
    **{
        f"TOTAL_COLLECTION_PIN_ITEM_{name}": (
            f"COLLECTION_PIN_ITEM_{name}_1",
            f"COLLECTION_PIN_ITEM_{name}_2",
        )
        for name in ("IMPRESSION", "CLICKTHROUGH")
    },
}
ADDITIVE_DOLLARS = {"SPEND_IN_DOLLAR", "VIDEO_SPEND_IN_DOLLAR", "ADS_CREDIT_SPEND_IN_DOLLAR"}
ADDITIVE_MICRO_DOLLARS = re.compile(
    r"^(ADS_CREDIT_)?SPEND_IN_MICRO_DOLLAR$|_VALUE_IN_MICRO_DOLLAR$"
)
NOT_ADDITIVE = re.compile(
    r"CTR|_RATE$|ROAS$|COST_PER|^E?CP|_IN_(MICRO_)?DOLLAR$|IMPRESSION_(USER|FREQUENCY)$|_AVG_|AVERAGE|_UNIQUE_"
)
CONVERSION = re.compile(
    r"CHECKOUT|SIGNUP|LEAD|CUSTOM|PAGE_VISIT|CONVERSION|ADD_TO|WEB_SESSIONS|SUBSCRIBE|APP_INSTALL"
)
RESTATED_TOO = re.compile(r"OUTBOUND_CLICK|^REPIN_")
"""Not conversions, yet corrected afterwards as well."""
VOLUME = re.compile(r"SPEND|IMPRESSION|VIDEO|VIEWS")


def family(name: str) -> str | None:
    if name.startswith("SHOWCASE_"):
        return "SHOWCASE"
    if "QUIZ" in name:
        return "QUIZ"
    if name.startswith("IDEA_PIN") or "_IDEA_PIN" in name:
        return "IDEA"
    if "COLLECTION_PIN_ITEM" in name:
        return "COLLECTION"
    if "VIDEO" in name or re.match(r"ECPC?V", name):
        return "VIDEO"
    return None


def described(name: str) -> Column:
    if name in IDENTIFIERS:
        return Column(name, Kind.IDENTIFIER)
    if name in ATTRIBUTES or ASYNCHRONOUS_ATTRIBUTES.search(name):
        return Column(name, Kind.ATTRIBUTE)
    conversion = bool(CONVERSION.search(name))
    in_dollars = name in ADDITIVE_DOLLARS
    in_micro_dollars = bool(ADDITIVE_MICRO_DOLLARS.search(name))
    if not in_dollars and not in_micro_dollars and NOT_ADDITIVE.search(name):
        reach = name.startswith("TOTAL_IMPRESSION_")
        # People, and views that count once for each of them, are counted, yet do not add up.
        people = name == "TOTAL_IMPRESSION_USER" or "_UNIQUE_" in name
        if people:
            divisor = 1
        elif "MICRO" in name:
            divisor = 4
        else:
            divisor = 100_000 if re.search("CTR|RATE", name) else 10_000
        return Column(
            name,
            Kind.RATIO,
            series=Series.CONVERSIONS if conversion else Series.VOLUME,
            span=500_000 if "MICRO" in name or people else 20_000,
            divisor=divisor,
            family=family(name),
            may_be_left_out=True,
            attributed=conversion,
            whole=people,
            levels=("ad_account", "campaign", "ad_group") if reach else Column.levels,
        )
    parts = SUMS.get(name, ())
    is_part = any(name in sum_of for sum_of in SUMS.values())
    if conversion or RESTATED_TOO.search(name):
        series = Series.CONVERSIONS
    elif VOLUME.search(name):
        series = Series.VOLUME
    else:
        series = Series.CLICKS
    if in_micro_dollars and conversion:
        low, span = 500_000, 20_000_000
    elif in_dollars or in_micro_dollars:
        low, span = 1_000, 60_000
    else:
        low, span = (5, 36) if series is Series.VOLUME else (1, 4)
    return Column(
        name,
        Kind.ADDITIVE,
        series=series,
        low=low,
        span=span,
        divisor=1_000_000 if in_dollars else 1,
        parts=parts,
        family=family(name),
        may_be_left_out=not parts and not is_part,
        attributed=conversion,
    )


DESCRIBED: dict[str, Column] = {name: described(name) for name in [*COLUMNS, *ASYNCHRONOUS_COLUMNS]}
