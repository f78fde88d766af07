"""Every limit of Pinterest's API that requests are planned by. Each number stands here once.

Unless a line says otherwise: OpenAPI description 5.23.0, checked 2026-11-24.
"""

import math
from datetime import timedelta
from typing import NamedTuple

PAGE_SIZE = 250
"""Items on a page of a list, at most."""

SMALLEST_PAGE_SIZE = 25
"""A page that Pinterest is too slow for is asked for in halves, down to its own default."""

EMPTY_PAGES = 100
"""Pages without an item, one after the other, after which a list counts as endless. Our choice."""

IDS_PER_REPORT = 250
"""Campaigns, ad groups or ads in one analytics request, at most."""

AD_GROUPS_PER_LIST_OF_KEYWORDS = 250
"""Ad groups whose keywords one list holds, at most; in beta, so not for every app."""

BOOKMARK_BYTES = 1_000
"""What is left in a URL for the bookmark of a page. Our choice."""

PINS_PER_REPORT = 100
"""Pins in one request to GET /pins/analytics, at most."""

PIN_METRICS_LATENESS = timedelta(days=3)
"""How old a Pin is once a 0 in its own `pin_metrics` counts. Pinterest does not say how late those
are; its analytics are usually there after 24 to 48 hours. Our choice."""

PINS_IN_A_RANKING = 50
"""Pins that GET /user_account/analytics/top_pins (and top_video_pins) names, at most."""

TARGETING_TYPES_PER_REPORT = 14
"""Targeting types in one request below the ad account, at most."""

TARGETING_TYPES_PER_ACCOUNT_REPORT = 15
"""Targeting types in one request for an ad account as a whole, at most."""

ANALYTICS_LOOKBACK = timedelta(days=90)
"""How far before today (UTC) a synchronous report may start. Nearly every client in production asks
for 89: the 90th day is asked for, and given up where Pinterest refuses it."""

DAYS_GIVEN_UP = 2
"""At the beginning of a window, that Pinterest may refuse one after the other: one at the edge of its
reach, and one more where midnight (UTC) passes in mid-sync. Our choice."""

LONGEST_DOUBT = 10.0
"""Seconds that requests wait for the one that finds out whether Pinterest has the first day. Our choice:
eight at once would all be refused, each twice."""

PAUSE_BEFORE_ANOTHER_WINDOW = 1.0
"""Seconds after which a window that is refused is asked for once more: this refusal has been seen to
come for windows in reach, and to be gone a second later."""

WINDOW_TRIES = 4
"""How often a window that should be in reach is asked for, although Pinterest says that it is not."""

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

LOOKING_FOR_COLUMNS = 40
"""Requests that look for the columns and breakdowns that Pinterest refuses without naming them, for
each kind of report of a sync. Two among 128 take 29. Our choice."""

LONGEST_WITHOUT_A_ROW = 14_400.0
"""Seconds without a row of any stream, after which a sync does not try again what fails. Our choice."""

REPORT_LOOKBACK = timedelta(days=914)
"""How far before today (UTC) an asynchronous report may start."""

DAYS_PER_REPORT = 186
"""Days in one asynchronous report, at most."""

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

FIRST_POLL = 2.0
"""Seconds until a report is asked after; each further time half as long again."""

LONGEST_POLL = 30.0
"""Seconds between two questions after a report, at most. Each costs a request."""

LONGEST_REPORT = 3_600.0
"""Seconds that a report may be in the making. The next sync goes on with it. Our choice."""

DAYS_WITHOUT_A_REPORT = 3
"""Days of one ad account, one after the other, that Pinterest makes no report of: then it is not the
days. Our choice: with the halves above them, some 150 requests."""

POLLS_OF_AN_UNKNOWN_STATUS = 3
"""How often a report is asked after whose status is a word that Pinterest's description lacks, before it
counts as ended. Our choice."""

REPORT_TRIES = 3
"""How often a report is made, or its content is found broken, before its failure is final. What does
not come at all is asked for as often as any other answer."""

DOWNLOAD_TIMEOUT = 1_800.0
"""Seconds in which a report's content must have come whole. Its address is good for 5 minutes."""

CELLS_PER_ANSWER = 1_000_000
"""Rows times columns that one answer may be expected to hold. Pinterest only warns that large
answers can be cut short and names no figure: 250 ids, 90 days and 44 columns is our choice, not
verified against production."""

URL_BYTES = 8_000
"""The longest URL that is sent. A usual limit of web servers; not verified against production."""

VALUES_PER_TARGETING_TYPE = 20
"""Rows that one targeting type is expected to give for one entity, each day where it is by day. A
guess for the size of the first requests; where the answers have more, the next ones ask for less."""

REQUESTS_PER_MINUTE = {
    "ads_analytics": 300,
    "ads_read": 1_000,
    "org_read": 1_000,
    "org_analytics": 60,
    "catalogs_read": 100,
}
"""Standard tier, per user and app. Developer documentation; the org_ and catalogs_ rows come from a
third party's transcription of May 2026."""

REQUESTS_PER_SECOND = 100
"""Over all categories, standard tier, per user and app."""

