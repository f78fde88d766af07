"""pinterest_api.json: the newest facts of Pinterest's API, each with the description that says it.

pinterestsdk, which is generated from a newer description than the OpenAPI file, is read here without
the reader that the facts come through. The OpenAPI file is only there if PINTEREST_OPENAPI names it.
"""

import copy
import doctest
import functools
import importlib.util
import json
import os
import re
import runpy
from importlib.machinery import SourceFileLoader
from pathlib import Path
from typing import Any

import pytest

from source_pinterest.streams.registry import schema_of

ROOT = Path(__file__).resolve().parents[2]
FACTS = json.loads((ROOT / "source_pinterest/api/pinterest_api.json").read_text("utf-8"))
TOLD = FACTS["provenance"]
SCRIPT = runpy.run_path(str(ROOT / "script/update_api_facts"))
REPORTS = "POST /ad_accounts/{ad_account_id}/reports"
BODY = ("operations", REPORTS, "body", "properties")


def models() -> Path:
    spec = importlib.util.find_spec("pinterestsdk")
    assert spec
    assert spec.submodule_search_locations
    return Path(spec.submodule_search_locations[0]) / "models"


def enum(module: str) -> list[Any]:
    (kind,) = (
        each
        for name, each in runpy.run_path(str(models() / f"{module}.py")).items()
        if name.lower() == module.replace("_", "")
    )
    return [each.value for each in kind]


def fields(module: str) -> set[str]:
    """The fields of a model; of alternatives, those of each."""
    text = (models() / f"{module}.py").read_text("utf-8")
    alternatives = re.findall(
        r"^    oneof_schema_\d_validator: Optional\[(\w+)\]", text, re.MULTILINE
    )
    if alternatives:
        snake = [re.sub(r"(?<=[a-z])(?=[A-Z])", "_", name).lower() for name in alternatives]
        return set().union(*map(fields, snake))
    (names,) = re.findall(r"__properties: ClassVar\[List\[str\]\] = (\[.*\])", text)
    return set(json.loads(names))


def at(*place: str) -> Any:
    found = FACTS
    for name in place:
        found = found[name]
    return found


@functools.cache
def of_the_client() -> Any:
    return SCRIPT["of_the_client"](SCRIPT["GeneratedClient"]())


def differences(facts: Any) -> list[str]:
    return list(SCRIPT["differences"](facts, of_the_client()))


def source(*place: str) -> str:
    return str(SCRIPT["source_of"](place, TOLD))


# --- The newest of each ---


@pytest.mark.parametrize(
    ("module", "place"),
    [
        ("reporting_column_sync", ["columns"]),
        ("reporting_column_async", ["asynchronous_columns"]),
        ("data_status", ["data_statuses"]),
        ("ads_analytics_campaign_targeting_type", ["targeting_types", "campaign"]),
        ("ads_analytics_ad_group_targeting_type", ["targeting_types", "ad_group"]),
        ("ad_ads_analytics_async_targeting_types", [*BODY, "targeting_types", "items"]),
        ("metrics_reporting_level", [*BODY, "level"]),
        ("granularity", [*BODY, "granularity"]),
        ("campaign_objective_type", [*BODY, "campaign_objective_types", "items"]),
        ("campaign_summary_status", [*BODY, "campaign_statuses", "items"]),
        ("ad_group_summary_status", [*BODY, "ad_group_statuses", "items"]),
        ("pin_promotion_summary_status", [*BODY, "ad_statuses", "items"]),
        ("product_group_summary_status", [*BODY, "product_group_statuses", "items"]),
        ("conversion_attribution_window_days", [*BODY, "click_window_days"]),
        ("conversion_report_time_type", [*BODY, "conversion_report_time"]),
        ("campaign_objective_type", ["records", "Campaign", "properties", "objective_type"]),
        ("campaign_summary_status", ["records", "Campaign", "properties", "summary_status"]),
        ("entity_status", ["records", "Campaign", "properties", "status"]),
        ("creative_type", ["records", "Pin", "properties", "creative_type"]),
        ("creative_type", ["records", "Ad", "properties", "creative_type"]),
        ("pinner_list_type", ["records", "Audience", "properties", "audience_type"]),
        ("audience_status", ["records", "Audience", "properties", "status"]),
        ("customer_list_status", ["records", "CustomerList", "properties", "status"]),
    ],
)
def test_an_enumeration_is_that_of_the_newest_description(module, place):
    found = at(*place)

    assert sorted(found["enum"] if isinstance(found, dict) else found) == sorted(enum(module))


