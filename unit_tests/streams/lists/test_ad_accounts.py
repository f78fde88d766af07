"""Ad accounts, and the lists that they hold."""

import threading
from dataclasses import replace

import pytest

from source_pinterest.api.limits import LIMITS
from source_pinterest.http.errors import AccessDenied, RequestRefused
from source_pinterest.streams.lists.ad_accounts import (
    AdAccounts,
    Audiences,
    ConversionTags,
    CustomerLists,
    Keywords,
)
from unit_tests.streams.lists.pinterest import ACCOUNT, SHARED, Pinterest, context, page, read

OF_ACCOUNT = f"/ad_accounts/{ACCOUNT}"
ONLY = {"ad_account_ids": [ACCOUNT]}


def test_ad_accounts_are_those_that_the_login_sees_in_ascending_order():
    pinterest = Pinterest()

    records, error = read(AdAccounts, pinterest)

    assert [each["id"] for each in records] == [ACCOUNT, SHARED]
    assert (error, len(pinterest.asked)) == ("", 1)


def test_a_named_ad_account_that_is_not_seen_is_missing_and_the_others_are_there():
    records, error = read(AdAccounts, {}, ad_account_ids=[ACCOUNT, "549755885999"])

    assert [each["id"] for each in records] == [ACCOUNT]
    assert "549755885999" in error


def test_a_fresh_stream_reads_the_records_of_a_slice():
    stream = CustomerLists(context(Pinterest({f"{OF_ACCOUNT}/customer_lists": page({"id": 5})})))

    records = list(stream.read_records(stream_slice={"ad_account_id": ACCOUNT}))

    assert [(each["id"], each["ad_account_id"]) for each in records] == [("5", ACCOUNT)]


def test_an_item_of_another_ad_account_is_left_out_and_reported():
    own, other = {"id": "1", "ad_account_id": ACCOUNT}, {"id": "2", "ad_account_id": SHARED}

    records, error = read(CustomerLists, {f"{OF_ACCOUNT}/customer_lists": page(own, other)}, **ONLY)

    assert [each["id"] for each in records] == ["1"]
    assert "1 of another ad account" in error


def test_audiences_are_asked_for_by_ownership_and_say_who_owns_them():
    def audiences(params):
        kind = params["ownership_type"]
        return page({"id": "7" if kind == "OWNED" else "8", "ad_account_id": SHARED})

    pinterest = Pinterest({f"{OF_ACCOUNT}/audiences": audiences})

    records, error = read(Audiences, pinterest, **ONLY)

    assert error == ""
    assert [
        (each["id"], each["ownership_type"], each["ad_account_id"], each["owner_ad_account_id"])
        for each in records
    ] == [("7", "OWNED", ACCOUNT, SHARED), ("8", "RECEIVED", ACCOUNT, SHARED)]


def test_conversion_tags_come_in_one_answer():
    pinterest = Pinterest({f"{OF_ACCOUNT}/conversion_tags": page({"id": "3"}, {"id": "4"})})

    records, _ = read(ConversionTags, pinterest, **ONLY)

    assert [each["id"] for each in records] == ["3", "4"]
    assert pinterest.params_of(f"{OF_ACCOUNT}/conversion_tags") == [{"filter_deleted": False}]


# --- Keywords: of several ad groups at once, where Pinterest allows that ---


def keywords(refuse=lambda _: False, ad_groups=4, understands=True):
    """A Pinterest with an ad account, two campaigns and some ad groups, each with a keyword."""
    groups = [str(number) for number in range(11, 11 + ad_groups)]
    lock = threading.Lock()

    def listed(params):
        with lock:
            if refuse(params):
                return RequestRefused("Pinterest refuses it.", 400, 1)
        of = params.get("ad_group_ids") or [
            params.get("ad_group_id") or params.get("campaign_id") or ACCOUNT
        ]
        return page(*({"id": f"9{each}", "parent_id": each, "value": "shoes"} for each in of))

    def groups_of(params):
        asked = params.get("ad_group_ids", groups) if understands else groups
        return page(*({"id": each, "status": "ARCHIVED"} for each in asked))

    return Pinterest(
        {
            f"{OF_ACCOUNT}/campaigns": page(
                {"id": "5", "status": "ARCHIVED"}, {"id": "6", "status": "ARCHIVED"}
            ),
            f"{OF_ACCOUNT}/ad_groups": groups_of,
            f"{OF_ACCOUNT}/keywords": listed,
        }
    )


