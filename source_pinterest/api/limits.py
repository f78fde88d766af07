"""Every limit that decides how requests are planned: Pinterest's, and our own. Each number is defined here, once.

Unless a line names another source: OpenAPI description 5.23.0, checked 2026-11-24.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import timedelta

BOOKMARK_BYTES = 1_000
"""Bytes of a URL reserved for the bookmark of the next page. Our choice."""

PIN_METRICS_DELAY = timedelta(days=3)
"""Age of a Pin from which a 0 in its `pin_metrics` is believed. Pinterest does not say how late these metrics are;
analytics usually arrive after 24 to 48 hours. Our choice."""

PINS_IN_A_RANKING = 50
"""The most Pins in GET /user_account/analytics/top_pins (and top_video_pins)."""

SKIPPABLE_FIRST_DAYS = 2
"""How many days at the start of a window may be left out if Pinterest refuses them: the oldest day that it should
have, and one more if midnight (UTC) passes during the sync. Our choice."""

REFUSED_IDS_BEFORE_AN_ANSWER = 100
"""If Pinterest refuses this many ids of one ad account (or Pins) and has answered none, no more are requested. Our
choice."""

NOT_FOUND_IN_A_ROW = 3
"""Pins, or boards, in a row that Pinterest lists but does not find, and that count as deleted since. More are an
error. Our choice."""

MAX_REFUSED_IDS = 1_000
"""The most refused ids of one ad account (or Pins) that a report leaves out. The state names them and must stay
small. Our choice."""

REFUSALS_IN_A_ROW = 32
"""If Pinterest refuses this many parts of one batch and has answered none, the cause is not a single id. One good id
among 31 refused ones is still found. Our choice."""

REPORT_LOOKBACK = timedelta(days=914)
"""How far before today (UTC) an asynchronous report may start."""

HOURLY_REPORT_LOOKBACK = timedelta(days=8)
"""How far before today (UTC) an hourly asynchronous report may start."""

DAYS_PER_HOURLY_REPORT = 3
"""The most days in one hourly asynchronous report."""

PRODUCT_ITEM_LOOKBACK = timedelta(days=92)
"""How far before today (UTC) an asynchronous report of product items may start."""

DAYS_PER_PRODUCT_ITEM_REPORT = 31
"""The most days in one asynchronous report of product items."""

ROWS_PER_REPORT = 1_000_000
"""The most rows expected of one asynchronous report, enough for 5,000 ads and 186 days. Our choice: a failed report is
requested again as a whole."""

TARGETING_TYPES_PER_ASYNCHRONOUS_REPORT = 5
"""The most targeting types in one asynchronous report."""

ROWS_PER_ID = 10_000
"""The most rows expected of one id in an asynchronous report. They are held in memory together."""

REPORTS_AT_ONCE = 4
"""Asynchronous reports of one stream that are in preparation at the same time. Pinterest documents no
limit; more than one, since each takes time."""

DAYS_WITHOUT_A_REPORT = 3
"""If this many days in a row of one ad account give no report, the days are not the cause. Our choice: with the halves
that led to them, about 150 requests."""

PREFETCHED_PAGES = 4
"""The most pages of one list that are prefetched if there are many lists: 8,000 items in total. The rest of a
longer list is read when its turn comes."""

CELLS_PER_PAGE = 30_000
"""How many cells a page of a list counts as, towards `Limits.cells_at_once`: 250 items take about a megabyte. Our
choice."""

LARGE_ANSWER_BYTES = 1 << 20
"""Bytes from which an answer is large enough to tell how many bytes a value takes. Our choice."""

MAX_BYTES_PER_CELL = 200
"""The most bytes per value that are expected of the next answers, however many the last ones had. Our choice."""

LISTS_OF_LISTS_AT_ONCE = 8
"""Ad accounts whose lists of lists (such as the keywords of each ad group) are read at once, by one stream.
Our choice: each has several requests in flight."""


@dataclass(frozen=True)
class Limits:
    """The limits for planning the requests of a sync. Smaller numbers lead to more requests and the same records."""

    analytics_lookback: timedelta = timedelta(days=90)
    """How far before today (UTC) a synchronous report may start. Nearly every client in production asks for
    89: the connector asks for the 90th day, and leaves it out if Pinterest refuses it."""

    page_size: int = 250
    """The most items on a page of a list."""

    smallest_page_size: int = 25
    """The fewest items on a page: a page that is too slow is halved, down to Pinterest's own default."""

    empty_pages: int = 100
    """Empty pages in a row after which a list counts as endless. Our choice."""

    ids_per_report: int = 250
    """The most campaigns, ad groups or ads in one analytics request."""

    ad_groups_per_list_of_keywords: int = 250
    """The most ad groups in one request for keywords; in beta, so only for some apps."""

    pins_per_report: int = 100
    """The most Pins in one request to GET /pins/analytics."""

    targeting_types_per_report: int = 14
    """The most targeting types in one request for campaigns, ad groups or ads."""

    targeting_types_per_account_report: int = 15
    """The most targeting types in one request for an ad account as a whole."""

    column_search_requests: int = 40
    """The most requests that look for columns and breakdowns that Pinterest refuses without naming them, per kind
    of report and sync. Two among 128 take 30 at most. Our choice."""

    days_per_report: int = 186
    """The most days in one asynchronous report."""

    cells_per_report: int = 100_000_000
    """The most rows times columns expected of one asynchronous report of older days, after which the state moves:
    about a minute of reading, at 2 million cells a second (measured 2026-11-28). Our choice."""

    cells_per_answer: int = 1_000_000
    """The most rows times columns expected of one answer. Pinterest warns that large answers can be cut short, but
    gives no number: 250 ids, 90 days and 44 columns is our choice, not verified in production."""

    url_bytes: int = 8_000
    """The most bytes of a URL. A common limit of web servers; not verified in production."""

    values_per_targeting_type: int = 20
    """Rows expected of one targeting type and one entity, per day in daily reports. A guess that sizes the first
    requests; if answers have more, the next requests are smaller."""

    entities_in_state: int = 50_000
    """The most entities of one ad account whose versions a state holds: 400 to 750 KB in each STATE. Our choice."""

    unlisted_ids_requested: int = 250
    """The most entities of one ad account, per sync, that have left the list since the last sync and are requested
    one by one. Our choice."""

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
    """Requests of all categories together, standard tier, per user and app."""

    answer_bytes: int = 64 << 20
    """The most bytes of one answer, both compressed and decompressed: twice the largest planned answer (1,000,000
    cells of about 33 bytes). A larger one is not held, but requested in halves. Our choice, 2026-11-25."""

    error_bytes: int = 1 << 20
    """The most bytes of the body of an error, or of a new login: they have some hundreds. A larger one is not read.
    Our choice, 2026-11-25."""

    download_bytes: int = 8 << 30
    """The most bytes of the content of one asynchronous report, both compressed and decompressed: 1,000,000 rows of
    200 columns. It is parsed as it arrives and never held as a whole. Our choice, 2026-11-25."""

    requests_ahead: int = 8
    """The most requests of one stream for one ad account that are in flight, or whose answers wait. Our choice: at a
    latency of a second, eight use all 300 requests a minute, and if the ad account fails, few were in vain."""

    requests_at_once: int = 100
    """The most requests of one category that are in flight, or whose answers wait to be emitted: as many as the
    universal limit allows in a second. So a latency of up to a second costs no time, and a sync has no more
    connections than that."""

    bytes_per_cell: int = 33
    """Average bytes of a value, including the name of its column."""

    waiting_bytes: int = 16 << 20
    """The most bytes of an answer of a targeting report that is held while it waits, since several may wait at once
    and their size is a guess. A larger one is requested in parts, each when it is needed. Our choice."""

    seconds_between_states: float = 60.0
    """The most seconds from one STATE of a stream to the next while it reads or waits (`sync/checkpoints.py`): a
    platform considers a source dead that sends neither RECORD nor STATE. Our choice."""

    records_between_states: int = 50_000
    """Records after which a stream sends a STATE sooner. Our choice."""

    def with_share(self, share: float) -> Limits:
        """These limits with a share (0 to 1) of the rate limits, for one of several processes with the same login.
        Rounded down, so that all of them together stay below the limits.

        >>> LIMITS.with_share(0.25).requests_per_minute["ads_analytics"]
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
        """The most cells expected of the answers of one category that are in flight, wait or are being emitted: about
        33 bytes each, so 99 MB. Three of the largest answers: one is emitted while two are in flight. The largest of
        ten columns is a quarter of that."""
        return 3 * self.cells_per_answer

    @property
    def cells_at_once_in_total(self) -> int:
        """The same for all categories together: about 99 MB, to which a category with nothing in flight may add one
        answer. With the memory of the process itself, that is less than 200 MB."""
        return self.cells_at_once


LIMITS = Limits()
"""The default limits of a sync."""
