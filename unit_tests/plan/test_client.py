import pytest

from source_pinterest.http.errors import PinterestError
from source_pinterest.plan.counts import CountedLists
from source_pinterest.plan.tally import Key, Tally
from source_pinterest.sync.pages import is_page
from unit_tests.http.scripted import Reply
from unit_tests.plan.rehearsing import client
from unit_tests.streams.pinterest import ACCOUNT, Pinterest

DAYS = {"start_date": "2026-11-21", "end_date": "2026-11-23"}
ADS = f"/ad_accounts/{ACCOUNT}/ads"


def test_lists_are_sent_and_counted():
    pinterest, tally = Pinterest(), Tally()

    body = client(pinterest, tally).get(ADS, {"page_size": 250}, "ads_read", is_page)

    assert len(body["items"]) == 3
    assert len(pinterest.requests) == 1
    assert tally.requests == {Key("", ACCOUNT, "ads_read"): 1}


@pytest.mark.parametrize(
    ("path", "status", "code"),
    [("/catalogs/feeds", 401, 29), ("/catalogs", 403, 29), ("/boards/7/pins", 404, 40)],
)
def test_a_list_that_is_refused_is_counted_as_often_as_it_is_asked_for(path, status, code):
    pinterest, tally = Pinterest(), Tally()
    pinterest.faults.append(lambda *_: Reply(status, {"code": code, "message": "no"}))

    with pytest.raises(PinterestError):
        client(pinterest, tally).get(path, {}, "ads_read", is_page)

    assert len(pinterest.requests) == 2
    assert tally.requests == {Key("", "", "ads_read"): 2}


def test_reports_are_counted_and_not_sent():
    pinterest, tally = Pinterest(), Tally()
    rehearsal = client(pinterest, tally)

    rows = rehearsal.get_array(f"{ADS}/analytics", DAYS, "ads_analytics")
    values = rehearsal.get_data(f"{ADS}/targeting_analytics", DAYS, "ads_analytics")
    total = rehearsal.get(
        f"/ad_accounts/{ACCOUNT}/analytics", DAYS, "ads_analytics", lambda b: b == []
    )
    path = f"/ad_accounts/{ACCOUNT}/reports"
    begun = rehearsal.post(path, DAYS, "ads_analytics", lambda body: "token" in body)
    status = rehearsal.get(path, begun, "ads_analytics", lambda body: "url" in body)
    content = b"".join(rehearsal.download(status["url"]))
    rehearsal.wait(1_000_000)

    assert (rows, values, total, content) == (b"[]", b'{"data":[]}', [], b"{}")
    assert pinterest.requests == []
    assert tally.requests == {Key("", ACCOUNT, "ads_analytics"): 5}


def test_a_decoder_gets_the_answer_as_bytes():
    found = client(Pinterest(), Tally()).get(
        "/user_account/analytics",
        DAYS,
        "org_analytics",
        lambda body: body == "decoded",
        decode=lambda content: "decoded" if content.startswith(b'{"all"') else None,
    )

    assert found == "decoded"


def test_lists_can_have_given_lengths():
    pinterest, tally = Pinterest(), Tally()
    counted = client(pinterest, tally, CountedLists({"ads": 251}))

    first = counted.get(ADS, {"page_size": 250}, "ads_read", is_page)
    second = counted.get(
        ADS, {"page_size": 250, "bookmark": first["bookmark"]}, "ads_read", is_page
    )

    assert [len(page["items"]) for page in (first, second)] == [250, 1]
    assert second["bookmark"] is None
    assert pinterest.requests == []
