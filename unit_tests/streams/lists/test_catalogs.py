"""Catalogs: the user's own, and those of the owners of shared ad accounts; never a password."""

import threading

from source_pinterest.http.errors import AccessDenied, RequestRefused, Unavailable
from source_pinterest.streams.lists.catalogs import (
    NO_CATALOG,
    Catalogs,
    CatalogsFeeds,
    CatalogsProductGroups,
    without_secrets,
)
from unit_tests.streams.lists.pinterest import SHARED, Pinterest, context, page, read

DENIED = AccessDenied("Not allowed.", 403)


def catalogs(own, shared):
    def answer(params):
        return shared if "ad_account_id" in params else own

    return answer


def test_the_users_own_catalogs_come_first_then_those_of_other_owners():
    pinterest = Pinterest(
        {"/catalogs": catalogs(page({"id": "1"}), page({"id": "2"}, {"id": "1"}))}
    )

    records, error = read(Catalogs, pinterest)

    assert error == ""
    assert [(each["id"], each["ad_account_id"]) for each in records] == [("1", None), ("2", SHARED)]
    assert pinterest.params_of("/catalogs") == [{}, {"ad_account_id": SHARED}]


def test_a_fresh_stream_reads_a_slice():
    stream = CatalogsProductGroups(
        context(Pinterest({"/catalogs/product_groups": page({"id": 1})}))
    )

    assert [each["id"] for each in stream.read_records(stream_slice={})] == ["1"]


def test_an_owner_who_does_not_give_the_role_is_left_out_and_that_is_reported(caplog):
    caplog.set_level("INFO")

    records, error = read(Catalogs, {"/catalogs": catalogs(page({"id": "1"}), DENIED)})

    assert ([each["id"] for each in records], error) == (["1"], "")
    assert f"catalogs of the owner of ad account {SHARED}: left out." in caplog.text
    assert "Catalogs Manager role" in caplog.text


def test_a_named_owner_who_does_not_give_the_role_is_an_error():
    answers = {"/catalogs": catalogs(page({"id": "1"}), DENIED)}

    records, error = read(Catalogs, answers, ad_account_ids=[SHARED])

    assert [each["id"] for each in records] == ["1"]
    assert f"catalogs of the owner of ad account {SHARED}: Not allowed." in error


def test_an_ad_account_that_is_not_seen_is_an_error():
    _, error = read(Catalogs, {"/catalogs": page()}, ad_account_ids=["549755885999"])

    assert "549755885999" in error


def test_a_user_without_a_catalog_has_none_and_any_other_refusal_is_an_error():
    none = RequestRefused("No catalog.", 409, NO_CATALOG)

    assert read(Catalogs, {"/catalogs": catalogs(none, page())}) == ([], "")
    _, error = read(Catalogs, {"/catalogs": catalogs(RequestRefused("Wrong.", 400, 1), page())})
    assert "catalogs: Wrong." in error


def test_the_own_catalogs_come_where_the_ad_accounts_do_not(caplog):
    caplog.set_level("INFO")
    own = {"/catalogs": page({"id": "1"})}

    records, error = read(Catalogs, {**own, "/ad_accounts": DENIED})
    assert ([each["id"] for each in records], error) == (["1"], "")
    assert "catalogs of the ad accounts of others: left out." in caplog.text

    records, error = read(Catalogs, {**own, "/ad_accounts": Unavailable("Slow.", 503)})
    assert [each["id"] for each in records] == ["1"]
    assert "catalogs of the ad accounts of others: Slow." in error


def test_feeds_come_without_passwords():
    feed = {
        "id": "1",
        "location": "ftp://me:s3cret@example.com/feed.csv",
        "credentials": {"username": "me", "password": "s3cret"},
    }

    records, _ = read(CatalogsFeeds, {"/catalogs/feeds": catalogs(page(feed), page())})

    assert "s3cret" not in str(records)
    assert records[0]["location"] == "ftp://****@example.com/feed.csv"


def test_credentials_of_another_shape_are_null():
    assert without_secrets({"credentials": "me:s3cret"}) == {"credentials": None}


def test_the_lists_of_several_owners_are_read_at_the_same_time():
    meeting = threading.Barrier(2, timeout=60)

    def answer(params):
        meeting.wait()
        return page({"id": "2" if "ad_account_id" in params else "1"})

    records, error = read(Catalogs, {"/catalogs": answer})

    assert ([each["id"] for each in records], error) == (["1", "2"], "")
