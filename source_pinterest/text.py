"""Builds texts for people (lists, counts, suggestions), and makes foreign text safe to show: on one line, without
control characters and without secrets.

Foreign text is what others have written: names of users and ad accounts, texts of errors, a browser's request.
"""

from __future__ import annotations

import base64
import difflib
import html
import json
import logging
import re
from collections.abc import Iterable, Sequence
from functools import lru_cache
from urllib.parse import quote, quote_plus

TOKEN = re.compile(r"\bpin[a-z]_[\w.~+/=-]{8,}", re.ASCII)
"""The form of Pinterest's tokens."""

SHORTEST_SECRET = 8
"""The fewest characters of a secret. A shorter one is made up, and hiding it would hide ordinary words."""

LONGEST_SENTENCE = 1_000
"""The most characters of one sentence that quotes foreign text. Our choice."""

LONGEST_NAME = 100
"""The most characters of a name for which a suggestion is looked for. The longest known name has 56."""

BREAKS = re.compile("[\t\n\v\f\r\x1c-\x1f\x85\u2028\u2029]+")
"""Characters that end a line, or move the cursor within one."""

CONTROLS = re.compile(
    "[\0-\x08\x0e-\x1b\x7f-\x84\x86-\x9f\u00ad\u061c\u180e\u200b\u200e\u200f\u202a-\u202e"
    "\u2060-\u206f\ufeff\ufff9-\ufffb\ud800-\udfff\U000e0000-\U000e007f]+"
)
"""Invisible characters that change how the rest is shown: terminal escapes, the direction of writing, blanks without
width, surrogates. Joiners of emoji stay."""


def printable(text: object, length: int | None = None) -> str:
    """Foreign text on one line, without control characters, cut to a length.

    >>> printable("\\x1b]0;owned\\x07Shop\\u202e\\n2"), printable("a name", 3)
    (']0;ownedShop 2', 'a n')
    """
    return CONTROLS.sub("", BREAKS.sub(" ", str(text))).strip()[:length]


def printable_lines(text: str) -> str:
    """A text of ours that may quote foreign text, without control characters. Line breaks stay.

    >>> printable_lines("one\\x1b[2J\\r\\ntwo")
    'one[2J\\ntwo'
    """
    return "\n".join(CONTROLS.sub("", BREAKS.sub(" ", line)).rstrip() for line in text.split("\n"))


def without_secrets(text: str) -> str:
    """The text with `****` in place of each hidden secret, and of anything that looks like a Pinterest token."""
    from airbyte_cdk.utils.airbyte_secrets_utils import filter_secrets

    return TOKEN.sub("****", filter_secrets(text))


def hide(secret: str | None) -> None:
    """From now on, hides a secret in all messages, in each of its `spellings`."""
    from airbyte_cdk.utils.airbyte_secrets_utils import add_to_secrets  # `load` has no CDK

    if secret and len(secret) >= SHORTEST_SECRET:
        for spelling in sorted(spellings(secret), key=len, reverse=True):
            add_to_secrets(spelling)


def spellings(secret: str) -> set[str]:
    """A secret as it is, and as it is written in a URL, in JSON, in HTML and in base64, alone or within a longer text.

    >>> {"a%2Bb%2Fc%3Dd%26e", "a+b/c=d&amp;e", "YStiL2M9ZCZl"} <= spellings("a+b/c=d&e")
    True
    """
    encoded = secret.encode("utf-8", "surrogatepass")
    quoted = quote(encoded, safe="")
    as_json = json.dumps(secret)[1:-1]
    found = {
        secret,
        *(quoted, quote(encoded), quote_plus(encoded), quote(quoted, safe="")),
        *(as_json, as_json.replace("/", "\\/"), json.dumps(as_json)[1:-1]),
        *(html.escape(secret), html.escape(secret, quote=False)),
        *_in_base64(encoded),
    }
    found |= {re.sub("%[0-9A-F]{2}", lambda code: code[0].lower(), form) for form in found}
    return {form for form in found if len(form) >= SHORTEST_SECRET}