EVERY_PARENT = [ACCOUNT, "5", "6", "11", "12", "13", "14"]


def parents(records):
    return [each["parent_id"] for each in records]


def test_keywords_of_all_ad_groups_come_with_one_request():
    pinterest = keywords()

    records, error = read(Keywords, pinterest, **ONLY)

    assert (error, parents(records)) == ("", EVERY_PARENT)
    assert pinterest.params_of(f"{OF_ACCOUNT}/keywords")[-1] == {
        "ad_group_ids": ["11", "12", "13", "14"]
    }


def test_keywords_are_read_one_ad_group_at_a_time_where_several_are_refused():
    pinterest = keywords(lambda params: "ad_group_ids" in params)

    records, error = read(Keywords, pinterest, **ONLY)

    assert (error, parents(records)) == ("", EVERY_PARENT)
    asked = [each.get("ad_group_id") for each in pinterest.params_of(f"{OF_ACCOUNT}/keywords")]
    assert sorted(filter(None, asked)) == ["11", "12", "13", "14"]  # the first one not twice


def test_keywords_are_read_one_ad_group_at_a_time_where_several_are_not_understood():
    pinterest = keywords(understands=False)

    records, error = read(Keywords, pinterest, **ONLY)

    assert (error, parents(records)) == ("", EVERY_PARENT)
    asked = pinterest.params_of(f"{OF_ACCOUNT}/keywords")
    assert not [params for params in asked if "ad_group_ids" in params]


def test_an_ad_group_that_is_refused_fails_alone_and_is_named():
    def refuse(params):
        return "13" in params.get("ad_group_ids", [params.get("ad_group_id")])

    batches = replace(LIMITS, ad_groups_per_list_of_keywords=2)
    pinterest = keywords(refuse)
    pinterest.limits = batches

    records, error = read(Keywords, pinterest, **ONLY)

    assert parents(records) == [each for each in EVERY_PARENT if each != "13"]
    assert "of ad_group_id 13 (Pinterest refuses it.)" in error


@pytest.mark.parametrize("parents", ["campaigns", "ad_groups"])
def test_a_parent_without_an_id_is_reported_by_the_keywords(parents):
    pinterest = keywords()
    pinterest.answers[f"/ad_accounts/{ACCOUNT}/{parents}"] = page({"status": "ARCHIVED"})

    _, error = read(Keywords, pinterest, **ONLY)

    assert f"Pinterest's list {parents} has items that are left out: 1 without id." in error


def test_where_every_ad_group_is_refused_the_error_says_so_of_the_rest_of_the_list():
    def refuse(params):
        return "ad_group_ids" in params or "ad_group_id" in params

    records, error = read(Keywords, keywords(refuse), **ONLY)

    assert parents(records) == [ACCOUNT, "5", "6"]
    assert "Pinterest refuses it." in error


@pytest.mark.parametrize("stream", [Audiences, CustomerLists, ConversionTags, Keywords])
def test_an_ad_account_that_is_not_seen_is_missing_and_not_asked_for(stream):
    pinterest = Pinterest()

    records, error = read(stream, pinterest, ad_account_ids=["549755885999"])

    assert records == []
    assert "549755885999" in error
    assert [path for path, _ in pinterest.asked] == ["/ad_accounts"]


def test_an_ad_account_that_denies_its_list_fails_alone():
    answers = {
        f"{OF_ACCOUNT}/customer_lists": page({"id": "1"}),
        f"/ad_accounts/{SHARED}/customer_lists": AccessDenied("Not allowed.", 403),
    }

    records, error = read(CustomerLists, answers)

    assert [each["id"] for each in records] == ["1"]
    assert f"customer_lists of ad account {SHARED}: Not allowed." in error