def test_the_metrics_of_pins_are_those_of_the_newest_description():
    for operation in ("GET /pins/{pin_id}/analytics", "GET /pins/analytics"):
        standard, video = at(
            "operations", operation, "parameters", "metric_types", "items", "one_of"
        )

        assert sorted(standard["enum"]) == sorted(enum("standard_pin_metric_types"))
        assert sorted(video["enum"]) == sorted(enum("video_pin_metric_types"))
        assert {*standard["enum"], *video["enum"]} == {
            *enum("multi_pins_analytics_metric_types_item")
        }
    account = at("operations", "GET /user_account/analytics", "parameters", "metric_types")
    assert sorted(account["items"]["enum"]) == sorted(enum("querymetrictypes_items"))


@pytest.mark.parametrize(
    ("operation", "parameters"),
    [
        ("GET /pins", {"domain", "domains", "include_product_tag_obj"}),
        ("GET /ad_accounts/{ad_account_id}/audiences", {"exclude_nca"}),
        ("GET /ad_accounts/{ad_account_id}/customer_lists", {"exclude_nca"}),
        (
            "GET /ad_accounts/{ad_account_id}/ads/targeting_analytics",
            {"sort_columns", "sort_ascending"},
        ),
        (
            "GET /ad_accounts/{ad_account_id}/ad_groups/targeting_analytics",
            {"sort_columns", "sort_ascending"},
        ),
    ],
)
def test_new_parameters_are_there_beside_the_older_ones(operation, parameters):
    found = at("operations", operation, "parameters")

    assert parameters < set(found)
    assert all(
        source("operations", operation, "parameters", name, "type") == "5.28.0"
        for name in parameters
    )


@pytest.mark.parametrize(
    ("module", "streams"),
    [
        ("board", ["boards"]),
        ("pin", ["pins", "board_pins", "board_section_pins"]),
        ("follow_user", ["followers"]),
        ("interest", ["user_interests"]),
        ("campaign", ["campaigns"]),
        ("ad_group", ["ad_groups"]),
        ("ad", ["ads"]),
        ("ad_account", ["ad_accounts"]),
        ("audience", ["audiences"]),
        ("ad_accounts_audience", ["audiences"]),
        ("keyword", ["keywords"]),
        ("customer_list", ["customer_lists"]),
        ("conversion_tag", ["conversion_tags"]),
        ("product_group_promotion", ["product_group_promotions"]),
        ("account", ["user_account"]),
        ("board_section", ["board_sections"]),
        ("catalog", ["catalogs"]),
        ("catalogs_feed", ["catalogs_feeds"]),
        ("catalogs_vertical_product_group", ["catalogs_product_groups"]),
    ],
)
def test_each_list_offers_every_field_of_the_newest_description(module, streams):
    for stream in streams:
        assert fields(module) - set(schema_of(stream)["properties"]) == set()


def test_the_file_agrees_with_the_client_that_is_installed():
    assert differences(FACTS) == []


@pytest.mark.parametrize(
    ("place", "change", "said"),
    [
        (["columns"], lambda found: found.remove("CTR"), "columns > CTR: the file lacks it"),
        (
            ["records", "Pin", "properties"],
            lambda found: found.pop("is_product"),
            "records > Pin > properties > is_product > type: the file lacks it",
        ),
        (
            ["records", "Pin", "properties"],
            lambda found: found.update(is_new={"type": "boolean"}),
            "records > Pin > properties > is_new > type: not said by the client",
        ),
        (
            ["data_statuses"],
            lambda found: found.append("LATE"),
            "data_statuses > LATE: not said by the client",
        ),
        (
            ["operations", REPORTS, "body", "properties", "ad_ids"],
            lambda found: found.update(max_items=250),
            f"operations > {REPORTS} > body > properties > ad_ids > max_items: 250, and 500 in the client",
        ),
        (
            ["provenance", "of_facts", "records"],
            lambda found: found.update(AdAccount="seen live"),
            "records > AdAccount > properties > time_zone > type: said by the client",
        ),
    ],
)
def test_where_the_file_and_the_client_disagree_is_named(place, change, said):
    facts = copy.deepcopy(FACTS)
    found = facts
    for name in place:
        found = found[name]

    change(found)

    assert said in differences(facts)


# --- Which description says it ---


