"""Probes of ad accounts, their lists, and the names of codes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from source_pinterest.api.facts import api_facts
from source_pinterest.api.operations import find_operation
from source_pinterest.records.ids import normalize_id
from source_pinterest.streams.registry import schema_of
from source_pinterest.sync.ad_accounts import ADS_ROLES
from source_pinterest.sync.pages import is_page
from source_pinterest.text import counted
from source_pinterest.verify.findings import (
    Finding,
    capitalized,
    differs,
    either,
    holds,
    listed,
    unknown,
)
from source_pinterest.verify.probes.probe import settles
from source_pinterest.verify.subject import NotAsked, Row, Subject, items_of

SCHEMAS = {
    "GET /user_account": "user_account",
    "GET /boards": "boards",
    "GET /pins": "pins",
    "GET /ad_accounts": "ad_accounts",
    "GET /ad_accounts/{ad_account_id}/campaigns": "campaigns",
    "GET /ad_accounts/{ad_account_id}/ad_groups": "ad_groups",
    "GET /ad_accounts/{ad_account_id}/ads": "ads",
    "GET /ad_accounts/{ad_account_id}/keywords": "keywords",
    "GET /ad_accounts/{ad_account_id}/audiences": "audiences",
    "GET /ad_accounts/{ad_account_id}/customer_lists": "customer_lists",
    "GET /ad_accounts/{ad_account_id}/conversion_tags": "conversion_tags",
    "GET /ad_accounts/{ad_account_id}/product_group_promotions": "product_group_promotions",
    "GET /catalogs": "catalogs",
    "GET /catalogs/product_groups": "catalogs_product_groups",
    "GET /resources/delivery_metrics": "delivery_metrics",
}
"""By operation: the stream with the schema of its items."""

PINS_ASKED = 3
"""Pins of ads to ask for."""

ADS_AND_CATALOGS = {"ads", "catalogs", "catalogs_product_groups", "product_group_promotions"}

WITHOUT_BETA = ("/campaigns", "/ad_groups", "/ads", "/analytics")
"""The ends of paths whose refusal is about the role. Elsewhere, Pinterest may refuse what is in beta: several
ad groups at once, or a breakdown."""

TYPES: dict[str, tuple[type, ...]] = {
    "null": (type(None),),
    "boolean": (bool,),
    "integer": (int,),
    "number": (int, float),
    "string": (str,),
    "object": (dict,),
    "array": (list,),
}


@settles("pins-as-the-owner-of-an-ad-account")
def promoted_pins(subject: Subject) -> Iterator[Finding]:
    """Asks for Pins of ads that the list of the user's Pins does not have."""
    name = "pins-as-the-owner-of-an-ad-account"
    own = {
        str(normalize_id(pin.get("id")))
        for answer in subject.exchanges
        if answer.path == "/pins"
        for pin in items_of(answer)
        if pin.get("is_owner") is not False
    }
    promoted = [
        str(normalize_id(ad["pin_id"])) for ad in subject.entities["ad"] if ad.get("pin_id")
    ]
    if not promoted:
        raise NotAsked("The ad account has no ads with a Pin.")
    others = [pin for pin in dict.fromkeys(promoted) if pin not in own]
    params = {"ad_account_id": str(subject.ad_account)}
    answers = [subject.get(f"/pins/{pin}", params) for pin in (others or promoted)[:PINS_ASKED]]
    refused = [answer.error_summary for answer in answers if not answer.is_good]
    whose = "that the list of your Pins does not have" if others else "of your own"
    detail = f"{len(answers) - len(refused)} of {counted(len(answers), 'Pin')} {whose} came"
    detail += f" ({refused[0]})." if refused else "."
    if refused or others:
        yield either(name, not refused, detail)
    else:
        yield unknown(name, detail)


