"""Every limit of Pinterest's API that affects the planning of requests. Each number stands here once.

Unless a line says otherwise: OpenAPI description 5.23.0, checked 2026-11-24.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import timedelta

BOOKMARK_BYTES = 1_000
"""Bytes of a URL that are reserved for the bookmark of a page. Our choice."""

PIN_METRICS_LATENESS = timedelta(days=3)
"""Age of a Pin from which on a 0 in its `pin_metrics` counts. Pinterest does not say how late those are;
its analytics usually arrive after 24 to 48 hours. Our choice."""

PINS_IN_A_RANKING = 50
"""Pins in GET /user_account/analytics/top_pins (and top_video_pins), at most."""

DAYS_GIVEN_UP = 2
"""Days at the beginning of a window that Pinterest may refuse: one at the edge of its reach, and one more
if midnight (UTC) passes during the sync. Our choice."""

REFUSED_IDS = 100
"""Ids of one ad account (or Pins) that are refused before the first answer, after which no more are
requested. Our choice."""

NOT_FOUND_IN_A_ROW = 3
"""Pins, or boards, in a row that Pinterest lists but does not find and that count as deleted in the
meantime. Our choice."""

MOST_REFUSED_IDS = 1_000
"""Refused ids of one ad account (or Pins) that a report leaves out. The state names them and must stay
small. Our choice."""

REFUSALS_IN_A_ROW = 32
"""Parts of one batch that are refused without any answer, after which no single id is to blame. One good id
among 31 refused ones is still found. Our choice."""

REPORT_LOOKBACK = timedelta(days=914)
"""How far before today (UTC) an asynchronous report may start."""

HOURLY_REPORT_LOOKBACK = timedelta(days=8)
"""How far before today (UTC) an asynchronous report by the hour may start."""

DAYS_PER_HOURLY_REPORT = 3
"""Days in one asynchronous report by the hour, at most."""

PRODUCT_ITEM_LOOKBACK = timedelta(days=92)
"""How far before today (UTC) an asynchronous report of product items may start."""

DAYS_PER_PRODUCT_ITEM_REPORT = 31
"""Days in one asynchronous report of product items, at most."""

ROWS_PER_REPORT = 1_000_000
"""Expected rows of one asynchronous report, at most: 5,000 ads and 186 days fit. Our choice: a failed
report is requested again as a whole."""

TARGETING_TYPES_PER_ASYNCHRONOUS_REPORT = 5
"""Targeting types in one asynchronous report, at most."""

ROWS_PER_ID = 10_000
"""Expected rows of one id in an asynchronous report, at most, since they are held together."""

REPORTS_AT_ONCE = 4
"""Asynchronous reports of one stream that are in preparation at the same time. Pinterest documents no
limit; more than one, since each takes time."""

DAYS_WITHOUT_A_REPORT = 3
"""Days of one ad account in a row without a report, after which the days are not to blame. Our choice: with
their halves, about 150 requests."""

PAGES_AHEAD = 4
"""Prefetched pages of one list, at most, if there are many lists: 8,000 items in total. The rest of a
longer list is read when its turn comes."""

CELLS_OF_A_PAGE = 30_000
"""What a page of a list counts among the cells that are held at once: 250 items take about a megabyte. Our
choice."""

BYTES_OF_A_LARGE_ANSWER = 1 << 20
"""Bytes of an answer from which on it shows how many bytes a value has. Our choice."""

MOST_BYTES_OF_A_CELL = 200
"""Bytes of a value that the next answers are expected to have, at most, whatever the last ones had. Our choice."""

LISTS_OF_LISTS_AT_ONCE = 8
"""Ad accounts whose lists of lists (such as the keywords of each ad group) are read at once, by one stream.
Our choice: each has several requests in flight."""


@dataclass(frozen=True)
class Limits:
    """The limits for planning the requests of a sync. Smaller numbers make more requests and the same
    records."""

    analytics_lookback: timedelta = timedelta(days=90)
    """How far before today (UTC) a synchronous report may start. Nearly every client in production asks for
    89: the connector asks for the 90th day, and leaves it out if Pinterest refuses it."""

    page_size: int = 250
    """Items on a page of a list, at most."""

    smallest_page_size: int = 25
    """Items on a page, at least: a page that is too slow is halved down to Pinterest's own default."""

    empty_pages: int = 100
    """Empty pages in a row after which a list counts as endless. Our choice."""

    ids_per_report: int = 250
    """Campaigns, ad groups or ads in one analytics request, at most."""

    ad_groups_per_list_of_keywords: int = 250
    """Ad groups in one request for keywords, at most; in beta, so only for some apps."""

    pins_per_report: int = 100
    """Pins in one request to GET /pins/analytics, at most."""

    targeting_types_per_report: int = 14
    """Targeting types in one request below the ad account, at most."""

    targeting_types_per_account_report: int = 15
    """Targeting types in one request for an ad account as a whole, at most."""

    looking_for_columns: int = 40
    """Requests of a search for columns and breakdowns that Pinterest refuses without naming them, per kind
    of report and sync. Two among 128 take 30 at most. Our choice."""

    days_per_report: int = 186
    """Days in one asynchronous report, at most."""

    cells_per_report: int = 100_000_000
    """Rows times columns that one asynchronous report of older days is expected to have, at most, since the state moves
    behind a whole report: about a minute of reading, at 2 million cells a second (measured 2026-11-28). Our choice."""

    cells_per_answer: int = 1_000_000
    """Rows times columns that one answer is expected to have, at most. Pinterest only warns that large
    answers can be cut short, without a number: 250 ids, 90 days and 44 columns is our choice, not verified
    in production."""

    url_bytes: int = 8_000
    """Bytes of a URL, at most. A common limit of web servers; not verified in production."""

    values_per_targeting_type: int = 20
    """Rows that one targeting type is expected to have for one entity, per day in daily reports. A guess
    for the size of the first requests; if answers have more, the next requests are smaller."""

    entities_remembered: int = 50_000
    """Entities of one ad account whose versions a state holds, at most: 400 to 750 KB in each STATE. Our
    choice."""

    ids_confirmed_alone: int = 250
    """Entities of one ad account that were listed before and are not any more, and that are asked for one by
    one, per sync, at most. Our choice."""

    requests_per_minute: Mapping[str, int] = field(
        default_factory=lambda: {
            "ads_analytics": 300,
            "ads_read": 1_000,
            "org_read": 1_000,
            "org_analytics": 60,
            "catalogs_read": 100,
        }
    )
    """Standard tier, per user and app. Developer documentation; the org_ and catalogs_ rows come from a
    third party's transcription of May 2026."""

    requests_per_second: int = 100
    """Requests of all categories, standard tier, per user and app."""

    answer_bytes: int = 64 << 20
    """Bytes of one answer, compressed and decompressed, at most: twice the largest planned answer
    (1,000,000 cells of about 33 bytes). A larger one is not held, and requested in halves. Our choice,
    2026-11-25."""

    error_bytes: int = 1 << 20
    """Bytes of the body of an error, or of a new login, at most: they have some hundreds. A larger one is
    not read. Our choice, 2026-11-25."""

    download_bytes: int = 8 << 30
    """Bytes of the content of one asynchronous report, compressed and decompressed, at most: 1,000,000 rows
    of 200 columns. It is parsed as it arrives and never held as a whole. Our choice, 2026-11-25."""

    requests_ahead: int = 8
    """Requests of one stream for one ad account that are in flight, or whose answers wait, at most. Our
    choice: eight use the whole budget of 300 requests a minute at a latency of a second, and if the ad account
    fails, not many more were in vain."""

    requests_at_once: int = 100
    """Requests of one category of a sync that are in flight, or whose answers wait to be emitted, at most: as
    many as the universal limit allows in a second. So latencies of up to a second cost no time, and a sync
    has no more connections than that."""

    bytes_of_a_cell: int = 33
    """Bytes of a value, including its column's name, on average."""

    waiting_bytes: int = 16 << 20
    """Bytes of an answer of a targeting report that may be held while it waits, at most, since several of
    them may wait at once and their size is a guess. A larger one is requested in parts, each when it is
    needed. Our choice."""

    seconds_between_states: float = 60.0
    """Seconds from one STATE of a stream to the next, at most, while it reads or waits (`sync/pace.py`): a
    platform considers a source dead that sends neither RECORD nor STATE. Our choice."""

    records_between_states: int = 50_000
    """Records after which a stream sends a STATE sooner. Our choice."""

    def shared(self, share: float) -> Limits:
        """With a part of the rate limits, for one of several processes with the same login. Rounded down, so
        that all together stay below the limits.

        >>> LIMITS.shared(0.25).requests_per_minute["ads_analytics"]
        75
        """
        if share == 1:
            return self
        return replace(
            self,
            requests_per_minute={
                category: max(1, int(requests * share))
                for category, requests in self.requests_per_minute.items()
            },
            requests_per_second=max(1, int(self.requests_per_second * share)),
        )

    @property
    def cells_at_once(self) -> int:
        """Expected cells in the answers of one category that are in flight, wait to be emitted or are being
        emitted, at most: about 33 bytes each, so 99 MB. Three of the largest answers: one is emitted while
        two are in flight. The largest of ten columns is a quarter of that."""
        return 3 * self.cells_per_answer

    @property
    def cells_at_once_in_all(self) -> int:
        """The same of all categories together: about 99 MB, to which a category that has nothing in flight may add
        one answer. With what the process takes itself, that is less than 200 MB."""
        return self.cells_at_once


LIMITS = Limits()
"""The limits of a sync."""
