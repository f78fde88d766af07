"""Makes an anonymised recording of a verification, which can be shared and replayed.

It keeps shapes, types, statuses, headers, codes, names of fields, and values that Pinterest's description lists for
their field. Everything else is replaced: an id always by the same other id of its form; names, texts, addresses and
amounts by invented ones; days are moved by a constant. Tokens are left out.
"""

from __future__ import annotations

import json
import random
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime, timedelta, timezone
from typing import Any
from urllib.parse import urlsplit

from source_pinterest.api.operations import find_operation
from source_pinterest.verify.exchange import Exchange
from source_pinterest.verify.vocabulary import (
    A_NAME,
    known_columns,
    known_fields,
    known_scopes,
    known_values,
    known_words,
)

FORMAT = 1

ABOUT = (
    "Made by `source-pinterest verify --record`. Ids, names, texts, addresses and amounts are invented, "
    "days are moved. `cut` has the true lengths of what was cut: lists, objects by id, long texts."
)

DAY = date(2020, 1, 15)
"""The day on which every recording claims to be made."""

CONTENT = "content of a report"
"""The operation that stands for requests to other hosts than the API."""

MAX_ELEMENTS = 5
"""The most elements of a list, or of an object by id, that are kept: the first two, and others of a different shape."""

MAX_CHARACTERS = 200
"""The most characters of an opaque text, or of an address."""

HEADERS = re.compile(r"content-type|retry-after|x-ratelimit-(limit|remaining|reset)", re.IGNORECASE)
HEADER = re.compile(r'(?!.*\d{8})[\w ,;="/.-]{0,400}', re.ASCII)

TOKENS = frozenset({"access_token", "refresh_token", "token", "bookmark", "code_snippet"})
"""Fields and parameters with opaque values, of which only the length is kept."""

ERROR_TEXTS = frozenset(
    {"message", "message_detail", "error", "error_description", "status", "endpoint_name"}
)

NUMBERS_OF_ANSWERS = frozenset(
    {"code", "expires_in", "refresh_token_expires_in", "width", "height"}
)
"""Fields whose numbers are Pinterest's own."""

SCOPE = re.compile(r"[^\s,]+")

AN_ID = re.compile(r"([A-Z]{1,2})?(\d{5,})", re.ASCII)
A_NUMBER = re.compile(r"-?\d+(\.\d+)?", re.ASCII)
A_DAY = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)
A_MOMENT = re.compile(
    r"(\d{4}-\d\d-\d\d)([T ])\d\d:\d\d(:\d\d)?(\.\d+)?(Z|[+-]\d\d:?\d\d)?", re.ASCII
)
AN_ADDRESS = re.compile(r"[a-z][a-z0-9+.-]*://\S+", re.IGNORECASE)
A_MAIL_ADDRESS = re.compile(r"\S+@\S+\.\w+")
LENGTH_OF_A_TOKEN = 30
"""From so many characters on, a word of an error text counts as a token, and not as an ordinary word."""
WORDS_IN_A_SENTENCE = re.compile(
    rf"({AN_ADDRESS.pattern}|\S+@\S+|\S{{{LENGTH_OF_A_TOKEN},}}|{A_DAY.pattern}|\d+|\w+)",
    re.IGNORECASE,
)
PINTERESTS_HOST = re.compile(
    r"([a-z0-9-]+\.)*(pinimg\.com|pinterest\.com)|pinterest-[a-z]+\.s3\.amazonaws\.com"
)
WORDS_OF_ADDRESSES = frozenset({"async_reporting_v3", "metrics_report.txt", "v5"})

CONSONANTS = "bcdfghjklmnpqrstvwxz"
"""Letters of invented texts. No real word consists only of these."""

NOON = 12 * 3_600
SECONDS_PER_DAY = 86_400


class NotAnonymous(Exception):
    """Because of a bug, the recording would contain an id or a secret."""


def recording(
    exchanges: Iterable[Exchange], secrets: Iterable[str], now: datetime
) -> dict[str, Any]:
    """The recording of these exchanges, as JSON values.

    Raises NotAnonymous if it would contain an id, or one of the `secrets`.
    """
    kept = list(exchanges)
    today = now.astimezone(timezone.utc).date()
    anonymizer = Anonymizer(DAY - today)
    anonymizer.avoid(kept)
    made = {
        "about": ABOUT,
        "format": FORMAT,
        "recorded": f"{today:%Y-%m}",
        "day": DAY.isoformat(),
        "exchanges": [anonymizer.exchange(exchange) for exchange in kept],
    }
    text = json.dumps(made, ensure_ascii=False)
    ids = (one for one in anonymizer.ids if len(one) >= 8)
    if any(secret in text for secret in (*ids, *secrets)):
        raise NotAnonymous
    return made