LONGEST_RATE_LIMIT_WAIT = 900.0
"""Seconds that a sync waits for a rate limit to reset; past that (a trial app's daily limit takes
hours) the stream ends as incomplete and says when to come back."""

CONNECT_TIMEOUT = 10.0
"""Seconds until a connection must stand."""

READ_TIMEOUT = 120.0
"""Seconds without a byte after which an answer counts as lost."""

ANSWER_TIMEOUT = 300.0
"""Seconds after which an answer that is not whole counts as lost, from the moment that it is asked for:
the connection, the headers and the body together. Our choice."""

ANSWER_BYTES = 64 << 20
"""Of one answer, compressed and decompressed, at most: twice what the largest planned one has (1,000,000
cells of about 33 bytes). A larger one is not held, and asked for in halves. Our choice, 2026-11-25."""

ERROR_BYTES = 1 << 20
"""Of the body of an error, and of a new login, at most: they have some hundreds. A larger one is not
read. Our choice, 2026-11-25."""

DOWNLOAD_BYTES = 8 << 30
"""Of the content of one asynchronous report, compressed and decompressed, at most: 1,000,000 rows of 200
columns. It is parsed as it comes and never held as a whole. Our choice, 2026-11-25."""

TRIES = 6
"""How often one request is sent before its failure is final."""

LOGIN_TRIES = 4
"""How often a new access token is asked for before the failure is final. All threads wait."""

LOGIN_READ_TIMEOUT = 30.0
"""Seconds without a byte after which the token endpoint's answer, which is small, counts as lost."""

LOGIN_ANSWER_TIMEOUT = 60.0
"""Seconds after which it counts as lost if it is not whole."""

LOGIN_MEMORY = 120.0
"""Seconds in which a new access token is not asked for again after that failed for good: the streams of a
sync do not wait for the same endpoint one after the other. Our choice."""

NEW_TOKEN_TRIES = 3
"""How often a token that was just given, and is refused, is sent again: it may become valid a moment later.
Half of the first pause before that, then twice as long each time. Our choice."""

TRIES_IN_VAIN = 2
"""How often a request is sent where this machine's settings are in the way (an unknown certificate, a
proxy that refuses)."""

TRIES_WITHOUT_A_NETWORK = 3
"""How often a request is sent where the name does not resolve, or no network leads there."""

TOKENS_REFUSED = 3
"""How often one request may be sent again because its token was refused: one that lives for seconds
may end on its way. The token that was renewed for this very request has to be taken."""

TRIES_WHEN_SLOW = 3
"""How often a request may time out before it is final, or asked for in halves."""

FIRST_PAUSE = 1.0
"""Seconds before the second try; each further pause is twice as long."""

REQUESTS_AHEAD = 8
"""Answers of one stream that are fetched before they are needed, at most."""

PAGES_AHEAD = 4
"""Pages of one list that are read before they are needed, at most, where there are many lists: 8,000
items in all. A longer list is read on when its turn comes."""

CELLS_AHEAD = 2 * CELLS_PER_ANSWER
"""Cells expected in the answers that one stream fetches ahead, at most: about 33 bytes each, so 66 MB.
An answer of ten columns is a quarter of the largest: eight of them under way use the whole budget of
300 requests a minute at a second of latency."""

BYTES_OF_A_CELL = 33
"""About, with its column's name."""

WAITING_BYTES = 16 << 20
"""Of an answer of a targeting report that may hold anything, at most, since eight of them may wait at
once, and how many values there are is a guess until they have come. What has more is asked for in parts,
each when it is needed. Our choice: it keeps a sync under 300 MB."""

SECONDS_BETWEEN_STATES = 60.0
"""While an answer is waited for, the last STATE is repeated this often: a platform takes a source
that sends neither RECORD nor STATE for dead."""


class Timeouts(NamedTuple):
    """Seconds: until a connection stands, without a byte, and of the whole answer."""

    connect: float
    read: float
    answer: float


class Patience(NamedTuple):
    """How long what fails is tried for, before its failure is final."""

    tries: int
    tries_when_slow: int
    login_tries: int
    longest_rate_limit_wait: float
    timeouts: Timeouts | None
    """None: those of a sync, above."""
    again: str
    """What the user does once a failure is final, as a sentence."""
    seconds: float = math.inf
    """Of everything that is asked together: behind them nothing more is sent."""


SYNC = Patience(
    TRIES,
    TRIES_WHEN_SLOW,
    LOGIN_TRIES,
    LONGEST_RATE_LIMIT_WAIT,
    timeouts=None,
    again="Run the sync again: it goes on where it stopped.",
)

SOMEBODY_WAITS = Patience(
    tries=2,
    tries_when_slow=1,
    login_tries=2,
    longest_rate_limit_wait=3.0,
    timeouts=Timeouts(connect=4.0, read=8.0, answer=10.0),
    again="Pinterest may be down: try again in some minutes.",
    seconds=12.0,
)
"""Of a check and of the login: somebody sits in front of it. With it they end within 15 seconds,
whatever hangs."""
