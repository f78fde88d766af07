import pytest

from source_pinterest.api.endpoints import category_of, template_of
from source_pinterest.http.errors import PinterestError
from source_pinterest.plan.answers import ANSWERS, answer, endpoint, is_answered_locally
from source_pinterest.records.organic_analytics import is_daily_metrics

DAYS = {"start_date": "2026-11-21", "end_date": "2026-11-23"}


@pytest.mark.parametrize("name", ANSWERS)
def test_answers_are_those_of_endpoints_that_are_not_asked(name):
    assert is_answered_locally(category_of(name), template_of(name))
    assert endpoint(*name.split(" ")) == name


def test_a_pin_is_not_asked_for_and_the_list_of_pins_is():
    found = answer("GET", "/pins/7", {"ad_account_id": "9"}, bool)

    assert found == {"id": "7"}
    assert is_answered_locally("org_read", "/pins/7")
    assert not is_answered_locally("org_read", "/pins")


def test_the_account_has_every_day_and_a_pin_is_as_young_as_the_last():
    user = answer("GET", "/user_account/analytics", DAYS, is_daily_metrics)
    pins = answer("GET", "/pins/analytics", {**DAYS, "pin_ids": ["7", "8"]}, bool)

    days = [each["date"] for each in user["all"]["daily_metrics"]]
    assert days == ["2026-11-21", "2026-11-22", "2026-11-23"]
    assert list(pins) == ["7", "8"]
    assert [each["date"] for each in pins["8"]["all"]["daily_metrics"]] == ["2026-11-23"]


@pytest.mark.parametrize(
    ("kind", "body"), [(list, []), (dict, {}), (lambda body: "items" in body, {"items": []})]
)
def test_other_endpoints_have_an_empty_answer_of_the_kind_that_a_sync_accepts(kind, body):
    is_expected = kind if not isinstance(kind, type) else lambda found: isinstance(found, kind)

    found = answer("GET", "/ad_accounts/7/analytics", {}, is_expected)

    assert found == {**body, "bookmark": None} if "items" in body else found == body


def test_an_endpoint_without_an_answer_is_reported():
    with pytest.raises(PinterestError, match="GET /new cannot be planned"):
        answer("GET", "/new", {}, lambda _: False)


def test_an_endpoint_of_names_is_not_taken_for_one_with_an_id():
    assert endpoint("GET", "/pins/analytics") == "GET /pins/analytics"
    assert endpoint("GET", "/pins/7/analytics") == "GET /pins/{pin_id}/analytics"
    assert template_of(endpoint("GET", "/something")) == "/something"