class Anonymizer:
    """Replaces values by invented ones of the same form.

    An invented value depends only on the form of the real one, so it reveals nothing else.
    """

    def __init__(self, moved_by: timedelta) -> None:
        """`moved_by`: what is added to each day."""
        self._moved_by = moved_by
        self._random = random.Random(0)  # noqa: S311  the same each time, and nothing follows from it
        self.ids: dict[str, str] = {}
        self._texts: dict[str, str] = {}
        self._originals: set[str] = set()
        self._cut: dict[str, int] = {}
        self._is_error = False

    def avoid(self, exchanges: Iterable[Exchange]) -> None:
        """Notes all values of these exchanges, which no invented value may equal."""
        for exchange in exchanges:
            for value in _scalars([exchange.body, exchange.content, list(exchange.query)]):
                self._originals.add(str(value))
            self._originals.update(exchange.path.split("/"))

    def exchange(self, exchange: Exchange) -> dict[str, Any]:
        """The anonymised form of an exchange, as JSON values."""
        operation = find_operation(exchange.method, exchange.path)
        self._cut = {}
        self._is_error = not exchange.is_good
        is_token = exchange.path == "/oauth/token"
        made: dict[str, Any] = {
            "operation": operation.name if operation else CONTENT,
            "path": {
                name: self._path_value(name, value)
                for name, value in (operation.values if operation else {}).items()
            },
            "query": [] if not operation or is_token else list(self._query(exchange)),
        }
        if exchange.content is not None and not is_token:
            made["content"] = self.value(exchange.content, "", "/content", is_cut=False)
        made["status"] = exchange.status
        if exchange.problem:
            made["problem"] = exchange.problem
        made["headers"] = {
            name.lower(): value if HEADER.fullmatch(value) else "(something else)"
            for name, value in exchange.headers.items()
            if HEADERS.fullmatch(name)
        }
        if exchange.body is None and exchange.text.strip() != b"null":
            made["no_json"] = {"bytes": len(exchange.text)}
        else:
            is_metrics = bool(operation) and exchange.path == "/resources/delivery_metrics"
            made["body"] = self.value(exchange.body, "", "", is_metrics=is_metrics)
        if self._cut:
            made["cut"] = self._cut
        return made

    # --- Requests, which contain nothing of the user's but ids, bookmarks and names ---

    def _path_value(self, name: str, value: str) -> str:
        return value if value in known_values().get(name, ()) else self._text(value)

    def _query(self, exchange: Exchange) -> Iterator[list[str]]:
        counts: dict[str, int] = {}
        for name, text in exchange.query:
            counts[name] = counts.get(name, 0) + 1
            if counts[name] > MAX_ELEMENTS:
                self._cut[f"?{name}"] = counts[name]
                continue
            if name in TOKENS:
                yield [name, self._opaque(text, f"?{name}")]
                continue
            values = text.split(",")
            is_ids = name.endswith(("_id", "_ids"))
            if is_ids and len(values) > MAX_ELEMENTS:
                self._cut[f"?{name}"] = len(values)
                values = values[:MAX_ELEMENTS]
            yield [name, ",".join(self._parameter(name, value) for value in values)]

    def _parameter(self, name: str, value: str) -> str:
        if value in known_values().get(name, ()) or re.fullmatch(r"true|false|\d{1,3}", value):
            return value
        return self._text(value)

    # --- Values ---

    def value(
        self,
        value: Any,
        field: str,
        place: str,
        is_cut: bool = True,
        is_metrics: bool = False,
    ) -> Any:
        """The replacement of a value of any type.

        `field`: the name of the value, or of the list that it is in. `place`: its path in the body. `is_cut`: whether
        long lists are shortened. `is_metrics`: whether it is in Pinterest's list of metrics.
        """
        if isinstance(value, dict):
            return self._object(value, field, place, is_cut, is_metrics)
        if isinstance(value, list):
            kept = _of_each_shape(value) if is_cut else range(len(value))
            if len(kept) < len(value):
                self._cut[place or "/"] = len(value)
            return [
                self.value(value[index], field, f"{place}/{number}", is_cut, is_metrics)
                for number, index in enumerate(kept)
            ]
        if value is None or isinstance(value, bool):
            return value
        if isinstance(value, (int, float)):
            return self._number(value, field)
        if is_metrics and field == "name" and value in known_columns():
            return value
        return self._string(value, field, place)

    def _object(
        self, value: Mapping[str, Any], field: str, place: str, is_cut: bool, is_metrics: bool
    ) -> dict[str, Any]:
        known = known_fields()
        is_record = 2 * sum(name in known for name in value) >= len(value)
        if is_record:
            by_column = known_values()["metric_types"] if field in known_values() else frozenset()
            return {
                key: self.value(
                    member,
                    field if name in by_column else name,
                    f"{place}/{key}",
                    is_cut,
                    is_metrics,
                )
                for name, member in value.items()
                for key in [name if name in known or A_NAME.fullmatch(name) else self._text(name)]
            }
        members = list(value.items())
        kept = _of_each_shape([member for _, member in members]) if is_cut else range(len(members))
        if len(kept) < len(members):
            self._cut[place or "/"] = len(members)
        return {
            key: self.value(member, field, f"{place}/{key}", is_cut, is_metrics)
            for name, member in (members[index] for index in kept)
            for key in [name if name in known else self._text(name)]
        }

    def _number(self, value: float, field: str) -> float:
        if value in (0, -1) or (
            field in NUMBERS_OF_ANSWERS and (field != "code" or self._is_error)
        ):
            return value
        if isinstance(value, int):
            if seconds := _unit_of_time(value, field):
                return self._moved(value, seconds)
            digits = str(abs(value))
            invented = (
                self._id(digits) if len(digits) >= 8 else self._different(digits, self._digits)
            )
            return int(invented) * (1 if value > 0 else -1)
        if value != value or value in (float("inf"), float("-inf")):
            return value
        if value.is_integer():
            return float(self._different(str(int(value)), self._digits))
        text = repr(value)
        return float(self._different(f"{value:f}" if "e" in text else text, self._digits))

    def _string(self, value: str, field: str, place: str) -> str:
        if field in TOKENS and value:
            return self._opaque(value, place)
        if value in known_values().get(field, ()) or not value.strip():
            return value
        if field == "scope":
            return SCOPE.sub(lambda scope: self._scope(scope[0]), value)
        if field == "message" or (self._is_error and field in ERROR_TEXTS):
            return self._sentence(value)
        if self._is_error and field == "code" and re.fullmatch(r"\d{1,5}", value, re.ASCII):
            return value
        return self._text(value, place)

    def _scope(self, scope: str) -> str:
        return scope if scope in known_scopes() else self._text(scope)

    def _text(self, value: str, place: str = "") -> str:
        """The replacement of a text of any form."""
        if match := AN_ID.fullmatch(value):
            return (match[1] or "") + self._id(match[2])
        if A_DAY.fullmatch(value):
            return self._day(value)
        if match := A_MOMENT.fullmatch(value):
            zeros = re.sub(r"\d", "0", match[4] or "")
            time = "12:00" + (":00" if match[3] else "")
            return f"{self._day(match[1])}{match[2]}{time}{zeros}{match[5] or ''}"
        if value not in self._texts:
            self._texts[value] = self._invented(value, place)
        return self._texts[value]

    def _invented(self, value: str, place: str) -> str:
        if AN_ADDRESS.fullmatch(value):
            return self._address(value, place)
        if A_MAIL_ADDRESS.fullmatch(value):
            return "someone@example.com"
        if A_NUMBER.fullmatch(value):
            return self._different(value, self._digits)
        return self._different(value, self._letters)

    def _opaque(self, value: str, place: str) -> str:
        if len(value) > MAX_CHARACTERS and place:
            self._cut[place] = len(value)
        letters = "x" * min(len(value), MAX_CHARACTERS)
        return self._different(letters, self._letters)

    def _sentence(self, value: str) -> str:
        """The text, with every word replaced that is neither a plain word nor a name in Pinterest's description."""
        parts = WORDS_IN_A_SENTENCE.split(value)
        return "".join(
            self._word(part) if number % 2 else part for number, part in enumerate(parts)
        )

    def _word(self, word: str) -> str:
        if word.lower() in known_words() or re.fullmatch(r"\d{1,4}", word, re.ASCII):
            return word
        if len(word) >= LENGTH_OF_A_TOKEN and not AN_ADDRESS.fullmatch(word):
            return self._opaque(word, "")
        return self._text(word)

    def _address(self, value: str, place: str) -> str:
        """The address, of which only Pinterest's hosts and the names of its parameters stay."""
        url = urlsplit(value)
        host = url.hostname or ""
        host = host if PINTERESTS_HOST.fullmatch(host) else "example.com"
        path = "/".join(
            part if part in WORDS_OF_ADDRESSES else self._letters("x" * len(part))
            for part in url.path.split("/")
        )
        names = [parameter.partition("=")[0] for parameter in url.query.split("&") if parameter]
        query = "&".join(
            f"{name if name.startswith('X-Amz-') else self._letters(name)}=x" for name in names
        )
        made = f"{url.scheme}://{host}{path}{'?' if query else ''}{query}"
        if len(made) > MAX_CHARACTERS:
            self._cut[place] = len(value)
        return made[:MAX_CHARACTERS]

    # --- Invented values ---

    def _id(self, digits: str) -> str:
        if digits not in self.ids:
            taken = set(self.ids.values())
            self.ids[digits] = self._different(digits, self._digits, taken)
        return self.ids[digits]

    def _day(self, value: str) -> str:
        try:
            return (date.fromisoformat(value) + self._moved_by).isoformat()
        except (ValueError, OverflowError):
            return self._different(value, self._digits)

    def _moved(self, time: int, unit: int) -> int:
        """Noon of the moved day. `unit`: 1 for a time in seconds, 1,000 for one in milliseconds."""
        day = time // (SECONDS_PER_DAY * unit) + self._moved_by.days
        return (day * SECONDS_PER_DAY + NOON) * unit

    def _different(
        self, value: str, invent: Callable[[str], str], taken: Iterable[str] = frozenset()
    ) -> str:
        """An invented value that is none of the user's. After 50 attempts, any value of this form."""
        for _ in range(50):
            invented = invent(value)
            if invented not in self._originals and invented not in taken:
                break
        return invented

    def _digits(self, value: str) -> str:
        """Replaces digits. A 0 before a point stays, and no other number begins with 0."""

        def other(match: re.Match[str]) -> str:
            if match[0] == "0":
                return "0"
            return "".join(
                str(self._random.randint(0 if place else 1, 9)) for place in range(len(match[0]))
            )

        return re.sub(r"\d+", other, value)

    def _letters(self, value: str) -> str:
        """Replaces letters and digits. Blanks and signs stay."""

        def other(character: str) -> str:
            if character.isdigit():
                return str(self._random.randint(0, 9))
            if not character.isascii():
                return "ñ"
            letter = self._random.choice(CONSONANTS)
            return (
                letter.upper()
                if character.isupper()
                else letter
                if character.isalpha()
                else character
            )

        return "".join(map(other, value))


