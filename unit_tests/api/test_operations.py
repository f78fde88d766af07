"""Which operation of Pinterest a request is."""

import pytest

from source_pinterest.api.operations import find_operation


@pytest.mark.parametrize(
    ("method", "path", "name", "values"),
    [
        ("GET", "/user_account/analytics", "GET /user_account/analytics", {}),
        (
            "GET",
            "/pins/813744226420795884/analytics",
            "GET /pins/{pin_id}/analytics",
            {"pin_id": "813744226420795884"},
        ),
        ("GET", "/pins/analytics", "GET /pins/analytics", {}),
        (
            "POST",
            "/ad_accounts/549755885175/reports",
            "POST /ad_accounts/{ad_account_id}/reports",
            {"ad_account_id": "549755885175"},
        ),
    ],
)
def test_an_operation_is_known_by_its_method_and_path(method, path, name, values):
    operation = find_operation(method, path)

    assert operation is not None
    assert (operation.name, operation.values) == (name, values)


def test_an_operation_has_the_category_of_its_rate_limit():
    operation = find_operation("GET", "/ad_accounts/549755885175/ads/analytics")

    assert operation is not None
    assert operation.category == "ads_analytics"


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("DELETE", "/ad_accounts/549755885175/ads"),
        ("GET", "/ad_accounts/549755885175/ads/"),
        ("GET", "/ad_accounts//ads"),
        ("GET", "https://reports.s3.amazonaws.com/made.json"),
    ],
)
def test_a_request_that_is_no_operation_is_none(method, path):
    assert find_operation(method, path) is None
