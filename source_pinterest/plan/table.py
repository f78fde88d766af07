"""Plans and shards as text."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date

from source_pinterest.api.limits import Limits
from source_pinterest.http.rate_limiter import UNIVERSAL
from source_pinterest.plan.estimate import GIGABYTE, Plan, StreamPlan, per_minute
from source_pinterest.plan.shards import Shard
from source_pinterest.text import counted


def as_text(plan: Plan, today: date) -> str:
    """A plan as two tables: its streams and its rate limits."""
    return "\n".join(
        [
            f"A sync on {today}: {counted(plan.ad_accounts, 'ad account')}, "
            f"{counted(plan.requests.total(), 'request')}, at least "
            f"{counted(plan.minutes, 'minute')}.",
            "",
            *_aligned(
                ("Stream", "Ad accounts", "Entities", "Requests", "Rows, at most", "GB"),
                [
                    *(_stream(name, stream) for name, stream in plan.streams.items()),
                    (
                        "Total",
                        f"{plan.ad_accounts:,}",
                        "",
                        f"{plan.requests.total():,}",
                        f"{plan.rows:,}",
                        _gigabytes(plan.size),
                    ),
                ],
            ),
            "",
            *_aligned(
                ("Rate limit", "Requests", "Per minute", "Minutes, at least"),
                list(_limits(plan)),
            ),
        ]
    )


def shards_as_text(shards: Sequence[Shard], limits: Limits) -> str:
    """Shards as a table."""
    rows = [
        (
            shard.name,
            f"{len(shard.ad_accounts):,}",
            f"{shard.requests.total():,}",
            f"{shard.share:.4g}",
            f"{shard.minutes(limits):,}",
        )
        for shard in shards
    ]
    heads = ("Connection", "Ad accounts", "Requests", "Share of limits", "Minutes, at least")
    return "\n".join(_aligned(heads, rows))


def _stream(name: str, stream: StreamPlan) -> tuple[str, ...]:
    return (
        name,
        f"{stream.ad_accounts:,}" if stream.ad_accounts else "",
        f"{stream.entities:,}",
        f"{stream.requests.total():,}",
        "not known" if stream.rows is None else f"{stream.rows:,}",
        _gigabytes(stream.size),
    )


def _gigabytes(size: int) -> str:
    return f"{size / GIGABYTE:,.2f}" if size >= GIGABYTE / 100 else "< 0.01"


def _limits(plan: Plan) -> Iterator[tuple[str, ...]]:
    allowed = per_minute(plan.limits)
    for name, number in sorted(plan.requests.items()):
        binds = ", binds" if name == plan.binding else ""
        a_minute = allowed.get(name, allowed[UNIVERSAL])
        minutes = f"{plan.minutes_by_limit[name]:,}{binds}"
        yield name, f"{number:,}", f"{a_minute:,}", minutes


def _aligned(heads: Sequence[str], rows: Sequence[Sequence[str]]) -> Iterator[str]:
    """The lines of a table, with the first column aligned to the left and the others to the right."""
    widths = [max(map(len, column)) for column in zip(heads, *rows, strict=True)]

    def line(cells: Sequence[str]) -> str:
        first, *others = zip(cells, widths, strict=True)
        shown = [f"{first[0]:<{first[1]}}", *(f"{cell:>{width}}" for cell, width in others)]
        return "  ".join(shown).rstrip()

    yield line(heads)
    yield line(["-" * width for width in widths])
    yield from map(line, rows)