def _unit_of_time(value: int, field: str) -> int:
    """1 if a field is a time in seconds, 1,000 if in milliseconds, 0 if it is not a time."""
    if not field.endswith(("_time", "_at", "timestamp")):
        return 0
    return 1 if 10**8 <= value < 10**10 else 1_000 if 10**11 <= value < 10**13 else 0


def _of_each_shape(values: Sequence[Any]) -> Sequence[int]:
    """The positions of the elements to keep: the first two, and others with a new shape, up to MAX_ELEMENTS."""
    kept: list[int] = []
    shapes: set[Any] = set()
    for place, value in enumerate(values):
        shape = _shape(value)
        if (place < 2 or shape not in shapes) and len(kept) < MAX_ELEMENTS:
            kept.append(place)
        shapes.add(shape)
    return kept


def _shape(value: Any, field: str = "", depth: int = 3) -> Any:
    """The shape of a value, equal for similar values. Each value that the description lists has its own."""
    if isinstance(value, dict) and depth:
        return tuple(
            sorted((name, _shape(member, name, depth - 1)) for name, member in value.items())
        )
    if isinstance(value, list) and depth:
        return tuple(sorted({repr(_shape(element, field, depth - 1)) for element in value}))
    if isinstance(value, str) and value in known_values().get(field, ()):
        return value
    return type(value).__name__


def _scalars(value: Any) -> Iterator[Any]:
    if isinstance(value, dict):
        yield from value
        for member in value.values():
            yield from _scalars(member)
    elif isinstance(value, (list, tuple)):
        for element in value:
            yield from _scalars(element)
    elif value is not None and not isinstance(value, bool):
        yield value
