"""The form: what a platform shows, and what it does with Pinterest's login."""

import base64
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jinja2
import pytest
from airbyte_cdk.models import ConnectorSpecificationSerializer
from jsonschema import Draft7Validator

from source_pinterest.api.levels import LEVELS
from source_pinterest.config.config import (
    BACKFILL_DAYS,
    LOOKBACK_DAYS,
    AccessTokenCredentials,
    Config,
    OAuthCredentials,
)
from source_pinterest.config.custom_reports import CustomReport

PACKAGE = Path(__file__).resolve().parent.parent / "source_pinterest"
FACTS = json.loads((PACKAGE / "api" / "pinterest_api.json").read_text(encoding="utf-8"))
SPEC = json.loads((PACKAGE / "spec.json").read_text(encoding="utf-8"))
FORM = SPEC["connectionSpecification"]
FIELDS = FORM["properties"]
VARIANTS = {
    each["properties"]["auth_method"]["const"]: each for each in FIELDS["credentials"]["oneOf"]
}
OAUTH_FLOW = SPEC["advanced_auth"]["oauth_config_specification"]

SAVED = [  # the shapes that saved connections have
    {
        "credentials": {
            "auth_method": "oauth2.0",
            "client_id": "1234567",
            "client_secret": "the-app-secret",
            "refresh_token": "pinr_token",
        },
        "backfill_days": 90,
        "lookback_days": 30,
        "ad_account_ids": ["549755885175"],
        "targeting_types": ["AGE_BUCKET", "GENDER"],
    },
    {"credentials": {"auth_method": "access_token", "access_token": "pina_token"}},
    {
        "credentials": {"auth_method": "access_token", "access_token": "pina_token"},
        "custom_reports": [
            {
                "name": "ads_by_week",
                "level": "ad",
                "columns": ["SPEND_IN_DOLLAR"],
                "granularity": "WEEK",
                "targeting_types": ["GENDER"],
                "start_date": "2026-01-01",
                "statuses": ["APPROVED"],
                "click_window_days": "7",
                "conversion_report_time": "TIME_OF_CONVERSION",
            }
        ],
    },
]


def parts(
    node: Any, path: tuple[str, ...] = ()
) -> Iterator[tuple[tuple[str, ...], dict[str, Any]]]:
    if isinstance(node, dict):
        yield path, node
        for key, value in node.items():
            yield from parts(value, (*path, key))
    elif isinstance(node, list):
        for value in node:
            yield from parts(value, path)


def test_the_file_is_a_connector_specification():
    specification = ConnectorSpecificationSerializer.load(SPEC)

    Draft7Validator.check_schema(specification.connectionSpecification)
    assert specification.advanced_auth.predicate_key == ["credentials", "auth_method"]
    assert specification.advanced_auth.predicate_value == "oauth2.0"


@pytest.mark.parametrize("saved", SAVED)
def test_saved_connections_fit_the_form_and_the_configuration(saved):
    assert list(Draft7Validator(FORM).iter_errors(saved)) == []
    Config.parse(saved)


def test_the_patterns_of_the_form_take_what_is_left_empty():
    """And nothing else that is none: whoever leaves a field empty must be able to save."""
    needed = {("properties", "custom_reports", "items", "properties", "name")}
    patterns = {path: node["pattern"] for path, node in parts(FORM) if "pattern" in node}

    assert {path for path, pattern in patterns.items() if not re.search(pattern, "")} == needed
    assert len(patterns) == 5
    for path, pattern in patterns.items():
        assert not re.search(pattern, " "), path
        assert not re.search(pattern, "x y"), path


def test_a_connection_whose_optional_texts_are_empty_fits_the_form_and_the_configuration():
    saved = {
        **SAVED[2],
        "start_date": "",
        "ad_account_ids": ["", "549755885175"],
        "custom_reports": [{**SAVED[2]["custom_reports"][0], "start_date": ""}],
    }

    assert list(Draft7Validator(FORM).iter_errors(saved)) == []
    config = Config.parse(saved)
    assert (config.start_date, config.ad_account_ids) == (None, ("549755885175",))
    assert config.custom_reports[0].start_date is None


