"""A Pinterest API v5 on 127.0.0.1: deterministic data, strict about requests.

with FakePinterest(World(), today=date(2026, 11, 24)) as pinterest:
    requests.get(f"{pinterest.url}/user_account", headers={"Authorization": f"Bearer {pinterest.access_token}"})

By default it answers as public evidence has the live API answer. What else is possible, or merely not
known, is a mode: an attribute that tests set, many of them arguments too. Their docstrings say what the
values mean. Below: the mode, its default, and what is known. Live is what was recorded, or measured and
dated; practice is what programs in production rely on.

How arrays are read

- `id_arrays`: comma. Live for one request that was accepted, practice for all lists and reports. Whether
  repeated keys are understood is not known.
- `wrong_form`: refused. Not known; `first` and `last` are how web frameworks often read the other form.
- `status_arrays`: comma. Practice, but one of Pinterest's own clients repeats them.
- `wrong_status_form`: refused. Not known.
- `breakdown_arrays`: comma. The description; practice for the columns, of which it says the same.
- `wrong_breakdown_form`: refused. Not known.

Windows; the refusals, and that they have code 1, are live

- `lookback_days`: 89. Practice, of nearly every client; one allows 90.
- `report_lookback_days`: 913, for a refusal that speaks of 914 recent days. Practice.
- `hourly_lookback_days`, `item_lookback_days`: 7 and 91, a day less than the description says. Practice
  for the items; that the hours have the same edge is a guess.
- `flaky_window`: none. Practice, of years ago: refused in reach, and not a second later.

What is refused

- `refused_columns`: the two about people, with targeting and for keywords. Practice, of two clients.
- `refused_targeting_types`: those in beta. The description: not for all apps. How they are refused is
  not known.
- `own_zones`: days of the ad account's own time zone are refused. The description: in closed beta. How they are
  refused is not known.
- `refusals_name`: yes, as "not available". Practice.
- `refusal_lists_all`: no. The form is that of unknown values, which is live.
- `refused_ids`: none. Not known.
- `multi_pin`, `multi_pin_refusal`: open, though live most apps are refused, with 401 and code 3.
- `multi_ad_group`, `interests_gone`: both work. Live: the interests do.
- `fault`: none. Those of `live_refusals`, which are not final, are practice; 2787 is live.

Values

- `token_status`: 201. Description 5.28 allows 200 and 201.
- `refresh_tokens_die`: no. Not known.
- `null_targeting_values`: no. Not known.
- `absent_bookmarks`: no. Live: null, but in a list that has none at all.
- `new_user`: no. Live, of a new account.
- `rate_limit_left`: the form of the headers is live; nothing is counted.

Asynchronous reports

- `reports.fate`: none. Practice has all statuses of the description.
- `reports.kept_by_body`: yes. Live.
- `reports.kept_days`: until the day ends. How long they are kept is not known.
- `reports.keeps_failed`: no. Not known.
- `reports.without_address`, `reports.empty_content`: no. One client takes both for no rows.
- `reports.zero_size`: no. Not known; live, an empty report has 2 bytes.
- `reports.null_status`, `reports.unknown_status`: no. One client takes the former for a timeout.
"""

from .server import FakePinterest, Request
from .world import SIZES, World

__all__ = ["SIZES", "FakePinterest", "Request", "World"]
