"""The look-ups in Pinterest's description, compared with what it says."""

import pytest

from source_pinterest.api.endpoints import (
    category_of,
    choices_of,
    operation_of,
    path_of,
    scopes_of,
    template_of,
)

SECTION_PINS = "GET /boards/{board_id}/sections/{section_id}/pins"


def test_an_endpoint_has_a_rate_limit_and_scopes():
    assert category_of("GET /pins/analytics") == "org_analytics"
    assert scopes_of("GET /pins/analytics") == {"boards:read", "pins:read"}
    assert scopes_of("POST /oauth/token") == frozenset()
    assert operation_of("POST /ad_accounts/{ad_account_id}/reports")["body"]["properties"]["level"]


def test_an_endpoint_that_the_description_does_not_have_is_an_error():
    for look_up in (category_of, scopes_of, operation_of):
        with pytest.raises(KeyError):
            look_up("GET /never/described")


def test_a_path_has_its_values_encoded_and_leaves_the_others_out():
    values = {"board_id": "1", "section_id": "../2?x=#", "ad_account_id": "3"}

    assert template_of(SECTION_PINS) == "/boards/{board_id}/sections/{section_id}/pins"
    assert path_of(SECTION_PINS, values) == "/boards/1/sections/..%2F2%3Fx%3D%23/pins"
    assert path_of(SECTION_PINS, {**values, "board_id": "\ud83d"}).startswith("/boards/%3F/")
    with pytest.raises(KeyError):
        path_of(SECTION_PINS, {"board_id": "1"})


@pytest.mark.parametrize(
    ("endpoint", "parameter", "some"),
    [
        ("GET /ad_accounts/{ad_account_id}/audiences", "ownership_type", {"OWNED", "RECEIVED"}),
        ("GET /ad_accounts/{ad_account_id}/ads", "entity_statuses", {"ACTIVE", "ARCHIVED"}),
        ("GET /user_account/analytics", "metric_types", {"IMPRESSION", "SAVE_RATE"}),
        ("GET /resources/targeting/{targeting_type}", "targeting_type", {"GENDER"}),
    ],
)
def test_the_values_of_a_parameter_or_of_its_items_are_known(endpoint, parameter, some):
    assert some <= set(choices_of(endpoint, parameter))