def test_a_key_that_the_form_does_not_know_fits_all_the_same():
    assert list(Draft7Validator(FORM).iter_errors({**SAVED[1], "start_date": "2026-01-01"})) == []


def test_the_form_and_the_configuration_have_the_same_fields():
    assert set(FIELDS) == set(Config.model_fields)
    assert set(VARIANTS["oauth2.0"]["properties"]) == set(OAuthCredentials.model_fields)
    assert set(VARIANTS["access_token"]["properties"]) == set(AccessTokenCredentials.model_fields)


def test_the_form_and_the_configuration_have_the_same_defaults_and_bounds():
    defaults = {name: each["default"] for name, each in FIELDS.items() if "default" in each}
    backfill, lookback = FIELDS["backfill_days"], FIELDS["lookback_days"]

    config = Config.parse({**SAVED[1], **defaults})

    assert config == Config.parse(SAVED[1])
    assert (backfill["minimum"], backfill["maximum"]) == (BACKFILL_DAYS[0], BACKFILL_DAYS[-1])
    assert (lookback["minimum"], lookback["maximum"]) == (LOOKBACK_DAYS[0], LOOKBACK_DAYS[-1])


def test_the_choices_of_the_form_are_pinterests():
    analytics = FACTS["operations"]["GET /ad_accounts/{ad_account_id}/ads/analytics"]["parameters"]
    ads = FACTS["operations"]["GET /ad_accounts/{ad_account_id}/ads"]["parameters"]

    for window in ("click_window_days", "engagement_window_days", "view_window_days"):
        assert FIELDS[window]["enum"] == [str(days) for days in analytics[window]["enum"]]
        assert FIELDS[window]["default"] == str(analytics[window]["default"])
    report_time = analytics["conversion_report_time"]
    assert FIELDS["conversion_report_time"]["enum"] == report_time["enum"]
    assert FIELDS["conversion_report_time"]["default"] == report_time["default"]
    assert FIELDS["entity_statuses"]["items"]["enum"] == ads["entity_statuses"]["items"]["enum"]
    levels = FACTS["targeting_types"]
    assert set(FIELDS["targeting_types"]["items"]["enum"]) == set().union(*levels.values())


def test_the_choices_of_a_custom_report_are_pinterests():
    body = FACTS["operations"]["POST /ad_accounts/{ad_account_id}/reports"]["body"]["properties"]
    item = FIELDS["custom_reports"]["items"]
    offered = {
        name: each.get("items", each).get("enum") for name, each in item["properties"].items()
    }

    assert set(item["properties"]) == set(CustomReport.model_fields)
    assert item["required"] == [
        name for name in item["properties"] if CustomReport.model_fields[name].is_required()
    ]
    assert offered["level"] == list(LEVELS)
    assert offered["granularity"] == body["granularity"]["enum"]
    assert offered["targeting_types"] == body["targeting_types"]["items"]["enum"]
    statuses = {name: body[name]["items"]["enum"] for name in body if name.endswith("_statuses")}
    assert set(offered["statuses"]) == set().union(*statuses.values())
    assert offered["conversion_report_time"] == body["conversion_report_time"]["enum"]
    for name in ("click_window_days", "engagement_window_days", "view_window_days"):
        assert offered[name] == [str(days) for days in body[name]["enum"]]


def test_custom_reports_are_explained_in_order_and_nobody_needs_them():
    fields = FIELDS["custom_reports"]["items"]["properties"]

    assert [each["order"] for each in fields.values()] == list(range(len(fields)))
    assert all(each["title"] and each["description"] for each in fields.values())
    assert "custom_reports" not in FORM["required"]
    shown = [each["order"] for each in FIELDS.values() if not each.get("airbyte_hidden")]
    assert FIELDS["custom_reports"]["order"] == max(shown)


