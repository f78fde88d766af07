"""The parts of an answer that a recording keeps, and those that it replaces."""

import json
from datetime import datetime
from typing import Any

import pytest

from source_pinterest.verify.exchange import Exchange
from source_pinterest.verify.recording import NotAnonymous, recording

NOW = datetime.fromisoformat("2026-11-24T09:00:00+00:00")
ADS = "/ad_accounts/549755885175/ads"


def exchange(
    body: Any,
    path: str = ADS,
    query: tuple[tuple[str, str], ...] = (),
    status: int = 200,
    headers: dict[str, str] | None = None,
    content: Any = None,
) -> Exchange:
    text = body if isinstance(body, bytes) else json.dumps(body).encode()
    method = "GET" if content is None else "POST"
    return Exchange(method, path, query, content, status, headers or {}, text, "", 0.1)


def recorded(*exchanges: Exchange, secrets: tuple[str, ...] = ()) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = recording(exchanges, secrets, NOW)["exchanges"]
    return found


def body_of(body: Any, **more: Any) -> Any:
    (made,) = recorded(exchange(body, **more))
    return made["body"]


def test_an_id_becomes_another_of_the_same_form_and_the_same_each_time():
    campaign = {"id": 626735565838, "campaign_id": "C626735565838", "pin_id": "813744226420795884"}

    made = recorded(
        exchange({"items": [campaign]}),
        exchange({"items": []}, query=(("campaign_ids", "626735565838,687201361754"),)),
    )

    item = made[0]["body"]["items"][0]
    first, second = made[1]["query"][0][1].split(",")
    assert item["id"] == int(first) != 626735565838
    assert item["campaign_id"] == f"C{first}"
    assert [len(each) for each in (first, second, item["pin_id"])] == [12, 12, 18]
    assert second not in ("687201361754", first)
    assert made[0]["path"]["ad_account_id"] != "549755885175"
    assert len(made[0]["path"]["ad_account_id"]) == 12


@pytest.mark.parametrize(
    "name", ["SALE", "ACTIVE", "USD", "IMPRESSION", "summer", "été", "12345678"]
)
def test_a_name_is_replaced_whatever_it_is(name):
    made = body_of({"items": [{"id": "1", "name": name, "status": "ACTIVE", "currency": "USD"}]})

    item = made["items"][0]
    assert item["name"] != name
    assert len(item["name"]) == len(name)
    assert (item["status"], item["currency"]) == ("ACTIVE", "USD")


def test_a_status_that_no_description_has_is_replaced():
    made = body_of({"items": [{"id": "1", "name": "x", "status": "SALE_IN_BERLIN"}]})

    assert "BERLIN" not in json.dumps(made)


def test_amounts_are_invented_with_their_types_and_0_and_minus_1_stay():
    item = {"id": "1", "name": "x", "daily_spend_cap": 100_000_000, "lifetime_spend_cap": 0}
    row = {
        "CTR": 0.0123,
        "SPEND_IN_DOLLAR": 7.701331,
        "TOTAL_CLICKTHROUGH": 216.0,
        "IMPRESSION_1": "4849",
        "IMPRESSION_2": -1,
    }

    cap = body_of({"items": [item]})["items"][0]
    made = body_of([row])[0]

    assert cap["daily_spend_cap"] != 100_000_000
    assert len(str(cap["daily_spend_cap"])) == 9
    assert cap["lifetime_spend_cap"] == 0
    assert [
        type(made[name])
        for name in ("CTR", "SPEND_IN_DOLLAR", "TOTAL_CLICKTHROUGH", "IMPRESSION_1")
    ] == [
        *(float, float, float, str),
    ]
    assert made["IMPRESSION_2"] == -1
    assert made["TOTAL_CLICKTHROUGH"].is_integer()
    assert 0 < made["CTR"] < 1
    assert not {0.0123, 7.701331, 216.0, "4849"} & set(made.values())


def test_days_are_moved_together_and_times_become_noon():
    made = recorded(
        exchange(
            {"items": [{"created_at": "2026-11-23T01:40:29", "created_time": 1_795_396_829}]},
            query=(("start_date", "2026-08-26"), ("end_date", "2026-11-23")),
        )
    )[0]

    assert made["query"] == [["start_date", "2019-10-17"], ["end_date", "2020-01-14"]]
    assert made["body"]["items"] == [
        {"created_at": "2020-01-14T12:00:00", "created_time": 1_579_003_200}
    ]


def test_texts_links_and_mail_addresses_are_invented():
    pin = {
        "description": "Our summer sale, 20 % off",
        "link": "https://shop.example.org/sale?customer=jane&id=77",
        "alt_text": "jane@example.org",
        "media": {"image_cover_url": "https://i.pinimg.com/150x150/00/jane.jpg"},
    }

    made = body_of({"items": [pin]}, path="/pins")["items"][0]

    text = json.dumps(made)
    for word in ("summer", "sale", "jane", "shop", "customer", "77"):
        assert word not in text
    assert made["link"].startswith("https://example.com/")
    assert made["media"]["image_cover_url"].startswith("https://i.pinimg.com/")
    assert made["description"].count(" ") == 5


def test_no_token_is_left_of_a_login():
    body = {
        "access_token": "pina_ABEDXYZ123456789",
        "refresh_token": "pinr_ABEDXYZ987654321",
        "expires_in": 2_592_000,
        "scope": "ads:read,boards:read",
        "token_type": "bearer",
    }

    made = recorded(exchange(body, path="/oauth/token", query=(("refresh_token", "pinr_ABED"),)))[0]

    text = json.dumps(made)
    assert not any(part in text for part in ("ABED", "pina_", "pinr_"))
    assert made["body"]["expires_in"] == 2_592_000
    assert made["body"]["scope"] == "ads:read,boards:read"
    assert (made["query"], "content" in made) == ([], False)