@pytest.mark.parametrize(
    ("place", "version"),
    [
        (["columns", "CTR"], "5.28.0"),
        (["columns", "COLLECTION_PIN_ITEM_IMPRESSION_1"], "5.28.0"),
        (["operations", "GET /pins", "rate_limit_category"], "5.23.0"),
        (["operations", "GET /pins", "scopes", "pins:read"], "5.23.0"),
        (["operations", "GET /pins", "parameters", "page_size", "maximum"], "5.28.0"),
        (["operations", "GET /pins", "parameters", "page_size", "default"], "5.23.0"),
        (["operations", "GET /pins", "parameters", "domains", "explode"], "5.28.0"),
        (["records", "Campaign", "properties", "objective_type", "enum", "SALES"], "5.28.0"),
        (["records", "Pin", "properties", "note", "type"], "seen live"),
        (["records", "Pin", "properties", "product_tags", "items", "type"], "seen live"),
        (["records", "AdGroup", "properties", "bid_multiplier", "maximum"], "5.23.0"),
        (
            [
                *("operations", "GET /ad_accounts/{ad_account_id}/ads/analytics"),
                *("parameters", "click_window_days", "enum", "30"),
            ],
            "5.23.0",
        ),
    ],
)
def test_the_file_says_of_a_fact_which_description_it_is_from(place, version):
    assert source(*place) == version


def test_every_fact_has_a_source_and_every_source_is_explained():
    facts = {name: FACTS[name] for name in FACTS.keys() - {"provenance", "columns_by_level"}}
    sources = {source(*place) for place, _ in SCRIPT["said"](facts)}

    assert sources == {"5.23.0", "5.28.0", "seen live"}
    assert set(TOLD["sources"]) == sources | {rule["source"] for rule in FACTS["columns_by_level"]}
    assert "pinterestsdk 2.1.0" in TOLD["sources"]["5.28.0"]
    assert FACTS["version"] == TOLD["of_all"] == "5.28.0"


def test_the_provenance_names_nothing_that_is_not_there():
    def walk(told: Any, found: Any, place: str) -> None:
        if isinstance(told, dict):
            for name, below in told.items():
                if name == "*":
                    assert any(walks(below, each) for each in found.values()), place
                elif isinstance(found, list):
                    assert name in map(str, found), f"{place} > {name}"
                else:
                    assert name in found, f"{place} > {name}"
                    walk(below, found[name], f"{place} > {name}")

    def walks(told: Any, found: Any) -> bool:
        if not isinstance(told, dict):
            return True
        return any(name in found and walks(below, found[name]) for name, below in told.items())

    walk(TOLD["of_facts"], FACTS, "")


def test_fields_that_were_only_seen_are_these():
    seen = {
        place[1:4:2]
        for place, _ in SCRIPT["said"]({"records": FACTS["records"]})
        if source(*place) == "seen live"
    }

    assert seen == {
        ("Pin", "is_removable"),
        ("Pin", "note"),
        ("Pin", "product_tags"),
        ("Pin", "media"),  # the rendition `originals`
        ("Campaign", "ext_features"),
        ("AdGroup", "enabled_catalog_expansion"),
        ("AdGroup", "is_automated_campaign"),
        ("AdGroup", "is_creative_expansion"),
        ("Audience", "is_ctv_enabled"),
    }


def test_the_rules_about_levels_are_about_levels_and_columns_that_exist():
    levels = at("operations", REPORTS, "body", "properties", "level", "enum")
    for rule in FACTS["columns_by_level"]:
        named = [*rule.get("only_at", []), *rule.get("not_at", [])]

        assert named
        assert set(named) <= set(levels)
        assert any(re.fullmatch(rule["columns"], each) for each in FACTS["asynchronous_columns"])


# --- The scripts ---


def test_the_facts_are_what_the_script_makes_of_the_vendors_file():
    given = os.environ.get("PINTEREST_OPENAPI")
    if not given:
        pytest.skip("PINTEREST_OPENAPI names no copy of Pinterest's OpenAPI description")
    document = json.loads(Path(given).read_text("utf-8"))

    facts = SCRIPT["updated"](document, SCRIPT["GeneratedClient"]())

    text = (ROOT / "source_pinterest/api/pinterest_api.json").read_text("utf-8")
    assert text == SCRIPT["readable"](facts) + "\n"


@pytest.mark.parametrize("script", ["update_api_facts", "generated_client.py"])
def test_the_examples_of_a_script_are_true(script):
    path = str(ROOT / "script" / script)
    loader = SourceFileLoader(script, path)
    spec = importlib.util.spec_from_file_location(script, path, loader=loader)
    module = importlib.util.module_from_spec(spec)
    loader.exec_module(module)

    found = doctest.testmod(module)

    assert found.attempted > 1
    assert found.failed == 0
