"""Where an ad leads, and the UTM parameters of the first of its links that has any."""

from __future__ import annotations

import pytest

from source_pinterest.records.landing_pages import landing_page, utm

AD, CARD, PIN = "https://ad.test/", "https://card.test/", "https://pin.test/"
TAGGED = "?utm_source=pinterest&utm_campaign=sale"


@pytest.mark.parametrize(
    ("ad", "pin", "url"),
    [
        ({"destination_url": AD, "carousel_destination_urls": [CARD]}, {"link": PIN}, AD),
        ({"destination_url": None, "carousel_destination_urls": [CARD]}, {"link": PIN}, CARD),
        ({}, {"link": PIN, "media": {"items": [{"link": CARD}, {"link": None}]}}, CARD),
        ({"destination_url": " ", "carousel_destination_urls": None}, {"link": PIN}, PIN),
        ({"click_tracking_url": "https://track.test/"}, {"link": PIN}, PIN),
        ({}, {"link": None, "media": "an image"}, None),
    ],
)
def test_the_landing_page_is_the_ads_own_else_a_cards_else_the_pins(ad, pin, url):
    assert landing_page(ad, pin)["landing_page_url"] == url


@pytest.mark.parametrize(
    ("ad", "pin", "kind"),
    [
        ({"destination_url": AD + TAGGED}, {"link": f"{PIN}?utm_source=other"}, "destination_url"),
        ({"destination_url": AD, "click_tracking_url": CARD + TAGGED}, {}, "click_tracking_url"),
        (
            {"destination_url": AD, "tracking_urls": {"click": ["x", CARD + TAGGED]}},
            {"link": PIN},
            "tracking_urls",
        ),
        ({"carousel_destination_urls": [CARD, CARD + TAGGED]}, {}, "carousel_destination_urls"),
        ({}, {"media": {"items": [{"link": CARD + TAGGED}]}}, "pin_carousel"),
        ({"destination_url": AD}, {"link": PIN + TAGGED}, "pin_link"),
    ],
)
def test_the_utm_parameters_are_those_of_one_link_and_the_row_says_of_which(ad, pin, kind):
    found = landing_page(ad, pin)

    assert found["utm_link_type"] == kind
    assert (found["utm_source"], found["utm_campaign"]) == ("pinterest", "sale")
    assert found["utm_medium"] is None


def test_without_any_the_parameters_are_null():
    found = landing_page({"destination_url": AD}, {"link": PIN})

    assert found["utm_link_type"] is None
    assert {found[name] for name in utm("")} == {None}


def test_each_different_link_of_a_carousel_has_parameters_of_its_own():
    ad = {"carousel_destination_urls": [CARD + TAGGED, CARD]}
    pin = {"media": {"items": [{"link": CARD}, {"link": PIN}]}}

    found = landing_page(ad, pin)["carousel_links"]

    assert [(each["link"], each["utm_campaign"]) for each in found] == [
        (CARD + TAGGED, "sale"),
        (CARD, None),
        (PIN, None),
    ]


@pytest.mark.parametrize(
    ("link", "source"),
    [
        ("https://x.test/?utm_source=a&utm_source=b", "a"),
        ("https://x.test/?UTM_SOURCE=a%2Bb+c", "a+b c"),
        ("https://x.test/?utm_source={adid}", "{adid}"),
        ("https://x.test/?utm_source=", None),
        ("https://x.test/#?utm_source=a", None),
        ("https://[x.test/?utm_source=a", None),
    ],
)
def test_a_parameter_is_taken_as_a_web_server_would_take_it(link, source):
    assert utm(link)["utm_source"] == source
