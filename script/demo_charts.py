"""The charts of the demo's report, as SVG that stands in the page itself.

Each is drawn twice, wide and narrow: the page shows the one that fits. The text is text: the page's own
font, to be searched and read aloud.
"""

from __future__ import annotations

import io
import re
import zlib
from collections.abc import Mapping, Sequence
from datetime import date
from html import escape
from typing import Any

from demo_figures import days_between

COLOURS = ("#0f4c5c", "#e36414", "#6a994e", "#9a031e", "#f2a65a", "#5f7adb")
OTHERS = "#c9c4bd"
INK, FAINT = "#5c5650", "#e9e4dd"
WIDE, NARROW = (10.4, 3.5), (3.9, 3.1)
"""Inches; a CSS pixel is 1/72 here."""

Days = Mapping[date, float]


def stacked(
    layers: Sequence[tuple[str, Days]], first: date, last: date, what: str, marked: int = 0
) -> str:
    """Bars by day, the layers upon each other. The last `marked` days are drawn lighter: not final yet."""
    days = list(days_between(first, last))

    def draw(axes: Any) -> None:
        bottom = [0.0] * len(days)
        for place, (name, series) in enumerate(layers):
            heights = [series.get(day, 0.0) for day in days]
            colour = OTHERS if name == "others" else COLOURS[place % len(COLOURS)]
            final = len(days) - marked
            for some, alpha in ((slice(final), 1.0), (slice(final, None), 0.5)):
                axes.add_patch(bars(days[some], bottom[some], heights[some], colour, alpha))
            bottom = [below + height for below, height in zip(bottom, heights, strict=True)]
        axes.xaxis_date()
        axes.set_xlim(dates.date2num(first) - 1, dates.date2num(last) + 1)
        axes.set_ylim(0, 1.05 * max(bottom) or 1)

    from matplotlib import dates

    return both(draw, what)


def bars(
    days: Sequence[date],
    bottom: Sequence[float],
    heights: Sequence[float],
    colour: str,
    alpha: float,
) -> Any:
    """All of a layer as one shape: a page of thousands of shapes would be slow."""
    from matplotlib import dates, patches, path

    corners: list[tuple[float, float]] = []
    codes: list[Any] = []
    for day, below, height in zip(days, bottom, heights, strict=True):
        if height <= 0:
            continue
        left, top = dates.date2num(day) - 0.43, below + height
        corners += [
            (left, below),
            (left, top),
            (left + 0.86, top),
            (left + 0.86, below),
            (left, below),
        ]
        codes += [path.Path.MOVETO, *[path.Path.LINETO] * 3, path.Path.CLOSEPOLY]
    shape = path.Path(corners, codes) if corners else path.Path([(0, 0)])
    return patches.PathPatch(shape, facecolor=colour, alpha=alpha, linewidth=0)


def line(series: Days, first: date, last: date, what: str) -> str:
    days = list(days_between(first, last))

    def draw(axes: Any) -> None:
        heights = [series.get(day, 0.0) for day in days]
        axes.fill_between(days, heights, color=COLOURS[0], alpha=0.14, linewidth=0)
        axes.plot(days, heights, color=COLOURS[0], linewidth=1.8, solid_capstyle="round")
        axes.set_ylim(bottom=0)
        axes.margins(x=0.01)

    return both(draw, what)


def both(draw: Any, what: str) -> str:
    """The wide and the narrow one; `what` says in words what is to be seen."""
    return "".join(
        f'<div class="chart {kind}" role="img" aria-label="{escape(what)}">'
        f"{svg(draw, size, f'{kind} {what}')}</div>"
        for kind, size in (("wide", WIDE), ("narrow", NARROW))
    )


def svg(draw: Any, size: tuple[float, float], salt: str) -> str:
    import matplotlib as mpl

    mpl.use("svg")
    from matplotlib import dates, pyplot, ticker

    with mpl.rc_context({"svg.fonttype": "none", "svg.hashsalt": salt, "font.size": 10}):
        figure, axes = pyplot.subplots(figsize=size, layout="constrained")
        draw(axes)
        axes.yaxis.set_major_locator(ticker.MaxNLocator(4 if size is NARROW else 5, integer=True))
        axes.yaxis.set_major_formatter(ticker.FuncFormatter(lambda value, _: short(value)))
        locator = dates.AutoDateLocator(minticks=2, maxticks=4 if size is NARROW else 8)
        axes.xaxis.set_major_locator(locator)
        axes.xaxis.set_major_formatter(dates.DateFormatter("%-d %b"))
        axes.grid(axis="y", color=FAINT, linewidth=0.9)
        axes.set_axisbelow(True)
        axes.spines[["top", "right", "left"]].set_visible(False)
        axes.spines["bottom"].set_color(FAINT)
        axes.tick_params(length=0, colors=INK, pad=6)
        written = io.StringIO()
        nothing = {"Date": None, "Creator": None, "Format": None, "Type": None}
        figure.savefig(written, format="svg", transparent=True, metadata=nothing)
        pyplot.close(figure)
    return in_a_page(written.getvalue(), salt)


def in_a_page(drawn: str, salt: str) -> str:
    """SVG without what only a file of its own needs, in the font and the width of the page.

    Ids are unique in a page: those that nothing refers to are left out, the others get a prefix.
    """
    text = drawn[drawn.index("<svg") :].strip()
    text = re.sub(r"<metadata>.*?</metadata>", "", text, flags=re.DOTALL)
    text = re.sub(r' (xmlns(:xlink)?|version)="[^"]*"', "", text)
    text = re.sub(r'(<svg[^>]*?) width="[^"]*"', r"\1", text, count=1)
    text = re.sub(r'(<svg[^>]*?) height="[^"]*"', r"\1", text, count=1)
    text = text.replace("xlink:href", "href")
    text = re.sub(r"(\d+\.\d)\d+", r"\1", text)
    referring = re.compile(r'(href="|url\()#([^")]+)')
    referred = {name for _, name in referring.findall(text)}
    prefix = f"c{zlib.crc32(salt.encode())}-"
    text = re.sub(
        r' id="([^"]*)"',
        lambda found: f' id="{prefix}{found[1]}"' if found[1] in referred else "",
        text,
    )
    text = referring.sub(rf"\1#{prefix}\2", text)
    return re.sub(r"font: (?:bold )?([\d.]+)px [^;\"]*", r"font-size: \1px", text)


def short(value: float) -> str:
    """
    >>> [short(value) for value in (0, 950, 1_500, 20_000, 2_500_000)]
    ['0', '950', '1,500', '20k', '2.5m']
    """
    for size, letter in ((1_000_000, "m"), (1_000, "k")):
        if abs(value) >= max(size, 10_000):
            return f"{value / size:.1f}".removesuffix(".0") + letter
    return f"{value:,.0f}"
