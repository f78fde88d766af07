"""What several entries of a state have in common, written once."""

from __future__ import annotations

from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from source_pinterest.sync.compact_state import MAX_ENTRIES_IN_FULL, compact, expand

READ = {"question": "5f2a9c01", "since": "2026-08-26", "date": "2026-11-23"}
YESTERDAY = {**READ, "date": "2026-11-22"}


def entries(number: int, **more: Any) -> dict[str, dict[str, Any]]:
    return {
        str(549_755_885_175 + n): {**READ, "ids": f"2026-10-25 {n:07}=", **more}
        for n in range(number)
    }


def test_a_state_of_few_accounts_is_written_whole():
    assert compact(entries(MAX_ENTRIES_IN_FULL)) == entries(MAX_ENTRIES_IN_FULL)


def test_accounts_at_the_same_day_share_it():
    found = compact({**entries(100), "7": YESTERDAY, "8": YESTERDAY})

    assert [group["entry"] for group in found["common"]] == [
        {**READ, "ids": "2026-10-25 00000"},
        YESTERDAY,
    ]
    accounts = found["common"][0]["accounts"].split(" ")
    assert accounts[:3] == ["549755885175", "6", "7"]
    assert accounts[99] == "4"  # 549755885274
    assert found["common"][0]["ids"][:2] == ["00=", "01="]
    assert found["common"][1] == {"entry": YESTERDAY, "accounts": "7 8"}
    assert [*found] == ["common"]


def test_an_account_that_stands_where_no_other_does_has_its_own_entry():
    alone = {**READ, "since": "2026-09-01", "sweep": {"after": "31"}}

    found = compact({**entries(100), "7": alone})

    assert [*found] == ["common", "7"]
    assert found["7"] == alone


def test_with_nothing_in_common_every_entry_is_whole():
    different = {str(number): {"date": str(number)} for number in range(100)}

    assert compact(different) == different


def test_the_state_of_a_thousand_accounts_is_a_tenth_as_large():
    of_all = entries(1_000, sweep={"start": "2026-08-26", "end": "2026-11-23", "done": True})

    assert len(orjson.dumps(compact(of_all))) < len(orjson.dumps(of_all)) / 10


def test_what_is_no_number_has_its_own_entry():
    found = compact({**entries(100), "": READ, "a 1": READ, "\u0663": READ})

    assert [*found] == ["common", "", "a 1", "\u0663"]


DAYS = st.sampled_from(["2026-11-22", "2026-11-23"])
PARTS = st.fixed_dictionaries(
    {},
    optional={
        "date": DAYS,
        "sweep": st.fixed_dictionaries({"end": DAYS}, optional={"done": st.just(True)}),
        "differs": st.dictionaries(st.just("SPEND"), st.sampled_from([{}, {"2026-11-22": 1}])),
        "ids": st.one_of(st.text(max_size=3), st.sampled_from(["2026-10-25 x", "2026-10-25 y"])),
    },
)


ACCOUNTS = st.one_of(st.from_regex(r"\A5497[0-9]{3,9}\Z"), st.from_regex(r"\A[0-9]{1,3}\Z"))


@given(st.dictionaries(ACCOUNTS, PARTS, max_size=60))
def test_what_was_shortened_is_read_whole(of_all):
    assert expand(orjson.loads(orjson.dumps(compact(of_all)))) == of_all


@pytest.mark.parametrize(
    "state",
    [
        {"common": {}},
        {"common": ["x"]},
        {"common": [{}]},
        {"common": [{"entry": {}}]},
        {"common": [{"entry": [], "accounts": "7"}]},
        {"common": [{"entry": {}, "accounts": ["7"]}]},
        {"common": [{"entry": {}, "accounts": ""}]},
        {"common": [{"entry": {}, "accounts": "7 x"}]},
        {"common": [{"entry": {}, "accounts": "7 7"}]},
        {"common": [{"entry": {"ids": 1}, "accounts": "7", "ids": [""]}]},
        {"common": [{"entry": {"ids": ""}, "accounts": "7", "ids": [1]}]},
        {"common": [{"entry": {"ids": ""}, "accounts": "7", "ids": "x"}]},
        {"common": [{"entry": {"ids": ""}, "accounts": "7 8", "ids": [""]}]},
        {"common": [{"entry": {}, "accounts": "7"}], "7": {}},
        {"common": [{"entry": {}, "accounts": "7"}, {"entry": {}, "accounts": "7"}]},
    ],
)
def test_what_cannot_have_been_written_is_an_error(state):
    with pytest.raises(ValueError, match="common"):
        expand(state)


def test_what_is_no_entry_stays():
    state = {"common": [], "version": 1, "__ab_no_cursor": True}

    assert expand(state) == {"version": 1, "__ab_no_cursor": True}