@settles("roles-of-ad-accounts")
def roles(subject: Subject) -> Iterator[Finding]:
    """Compares the roles of the ad account with whether it could be read."""
    name = "roles-of-ad-accounts"
    if not subject.ad_accounts:
        yield unknown(name, "This login sees no ad account.")
        return
    seen = {
        role for ad_account in subject.ad_accounts for role in ad_account.get("permissions") or []
    }
    words = (
        f"{counted(len(subject.ad_accounts), 'ad account')}, roles {listed(sorted(map(str, seen)))}"
    )
    if not subject.ad_account:
        yield unknown(name, f"{words}: none that can be read.")
        return
    (item,) = (
        ad_account
        for ad_account in subject.ad_accounts
        if str(ad_account.get("id")) == subject.ad_account
    )
    of_account = [
        exchange
        for exchange in subject.exchanges
        if exchange.path.startswith("/ad_accounts/") and exchange.path.endswith(WITHOUT_BETA)
    ]
    refused = [exchange for exchange in of_account if exchange.status in (401, 403)]
    if not refused and not any(exchange.is_good for exchange in of_account):
        yield unknown(name, f"{words}. The first one that can be read gave no answer.")
        return
    detail = f"{words}. The first one that can be read was read"
    if refused:
        detail = f"{words}. The first one: {refused[0].error_summary}"
    has_role = bool(ADS_ROLES & set(item.get("permissions") or ()))
    yield either(name, has_role and not refused, f"{detail}.")


@settles("lists-by-ad-group")
def by_ad_group(subject: Subject) -> Iterator[Finding]:
    """Requests the keywords of several ad groups at once, and the product group promotions of one."""
    ids = subject.ids("ad_group")[:2]
    if not ids:
        raise NotAsked("The ad account has no ad groups.")
    keywords = subject.get(
        subject.of_account("/keywords"), {"ad_group_ids": ",".join(ids), "page_size": 250}
    )
    promotions = subject.get(
        subject.of_account("/product_group_promotions"), {"ad_group_id": ids[0], "page_size": 250}
    )
    words = [
        f"{name}: {answer.outcome}"
        for name, answer in (("keywords", keywords), ("promotions", promotions))
    ]
    is_so = keywords.is_good and promotions.is_good
    yield either("lists-by-ad-group", is_so, f"{capitalized('; '.join(words))}.")


@settles("shape-of-targeting-options")
def targeting_options(subject: Subject) -> Iterator[Finding]:
    """Requests the names of targeting values."""
    answer = subject.get("/resources/targeting/GENDER")
    body = answer.body if answer.is_good else None
    if not isinstance(body, list) or not all(isinstance(options, dict) for options in body):
        yield differs("shape-of-targeting-options", f"{answer.error_summary}.")
        return
    labels = [label for options in body for label in options.values()]
    texts = sum(isinstance(label, str) for label in labels)
    detail = f"{counted(len(body), 'object')} with {counted(len(labels), 'label')}, {texts} of them text."
    yield either("shape-of-targeting-options", texts == len(labels), detail)


@settles("no-catalog")
def catalogs(subject: Subject) -> Iterator[Finding]:
    """Requests product groups, which may be refused to a user without a catalog."""
    answer = subject.get("/catalogs/product_groups", {"page_size": 250})
    if answer.is_good:
        yield unknown("no-catalog", "The list was answered: you have a catalog, or need none.")
    elif answer.status == 409:
        yield either("no-catalog", answer.answer.error_code() == 4182, f"{answer.error_summary}.")
    else:
        yield unknown("no-catalog", f"{answer.error_summary}.")


@settles()
def other_lists(subject: Subject) -> Iterator[Finding]:
    """Requests lists so that a recording has their fields."""
    for path in ("/boards", "/catalogs"):
        subject.pages(path, {})
    if subject.ad_account:
        subject.get(subject.of_account("/conversion_tags"))
        for name in ("audiences", "customer_lists"):
            subject.pages(subject.of_account(f"/{name}"), {"order": "ASCENDING"})
    yield from ()


# --- What the items of all lists show ---