def test_a_person_finds_each_field_named_explained_and_in_order():
    shown = {"credentials": FIELDS["credentials"]} | {
        name: each for name, each in FIELDS.items() if not each.get("airbyte_hidden")
    }

    assert [each["order"] for each in shown.values()] == list(range(len(shown)))
    assert all(each["title"] and each["description"] for each in shown.values())
    assert {each["group"] for each in shown.values()} == {each["id"] for each in FORM["groups"]}
    for path, node in parts(FORM):
        assert ("pattern" in node) == ("pattern_descriptor" in node), path


def test_secrets_are_marked_and_stand_only_where_the_cdk_finds_them():
    marked = {path for path, node in parts(FORM) if node.get("airbyte_secret")}
    variant = ("properties", "credentials", "oneOf", "properties")

    assert marked == {
        (*variant, name)
        for name in (
            *("client_id", "client_secret", "refresh_token"),
            *("access_token", "token_expiry_date"),
        )
    }
    assert not any({"anyOf", "allOf"} & set(path) for path, _ in parts(FORM))


def test_what_the_platform_fills_by_itself_is_hidden():
    oauth = VARIANTS["oauth2.0"]

    hidden = {name for name, each in oauth["properties"].items() if each.get("airbyte_hidden")}

    assert hidden == {"access_token", "token_expiry_date"}
    assert not hidden & set(oauth["required"])
    assert FIELDS["base_url"]["airbyte_hidden"] is True
    assert FORM["required"] == ["credentials"]


def test_the_login_asks_pinterest_to_read_and_for_nothing_else():
    flow = OAUTH_FLOW["oauth_connector_input_specification"]

    address = jinja2.Template(flow["consent_url"]).render(
        client_id_param="client_id=1234567",
        redirect_uri_param="redirect_uri=https%3A%2F%2Fexample.com%2Fauth_flow",
        scope_param="scope=ads%3Aread",
        state_param="state=xyz",
    )

    assert address == (
        "https://www.pinterest.com/oauth/?client_id=1234567"
        "&redirect_uri=https%3A%2F%2Fexample.com%2Fauth_flow"
        "&response_type=code&scope=ads%3Aread&state=xyz"
    )
    assert flow["scope"] == (
        "ads:read,boards:read,boards:read_secret,catalogs:read,pins:read,pins:read_secret,"
        "user_accounts:read"
    )
    needed = {scope for each in FACTS["operations"].values() for scope in each["scopes"]}
    assert needed <= set(flow["scope"].split(","))


def test_the_code_is_exchanged_as_a_form_with_basic_authentication():
    flow = OAUTH_FLOW["oauth_connector_input_specification"]
    environment = jinja2.Environment(autoescape=True)
    environment.filters["b64encode"] = lambda text: base64.b64encode(text.encode()).decode()

    rendered = {
        name: environment.from_string(template).render(
            client_id_value="1234567",
            client_secret_value="the-app-secret",
            auth_code_value="the-code",
            redirect_uri_value="https://example.com/auth_flow",
        )
        for part in ("access_token_headers", "access_token_params")
        for name, template in flow[part].items()
    }

    assert flow["access_token_url"] == "https://api.pinterest.com/v5/oauth/token"
    assert rendered == {
        "Authorization": "Basic MTIzNDU2Nzp0aGUtYXBwLXNlY3JldA==",
        "Content-Type": "application/x-www-form-urlencoded",
        "grant_type": "authorization_code",
        "code": "the-code",
        "redirect_uri": "https://example.com/auth_flow",
        "continuous_refresh": "true",
    }


def test_what_the_login_gives_is_saved_where_the_configuration_reads_it():
    places = {
        name: each["path_in_connector_config"]
        for part in (
            "complete_oauth_output_specification",
            "complete_oauth_server_output_specification",
        )
        for name, each in OAUTH_FLOW[part]["properties"].items()
    }

    assert places == {
        "client_id": ["credentials", "client_id"],
        "client_secret": ["credentials", "client_secret"],
        "refresh_token": ["credentials", "refresh_token"],
        "access_token": ["credentials", "access_token"],
        "token_expiry_date": ["credentials", "token_expiry_date"],
    }