ERROR_TEXTS = [
    "You can only get data from the last 90 days.",
    "Your request to reporting must be less than 186 days",
    "Sorry! You have exceeded your rate limit. Retry after 30 seconds.",
    "Something went wrong on our end. Please try again later.",
    "'TOTAL_IMPRESSION_USER' is not one of ['SPEND_IN_DOLLAR', 'CTR']",
    "Parameter 'ad_ids' is required.",
    "Can't access this feature without an existing catalog",
    "Authentication failed.",
]


@pytest.mark.parametrize("message", ERROR_TEXTS)
def test_pinterests_own_words_about_an_error_stay(message):
    made = recorded(exchange({"code": 1, "message": message}, status=400))[0]

    assert made["status"] == 400
    assert made["body"] == {"code": 1, "message": message}


def test_what_an_error_repeats_of_the_user_is_replaced():
    message = "Ad account 549755885175 (Meyer Shoes) of jane@example.org is not permitted since 2026-11-20."

    made = body_of({"code": 29, "message": message}, status=403)["message"]

    assert not any(word in made for word in ("549755885175", "Meyer", "Shoes", "jane", "2026"))
    assert made.startswith("Ad account ")
    assert made.endswith(" is not permitted since 2020-01-11.")


def test_of_a_token_in_a_sentence_not_even_its_form_is_left():
    token = "ailKRK-hB4GL_fakmCPiQU==gH8yACicEm90m04jUhCSQye9"
    message = f"This job has already finished. Pass in the token parameter {token}."

    made = body_of({"code": 1, "message": message}, status=400)["message"]

    assert made.startswith("This job has already finished. Pass in the token parameter ")
    assert made.rpartition(" ")[2].isalpha()
    assert made.rpartition(" ")[2].islower()


def test_fields_keep_their_names_and_objects_by_id_or_by_name_do_not():
    item = {
        "id": "1",
        "name": "x",
        "a_new_field": None,
        "bid_options": {
            "audience_multipliers": {"254261234567": 2.5},
            "x": {"Meyer": 1, "Jane": 2},
        },
    }

    made = body_of({"items": [item]})["items"][0]

    assert list(made) == ["id", "name", "a_new_field", "bid_options"]
    (audience,) = made["bid_options"]["audience_multipliers"]
    assert audience != "254261234567"
    assert len(audience) == 12
    assert "Meyer" not in json.dumps(made)


def test_of_a_list_some_are_kept_and_one_of_every_shape_and_its_length_is_noted():
    items = [{"id": str(number), "name": "x", "note": None} for number in range(100_000, 100_040)]
    items[30]["note"] = "a text"

    made = recorded(exchange({"items": items}))[0]

    assert [type(each["note"]) for each in made["body"]["items"]] == [type(None)] * 2 + [str]
    assert made["cut"] == {"/items": 40}


def test_of_many_ids_in_a_request_five_are_kept():
    ids = ",".join(str(number) for number in range(687_201_361_000, 687_201_361_250))

    made = recorded(exchange([], query=(("ad_ids", ids), ("columns", "CTR,SPEND_IN_DOLLAR"))))[0]

    assert len(made["query"][0][1].split(",")) == 5
    assert made["cut"] == {"?ad_ids": 250}
    assert made["query"][1] == ["columns", "CTR,SPEND_IN_DOLLAR"]


def test_headers_about_limits_and_content_stay_and_no_others():
    limit = (
        '100, 100;w=1;name="safety_net_app_id_user_id", 1000;w=60;name="ads_read_app_id_user_id"'
    )
    headers = {
        "X-RateLimit-Limit": limit,
        "X-RateLimit-Reset": "47",
        "Content-Type": "application/json",
        "Retry-After": "user 549755885175",
        "x-pinterest-rid": "8567412345",
        "Set-Cookie": "session=abc",
    }

    made = recorded(exchange([], headers=headers))[0]["headers"]

    assert made == {
        "x-ratelimit-limit": limit,
        "x-ratelimit-reset": "47",
        "content-type": "application/json",
        "retry-after": "(something else)",
    }


def test_what_is_no_json_is_not_kept():
    made = recorded(exchange(b"<html>Jane's account</html>", status=502))[0]

    assert made["no_json"] == {"bytes": 27}
    assert "Jane" not in json.dumps(made)


def test_what_is_asked_for_in_a_report_stays_but_for_ids():
    content = {"level": "CAMPAIGN", "columns": ["CTR"], "campaign_ids": ["626735565838"]}
    answer = {
        "token": "ailKRK-hB4GL_fakmCPiQU==",
        "report_status": "FINISHED",
        "message": "This job has already finished processing. Token ailKRK-hB4GL_fakmCPiQU==",
    }

    made = recorded(exchange(answer, path="/ad_accounts/549755885175/reports", content=content))[0]

    assert made["content"]["level"] == "CAMPAIGN"
    assert made["content"]["columns"] == ["CTR"]
    assert made["content"]["campaign_ids"] != ["626735565838"]
    assert made["body"]["report_status"] == "FINISHED"
    assert made["body"]["message"].startswith("This job has already finished processing. Token ")
    assert "ailKRK" not in json.dumps(made)


def test_a_recording_with_a_secret_in_it_is_not_made():
    body = {"items": [{"id": "1", "name": "x", "status": "ACTIVE"}]}

    with pytest.raises(NotAnonymous):
        recorded(exchange(body), secrets=("ACTIVE",))


def test_two_recordings_of_the_same_are_the_same():
    body = {"items": [{"id": "626735565838", "name": "Meyer Shoes", "daily_spend_cap": 77_000_000}]}

    assert recorded(exchange(body)) == recorded(exchange(body))