def _in_base64(secret: bytes) -> Iterable[str]:
    """The texts of which the base64 of any text with the secret contains one: they depend on its offset modulo 3."""
    for offset in range(3):
        text = base64.b64encode(b"1" * offset + secret).decode()
        first = -(-offset * 4 // 3)  # this character also depends on the text before the secret
        last = (offset + len(secret)) * 4 // 3  # and this one on the text after it
        yield text[first:last]
        yield text[first:last].replace("+", "-").replace("/", "_")


class PrintableLog(logging.Filter):
    """A filter for log handlers: makes messages and tracebacks printable (`printable_lines`)."""

    def filter(self, record: logging.LogRecord) -> bool:
        record.msg, record.args = printable_lines(record.getMessage()), ()
        if record.exc_info and not record.exc_text:
            record.exc_text = logging.Formatter().formatException(record.exc_info)
        if record.exc_text:
            record.exc_text = printable_lines(record.exc_text)
        return True


PRINTABLE_LOG = PrintableLog()
"""The only instance, so that adding it to a handler twice has no effect."""


def cut(text: str, length: int = LONGEST_SENTENCE) -> str:
    """The text, shortened with an ellipsis if it has more characters than `length`.

    >>> cut("a name", 6), cut("a name that is long", 6)
    ('a name', 'a nam…')
    """
    return text if len(text) <= length else f"{text[: length - 1]}…"


def replace_surrogates(text: str) -> str:
    """The text with each lone surrogate (half an emoji) replaced by U+FFFD, so that UTF-8 can encode it.

    >>> replace_surrogates("Sale \\ud83d") == "Sale \\ufffd"
    True
    """
    return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")


def nearest_to(name: str, known: Iterable[str], cutoff: float = 0.6) -> str | None:
    """The known name that is most similar to a misspelled one; None if none is similar enough (0 to 1)."""
    return None if len(name) > LONGEST_NAME else _nearest_to(name, tuple(known), cutoff)


@lru_cache(maxsize=4096)
def _nearest_to(name: str, known: tuple[str, ...], cutoff: float) -> str | None:
    """Cached, since it takes milliseconds among Pinterest's columns, and custom reports often share names."""
    by_case = {name.lower(): name for name in known}
    found = difflib.get_close_matches(name.lower(), by_case, n=1, cutoff=cutoff)
    return by_case[found[0]] if found else None


def did_you_mean(name: object, known: Iterable[str]) -> str:
    """A suggestion with a blank behind it, such as `Did you mean GENDER? `; empty if there is none."""
    found = nearest_to(name, known) if isinstance(name, str) else None
    return f"Did you mean {found}? " if found else ""


def listed(values: Iterable[object], conjunction: str = "or") -> str:
    """Values in words. Takes at least one.

    >>> listed([0, 1, 7]), listed(["A"])
    ('0, 1 or 7', 'A')
    """
    *most, last = [str(value) for value in values]
    return f"{', '.join(most)} {conjunction} {last}" if most else last


def shortened_list(values: Sequence[object], most: int) -> str:
    """The first `most` values in words, and the number of the others.

    >>> shortened_list(["A", "B", "C"], most=2), shortened_list(["A", "B"], most=2)
    ('A, B and 1 more', 'A, B')
    """
    shown = ", ".join(map(str, values[:most]))
    more = len(values) - most
    return f"{shown} and {more:,} more" if more > 0 else shown


def counted(number: int, thing: str, things: str = "") -> str:
    """A number with its noun. `things`: the plural, if it is irregular.

    >>> counted(1, "row"), counted(1_200, "row"), counted(2, "status", "statuses")
    ('1 row', '1,200 rows', '2 statuses')
    """
    return f"{number:,} {thing if number == 1 else things or f'{thing}s'}"
