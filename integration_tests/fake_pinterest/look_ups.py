"""Names of codes and columns; the same for every login.

Some types have no options: null, an empty array, an empty object. One label is an object and one a
number, since the description leaves them untyped. Some metrics have no display name, one has the
same name in both categories, and each report type knows metrics that the other does not.
"""

from __future__ import annotations

from typing import Any

from .facts import ACCOUNT_METRICS, COLUMNS, FACTS, STANDARD_METRICS, VIDEO_METRICS
from .world import Record

ASYNCHRONOUS: list[str] = FACTS["asynchronous_columns"]
ORGANIC = sorted({*STANDARD_METRICS, *VIDEO_METRICS, *ACCOUNT_METRICS})

OPTIONS: dict[str, list[dict[str, Any]] | None] = {
    "APPTYPE": [{"iphone": "iPhone", "ipad": "iPad", "web": "Web", "android_mobile": "Android"}],
    "GENDER": [{"unknown": "Unspecified", "male": "Men", "female": "Women"}],
    "LOCALE": [{"en-US": "English - US", "de": "German"}],
    "AGE_BUCKET": [{"18-24": "18-24", "25-34": "25-34", "35-44": "35-44", "65+": "65+"}],
    "LOCATION": [
        {"500": "U.S.: Portland-Auburn", "501": "U.S.: New York", "GR": "Greece", "US": "U.S."},
        {"36313": "Australia: Moreton Bay - North", "9007199254740993": "Canada: North Battleford"},
    ],
    "GEO": [{"US-94102": "San Francisco 94102", "BE-VOV": "Oost-Vlaanderen"}],
    "INTEREST": [
        {
            "903260720461": "Food and Drinks",
            "945391946569": {"id": "945391946569", "name": "Dress", "level": 2},
            "18014398509481985": "Chocolate Cookies",
            "5": 7,
        }
    ],
    "KEYWORD": None,
    "AUDIENCE_INCLUDE": [],
    "AUDIENCE_EXCLUDE": [{}],
}


def delivery_metrics(report_type: str | None) -> Record:
    """Of both kinds of report if none is named."""
    ads = {"SYNC": COLUMNS, "ASYNC": ASYNCHRONOUS}
    names = ads.get(report_type or "", [*dict.fromkeys([*COLUMNS, *ASYNCHRONOUS])])
    organic = [] if report_type == "ASYNC" else ORGANIC
    found = [metric("ADS", name) for name in names] + [metric("ORGANIC", name) for name in organic]
    return {"items": found}


def metric(category: str, name: str) -> Record:
    words = name.replace("_", " ").lower()
    record = {"name": name, "category": category, "definition": f"What {words} means, exactly."}
    if len(name) % 3:
        record["display_name"] = words.capitalize()
    return record
