from source_pinterest.plan.tally import Key, Tally


def test_requests_are_counted_by_stream_account_and_rate_limit():
    tally = Tally()
    tally.stream = "ads"
    tally.count("ads_read", "/ad_accounts/7/ads", {"bookmark": None})
    tally.count("ads_read", "/ad_accounts/7/ads", {"bookmark": "a"})
    tally.count("ads_read", "/ad_accounts", {})
    tally.stream = "catalogs"
    tally.count("catalogs_read", "/catalogs", {"ad_account_id": "7"})

    assert tally.requests == {
        Key("ads", "7", "ads_read"): 2,
        Key("ads", "", "ads_read"): 1,
        Key("catalogs", "7", "catalogs_read"): 1,
    }


def test_what_the_plan_alone_asks_for_is_not_counted():
    tally = Tally()
    with tally.paused():
        tally.count("ads_read", "/ad_accounts/7/ads", {})
    tally.count("ads_read", "/ad_accounts/7/ads", {})

    assert tally.requests.total() == 1
