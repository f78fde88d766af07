"""Every limit of Pinterest's API that requests are planned by. Each number stands here once.

Unless a line says otherwise: OpenAPI description 5.23.0, checked 2026-11-24.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta

BOOKMARK_BYTES = 1_000
"""What is left in a URL for the bookmark of a page. Our choice."""

PIN_METRICS_LATENESS = timedelta(days=3)
"""How old a Pin is once a 0 in its own `pin_metrics` counts. Pinterest does not say how late those
are; its analytics are usually there after 24 to 48 hours. Our choice."""

PINS_IN_A_RANKING = 50
"""Pins that GET /user_account/analytics/top_pins (and top_video_pins) names, at most."""

DAYS_GIVEN_UP = 2
"""At the beginning of a window, that Pinterest may refuse one after the other: one at the edge of its
reach, and one more where midnight (UTC) passes in mid-sync. Our choice."""

REFUSED_IDS = 100
"""Ids of one ad account (or Pins) that are refused before one is answered; then nothing more is asked.
Our choice."""

NOT_FOUND_IN_A_ROW = 3
"""Pins, or boards, one after the other, that Pinterest lists and does not find: more than these were not
deleted in the meantime. Our choice."""

MOST_REFUSED_IDS = 1_000
"""Ids of one ad account (or Pins) that a report leaves out because Pinterest refuses each. They are
named in the state, which must stay small. Our choice."""

REFUSALS_IN_A_ROW = 32
"""Parts of one batch that are refused without one that is answered: then it is not a single id that
is to blame. Ids that stand beside 31 refused ones of 32 are found. Our choice."""

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
"""Rows that one asynchronous report may be expected to have: 5,000 ads and 186 days fit. Our choice:
a report that cannot be fetched is made again as a whole."""

TARGETING_TYPES_PER_ASYNCHRONOUS_REPORT = 5
"""At most."""

ROWS_PER_ID = 10_000
"""Rows that one id may be expected to have in an asynchronous report: they are held together."""

REPORTS_AT_ONCE = 4
"""Asynchronous reports of one stream that are in the making together. How many Pinterest allows is
not documented; more than one, since each takes its time."""

DAYS_WITHOUT_A_REPORT = 3
"""Days of one ad account, one after the other, that Pinterest makes no report of: then it is not the
days. Our choice: with the halves above them, some 150 requests."""

PAGES_AHEAD = 4
"""Pages of one list that are read before they are needed, at most, where there are many lists: 8,000
items in all. A longer list is read on when its turn comes."""


@dataclass(frozen=True)
class Limits:
    """What the requests of a sync are planned by. Smaller numbers make more requests, and the same records."""

    analytics_lookback: timedelta = timedelta(days=90)
    """How far before today (UTC) a synchronous report may start. Nearly every client in production asks
    for 89: the 90th day is asked for, and given up where Pinterest refuses it."""

    page_size: int = 250
    """Items on a page of a list, at most."""

    smallest_page_size: int = 25
    """A page that Pinterest is too slow for is asked for in halves, down to its own default."""

    empty_pages: int = 100
    """Pages without an item, one after the other, after which a list counts as endless. Our choice."""

    ids_per_report: int = 250
    """Campaigns, ad groups or ads in one analytics request, at most."""

    ad_groups_per_list_of_keywords: int = 250
    """Ad groups whose keywords one list holds, at most; in beta, so not for every app."""

    pins_per_report: int = 100
    """Pins in one request to GET /pins/analytics, at most."""

    targeting_types_per_report: int = 14
    """Targeting types in one request below the ad account, at most."""

    targeting_types_per_account_report: int = 15
    """Targeting types in one request for an ad account as a whole, at most."""

    looking_for_columns: int = 40
    """Requests that look for the columns and breakdowns that Pinterest refuses without naming them, for
    each kind of report of a sync. Two among 128 take 29. Our choice."""

    days_per_report: int = 186
    """Days in one asynchronous report, at most."""

    cells_per_answer: int = 1_000_000
    """Rows times columns that one answer may be expected to hold. Pinterest only warns that large
    answers can be cut short and names no figure: 250 ids, 90 days and 44 columns is our choice, not
    verified against production."""

    url_bytes: int = 8_000
    """The longest URL that is sent. A usual limit of web servers; not verified against production."""

    values_per_targeting_type: int = 20
    """Rows that one targeting type is expected to give for one entity, each day where it is by day. A
    guess for the size of the first requests; where the answers have more, the next ones ask for less."""

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
    """Over all categories, standard tier, per user and app."""

    answer_bytes: int = 64 << 20
    """Of one answer, compressed and decompressed, at most: twice what the largest planned one has (1,000,000
    cells of about 33 bytes). A larger one is not held, and asked for in halves. Our choice, 2026-11-25."""

    error_bytes: int = 1 << 20
    """Of the body of an error, and of a new login, at most: they have some hundreds. A larger one is not
    read. Our choice, 2026-11-25."""

    download_bytes: int = 8 << 30
    """Of the content of one asynchronous report, compressed and decompressed, at most: 1,000,000 rows of 200
    columns. It is parsed as it comes and never held as a whole. Our choice, 2026-11-25."""

    requests_ahead: int = 8
    """Answers of one stream that are fetched before they are needed, at most."""

    bytes_of_a_cell: int = 33
    """About, with its column's name."""

    waiting_bytes: int = 16 << 20
    """Of an answer of a targeting report that may hold anything, at most, since eight of them may wait at
    once, and how many values there are is a guess until they have come. What has more is asked for in parts,
    each when it is needed. Our choice: it keeps a sync under 300 MB."""

    seconds_between_states: float = 60.0
    """While an answer is waited for, the last STATE is repeated this often: a platform takes a source
    that sends neither RECORD nor STATE for dead."""

    @property
    def cells_ahead(self) -> int:
        """Cells expected in the answers that one stream fetches ahead, at most: about 33 bytes each, so 66 MB.
        An answer of ten columns is a quarter of the largest: eight of them under way use the whole budget of
        300 requests a minute at a second of latency."""
        return 2 * self.cells_per_answer


LIMITS = Limits()
"""Those of a sync."""