@settles(
    "types-of-fields",
    "fields-beyond-the-schemas",
    "fields-of-pins",
    "shape-of-ads-and-catalogs",
    "times-of-entities",
    "values-that-stand-for-none",
    "statuses-of-entities",
)
def fields(subject: Subject) -> Iterator[Finding]:
    """Compares the items of all lists with the schemas of their streams."""
    items = dict(_items(subject))
    if not any(items.values()):
        raise NotAsked("No list had an item.")
    count = sum(map(len, items.values()))
    wrong: set[str] = set()
    beyond: set[str] = set()
    for stream, found in items.items():
        properties = schema_of(stream)["properties"]
        for item in found:
            beyond |= {f"{stream}.{name}" for name in item if name not in properties}
            wrong |= {f"{stream}{place}" for place in _wrong(item, schema_of(stream))}
    seen = f"{counted(count, 'item')} of {counted(sum(map(bool, items.values())), 'list')}"
    yield either("types-of-fields", not wrong, f"{seen}. {_or_none('Other types', sorted(wrong))}")
    detail = f"{seen}. {_or_none('Beyond the schemas', sorted(beyond))}"
    yield (holds if beyond else unknown)("fields-beyond-the-schemas", detail)
    of_pins = sorted(name for name in beyond | wrong if name.startswith("pins."))
    if items.get("pins"):
        detail = _or_none("Beyond the schema, or of another type", of_pins)
        yield either("fields-of-pins", not any(n in wrong for n in of_pins), detail)
    ads = {stream: found for stream, found in items.items() if stream in ADS_AND_CATALOGS and found}
    if ads:
        odd = sorted(name for name in wrong if name.split(".")[0] in ads)
        detail = f"{listed(sorted(ads))}. {_or_none('Other types', odd)}"
        yield either("shape-of-ads-and-catalogs", not odd, detail)
    yield from _values(items)


def _items(subject: Subject) -> Iterator[tuple[str, list[Row]]]:
    found: dict[str, list[Row]] = {}
    for exchange in subject.exchanges:
        operation = find_operation(exchange.method, exchange.path)
        stream = SCHEMAS.get(operation.name) if operation else None
        body: Any = exchange.body if exchange.is_good else None
        if stream and is_page(body):
            found.setdefault(stream, []).extend(items_of(exchange))
        elif stream == "user_account" and isinstance(body, dict):
            found.setdefault(stream, []).append(body)
    yield from found.items()


def _values(items: Mapping[str, list[Row]]) -> Iterator[Finding]:
    entities = [
        item for stream in ("campaigns", "ad_groups", "ads") for item in items.get(stream, [])
    ]
    if not entities:
        return
    times = [
        value
        for entity in entities
        for name, value in entity.items()
        if name.endswith("_time") and value is not None
    ]
    right = sum(type(value) is int and 10**9 <= value < 10**10 for value in times)
    yield either(
        "times-of-entities", right == len(times), f"{right} of {counted(len(times), 'time')}."
    )
    none = sorted(
        {
            name
            for entity in entities
            for name, value in entity.items()
            if _stands_for_none(name, value)
        }
    )
    result = holds if none else unknown
    yield result("values-that-stand-for-none", f"{_or_none('0, -1 or {} in', none)}")
    known = set(_known_statuses())
    statuses = {
        str(entity[name])
        for entity in entities
        for name in ("status", "summary_status")
        if entity.get(name) is not None
    }
    new = sorted(statuses - known)
    detail = f"{counted(len(statuses), 'status', 'statuses')} seen. {_or_none('Not in the description', new)}"
    yield (holds if new else unknown)("statuses-of-entities", detail)


def _stands_for_none(name: str, value: Any) -> bool:
    if name.endswith("_cap") or "frequency" in name:
        return type(value) is int and value in (0, -1)
    return value in ("0", {})


def _known_statuses() -> Iterator[str]:
    for record in api_facts()["records"].values():
        for name in ("status", "summary_status"):
            yield from record["properties"].get(name, {}).get("enum", ())


def _or_none(words: str, names: list[str]) -> str:
    return f"{words}: {listed(names)}." if names else f"{words}: none."


def _wrong(value: Any, schema: Mapping[str, Any], place: str = "") -> Iterator[str]:
    """The places in a value whose type differs from the schema."""
    kinds = schema.get("type")
    kinds = [kinds] if isinstance(kinds, str) else kinds
    if kinds and not _is_of(value, kinds):
        # ids become text, and null in a key becomes the empty text
        if not (place.endswith("id") and isinstance(value, int)) and value is not None:
            yield place
    elif isinstance(value, dict):
        for name, schema_of_it in schema.get("properties", {}).items():
            if name in value:
                yield from _wrong(value[name], schema_of_it, f"{place}.{name}")
    elif isinstance(value, list) and isinstance(schema.get("items"), dict):
        for part in value:
            yield from _wrong(part, schema["items"], f"{place}[]")


def _is_of(value: Any, kinds: list[str]) -> bool:
    if isinstance(value, bool):
        return "boolean" in kinds
    return any(isinstance(value, TYPES[kind]) for kind in kinds)
