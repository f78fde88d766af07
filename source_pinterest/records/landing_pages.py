"""The landing page of an ad: its URL, and the UTM parameters of the ad's links. No I/O, no CDK."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from source_pinterest.records.rows import Row

UTM = ("utm_source", "utm_medium", "utm_campaign", "utm_term", "utm_content")
"""The UTM parameters that become fields, as Google Analytics defines them."""


def landing_page(ad: Mapping[str, Any], pin: Mapping[str, Any]) -> Row:
    """The fields of an ad's landing page.

    The URL is that of the ad, or else of the first card of a carousel that has one, or else of the Pin. All UTM
    parameters come from the first link that has any; `utm_link_type` says which.

    >>> ad = {"destination_url": "https://x.test/?utm_source=pins&utm_source=two"}
    >>> found = landing_page(ad, {"link": "https://y.test"})
    >>> found["landing_page_url"], found["utm_source"], found["utm_medium"], found["utm_link_type"]
    ('https://x.test/?utm_source=pins&utm_source=two', 'pins', None, 'destination_url')
    """
    links = list(_links(ad, pin))
    pages = [link for kind, link in links if kind in PAGES]
    tagged = ((kind, utm(link)) for kind, link in links)
    kind, parameters = next(((k, found) for k, found in tagged if any(found.values())), (None, {}))
    cards = [link for name, link in links if name in CARDS]
    return {
        "landing_page_url": next(iter(pages), None),
        **dict.fromkeys(UTM),
        **parameters,
        "utm_link_type": kind,
        "carousel_links": [{"link": link, **utm(link)} for link in dict.fromkeys(cards)],
    }


def utm(link: str) -> dict[str, str | None]:
    """The UTM parameters of a link; None for each that it lacks. If one is repeated, the first counts.

    >>> utm("https://x.test/?UTM_Source=a%20b&utm_term=")["utm_source"]
    'a b'
    """
    try:
        query = urlsplit(link).query
    except ValueError:
        query = ""
    found: dict[str, str] = {}
    for name, value in parse_qsl(query):
        found.setdefault(name.lower(), value)
    return {name: found.get(name) for name in UTM}


CARDS = ("carousel_destination_urls", "pin_carousel")
PAGES = ("destination_url", *CARDS, "pin_link")
"""The kinds of links that lead to a page. Tracking URLs do not."""


def _links(ad: Mapping[str, Any], pin: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """All links with their kinds, in the order of preference."""
    media = pin.get("media")
    items = media.get("items") if isinstance(media, Mapping) else None
    cards = [card.get("link") for card in _list(items) if isinstance(card, Mapping)]
    tracking = ad.get("tracking_urls")
    clicks = tracking.get("click") if isinstance(tracking, Mapping) else None
    yield from _texts("destination_url", [ad.get("destination_url")])
    yield from _texts("click_tracking_url", [ad.get("click_tracking_url")])
    yield from _texts("tracking_urls", _list(clicks))
    yield from _texts("carousel_destination_urls", _list(ad.get("carousel_destination_urls")))
    yield from _texts("pin_carousel", cards)
    yield from _texts("pin_link", [pin.get("link")])


def _texts(kind: str, values: Iterable[Any]) -> Iterator[tuple[str, str]]:
    return ((kind, url) for url in values if isinstance(url, str) and url.strip())


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []
