"""The demo's report: one HTML file that loads nothing, for a person who has never seen SQL."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from html import escape
from pathlib import Path
from typing import Any

import demo_charts
from demo_figures import (
    AUDIENCES,
    Currency,
    Figures,
    Item,
    Organic,
    Reader,
    Reconciled,
    Restated,
    Totals,
)

ROOT = Path(__file__).resolve().parent
STYLE = ROOT / "demo_report.css"
SYMBOLS = {"USD": "$", "EUR": "€", "GBP": "£", "JPY": "¥"}
CURRENCIES = {
    "USD": "US dollars",
    "EUR": "Euros",
    "GBP": "Pounds",
    "JPY": "Yen",
    "CHF": "Swiss francs",
    "CAD": "Canadian dollars",
    "AUD": "Australian dollars",
}
WITHOUT_CENTS = {"JPY", "KRW", "CLP", "HUF"}
MILLION = 1_000_000
LEVEL_NAMES = {
    "ad_account": ("Ad account", "its own daily total"),
    "campaign": ("Campaigns", "added up"),
    "ad_group": ("Ad groups", "added up"),
    "ad": ("Ads", "added up"),
}
AUDIENCE_TITLES = {"AGE_BUCKET": "By age", "GENDER": "By gender", "COUNTRY": "By country"}


def write(path: Path, connection: Any, *, earlier: str = "", made_up: bool) -> Figures:
    """Writes the report of the tables of a connection's schema.

    `earlier`: the schema as it was after an earlier load; `made_up`: the data are a fake Pinterest's.
    """
    figures = Reader(connection, earlier).figures()
    path.write_text(page(figures, made_up=made_up), encoding="utf-8")
    return figures


# How values are written


def money(millionths: float, code: str, *, cents: bool = False) -> str:
    """
    >>> money(1_234_560_000, "USD"), money(1_234_560_000, "EUR", cents=True)
    ('$1,235', '€1,234.56')
    >>> money(1_234_560_000, "JPY", cents=True), money(1_000_000, "CHF")
    ('¥1,235', 'CHF 1')
    """
    symbol = SYMBOLS.get(code, f"{code} ")
    return f"{symbol}{millionths / MILLION:,.{2 if cents and code not in WITHOUT_CENTS else 0}f}"


def exact(millionths: int, code: str) -> str:
    """
    >>> exact(43_615_035_853, "USD")
    'USD 43,615.035853'
    """
    sign = "-" if millionths < 0 else ""
    whole, fraction = divmod(abs(millionths), MILLION)
    return f"{code} {sign}{whole:,}.{fraction:06d}".strip()


def day(value: date, *, year: bool = False) -> str:
    return f"{value.day} {value:%b %Y}" if year else f"{value.day} {value:%b}"


def percent(value: float | None) -> str:
    return "–" if value is None else f"{100 * value:.2f} %"


def times(value: float | None) -> str:
    return "–" if value is None else f"{value:.2f}"


def several(count: int, word: str) -> str:
    """
    >>> several(1, "day"), several(2_000, "day")
    ('1 day', '2,000 days')
    """
    return f"{count:,} {word}{'' if count == 1 else 's'}"


def listed(names: Sequence[str]) -> str:
    """
    >>> listed(["a", "b", "c"])
    'a, b and c'
    """
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"


# The page


def page(figures: Figures, *, made_up: bool) -> str:
    days = [each.first for each in figures.currencies] + [each.last for each in figures.currencies]
    if figures.organic:
        days += [figures.organic.first, figures.organic.last]
    span = f"{day(min(days), year=True)} to {day(max(days), year=True)}" if days else "no days yet"
    sections = [
        *(currency_section(each, figures.restated or []) for each in figures.currencies),
        organic_section(figures.organic),
        trust_section(figures),
        words_section(),
    ]
    links = [
        *((each.code, name_of(each.code)) for each in figures.currencies),
        *([("organic", "Without ads")] if figures.organic else []),
        ("trust", "Can I trust this?"),
        ("words", "What the words mean"),
    ]
    nav = "".join(f'<a href="#{escape(to)}">{escape(text)}</a>' for to, text in links)
    note = (
        '<p class="note"><strong>These numbers are made up.</strong> They come from a fake '
        "Pinterest with a made-up home decor shop, so that you can see what you would get. "
        "<code>script/demo --config my.json</code> makes this page from your own account.</p>"
        if made_up
        else ""
    )
    nothing = (
        "" if figures.currencies else '<p class="note">No ad has a daily row in these days.</p>'
    )
    # Nothing may be loaded, from anywhere: the browser itself sees to it.
    return f"""<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>Pinterest report, {escape(span)}</title>
<style>
{STYLE.read_text(encoding="utf-8")}</style>
</head>
<body>
<header>
<p class="eyebrow">Pinterest report</p>
<h1>What your Pins and ads did</h1>
<p class="lead">{escape(span)}. Days are Pinterest’s, in UTC. Amounts are in the currency of their ad account,
and never added across currencies.</p>
{note}{verdict(figures.reconciled)}
<nav>{nav}</nav>
</header>
<main>
{nothing}{"".join(sections)}
</main>
<footer><p>Made by <code>script/demo</code> of source-pinterest. This page is one file: it loads nothing, runs no
script, and sends nothing. Keep it, or mail it.</p></footer>
</body>
</html>
"""


def verdict(found: Sequence[Reconciled]) -> str:
    """Whether everything adds up, in a line."""
    if not found:
        return ""
    if any(each.differing for each in found):
        return (
            '<p class="verdict bad">✕ Not everything adds up: see <a href="#trust">below</a>.</p>'
        )
    days = max(each.days for each in found)
    return (
        f'<p class="verdict good">✓ Checked: {several(len(found), "ad account")}, {several(days, "day")}, and every '
        'level adds up <a href="#trust">to the millionth</a>.</p>'
    )


def name_of(code: str) -> str:
    return CURRENCIES.get(code, code)


def section(identity: str, title: str, *parts: str) -> str:
    return (
        f'<section id="{escape(identity)}"><h2>{escape(title)}</h2>\n'
        + "\n".join(parts)
        + "</section>\n"
    )


# One currency


def currency_section(of: Currency, restated: Sequence[Restated]) -> str:
    accounts = f'<p class="under">{escape(listed(of.accounts))}</p>'
    return section(
        of.code,
        name_of(of.code),
        accounts,
        tiles(of),
        spend_chart(of),
        checkout_chart(of, restated),
        campaigns(of),
        ads(of),
        audiences(of),
    )


def tiles(of: Currency) -> str:
    recent, before = of.recent, of.before
    last_days = f"the last {several(of.recent_days, 'day')}"
    figures = [
        ("Spend", money(recent.spend, of.code), "what Pinterest charged", "spend", 0),
        ("Impressions", f"{recent.impressions:,}", "times an ad was on a screen", "impressions", 0),
        ("Clicks", f"{recent.clicks:,}", "clicks on ads", "clicks", 1),
        ("Checkouts", f"{recent.checkouts:,}", "purchases after an ad", "checkouts", 1),
        (
            "ROAS",
            times(recent.roas),
            f"sales for {money(MILLION, of.code)} of ads",
            "roas",
            1,
        ),
    ]
    cells = "".join(
        f'<div class="tile"><dt>{name}</dt><dd class="big">{escape(value)}</dd>'
        f'<dd class="small">{escape(meaning)}</dd>'
        f"{change(getattr(recent, key), getattr(before, key) if before else None, good)}</div>"
        for name, value, meaning, key, good in figures
    )
    first = of.last - timedelta(days=of.recent_days - 1)
    against = (
        f", against the {several(of.recent_days, 'day')} before"
        if before
        else "; there are not as many days before them to compare with"
    )
    return (
        f'<p class="when">In {last_days} ({day(first)} to {day(of.last)}){against}</p>'
        f'<dl class="tiles">{cells}</dl>'
    )


def change(now: float | None, before: float | None, good: int) -> str:
    """By how much it is more or less than before. `good`: whether more is better."""
    if now is None or not before:
        return ""
    share = now / before - 1
    kind = "flat" if abs(share) < 0.005 else "up" if share > 0 else "down"
    arrow = {"flat": "→", "up": "▲", "down": "▼"}[kind]
    tone = kind if good else "flat"
    return f'<dd class="change {tone}">{arrow} {abs(100 * share):.0f} %</dd>'


def legend(names: Iterable[str]) -> str:
    items = "".join(
        f'<li><span class="key" style="background:{colour_of(place, name)}"></span>{escape(name.strip())}</li>'
        for place, name in enumerate(names)
    )
    return f'<ul class="legend">{items}</ul>'


def colour_of(place: int, name: str) -> str:
    colours = demo_charts.COLOURS
    return demo_charts.OTHERS if name == "others" else colours[place % len(colours)]


def figure(title: str, explanation: str, drawn: str, below: str = "") -> str:
    return (
        f"<figure><figcaption><h3>{escape(title)}</h3><p>{escape(explanation)}</p></figcaption>"
        f"{drawn}{below}</figure>"
    )


def spend_chart(of: Currency) -> str:
    layers = [
        (name, {of_day: totals.spend / MILLION for of_day, totals in days.items()})
        for name, days in of.by_day.items()
    ]
    return figure(
        "Spend by day",
        f"One bar a day, in {of.code}; each colour is a campaign. It shows when a campaign began and ended, "
        "and how weekends and seasons differ.",
        demo_charts.stacked(
            layers,
            of.first,
            of.last,
            f"Spend by day and campaign, in {of.code}, see the table below",
        ),
        legend(of.by_day),
    )


def checkout_chart(of: Currency, restated: Sequence[Restated]) -> str:
    changed = [each.day for each in restated if each.changed]
    marked = (of.last - min(changed)).days + 1 if changed and min(changed) <= of.last else 0
    layers = [
        (name, {of_day: float(totals.checkouts) for of_day, totals in days.items()})
        for name, days in of.by_day.items()
    ]
    lighter = (
        f" The last {several(marked, 'day')}, drawn lighter, will still grow: people buy days after they saw an ad."
        if marked
        else ""
    )
    return figure(
        "Checkouts by day",
        f"Purchases, in the same colours.{lighter}",
        demo_charts.stacked(
            layers,
            of.first,
            of.last,
            f"Checkouts by day and campaign, ad accounts in {of.code}",
            marked,
        ),
    )


def campaigns(of: Currency) -> str:
    if not of.campaigns:
        return ""
    most = max(each.totals.spend for each in of.campaigns) or 1
    rows = "".join(campaign(each, of, most) for each in of.campaigns)
    more = (
        f'<p class="under">{several(of.other_campaigns, "campaign")} more spent less than these.</p>'
        if of.other_campaigns
        else ""
    )
    return (
        f"<h3>Campaigns by spend</h3><p>All days from {day(of.first)} to {day(of.last)}. "
        "Archived campaigns are here too: they have spent money.</p>"
        '<table class="cards"><thead><tr><th>Campaign</th><th>Spend</th><th>Clicks</th><th>Click rate</th>'
        "<th>Checkouts</th><th>Cost per checkout</th><th>ROAS</th></tr></thead>"
        f"<tbody>{rows}</tbody></table>{more}"
    )


def campaign(each: Item, of: Currency, most: int) -> str:
    totals = each.totals
    dates = f"{day(each.first)} to {day(each.last)}" if each.first and each.last else ""
    cost = totals.cost_per_checkout
    return row(
        title(each.name, " · ".join(filter(None, [each.note, dates]))),
        ("Spend", f"{escape(money(totals.spend, of.code))}{bar(totals.spend / most)}"),
        *cells(totals),
        ("Per checkout", "–" if cost is None else escape(money(cost, of.code, cents=True))),
        ("ROAS", times(totals.roas)),
    )


def cells(totals: Totals) -> list[tuple[str, str]]:
    return [
        ("Clicks", f"{totals.clicks:,}"),
        ("Click rate", percent(totals.ctr)),
        ("Checkouts", f"{totals.checkouts:,}"),
    ]


def row(head: str, *values: tuple[str, str]) -> str:
    """Of a table whose rows are cards where it is narrow: there each value says what it is."""
    data = "".join(f'<td data-label="{escape(label)}">{value}</td>' for label, value in values)
    return f'<tr><th scope="row">{head}</th>{data}</tr>'


def title(name: str, note: str = "") -> str:
    small = f'<span class="small">{escape(note)}</span>' if note else ""
    return f"{escape(name)}{small}"


def bar(share: float) -> str:
    return f'<span class="bar"><i style="width:{100 * max(min(share, 1), 0):.1f}%"></i></span>'


def ads(of: Currency) -> str:
    if not of.ads:
        return ""
    rows = "".join(
        row(
            title(each.name, each.note),
            ("Spend", escape(money(each.totals.spend, of.code))),
            *cells(each.totals),
            ("ROAS", times(each.totals.roas)),
        )
        for each in of.ads
    )
    return (
        "<h3>Best ads</h3><p>Those that brought back most for each unit spent, of all that had at least half a "
        "percent of the spend: with less, it would be luck.</p>"
        '<table class="cards"><thead><tr><th>Ad</th><th>Spend</th><th>Clicks</th><th>Click rate</th>'
        f"<th>Checkouts</th><th>ROAS</th></tr></thead><tbody>{rows}</tbody></table>"
    )


def audiences(of: Currency) -> str:
    if not of.audiences:
        return ""
    blocks = "".join(
        audience(AUDIENCE_TITLES[kind], of.audiences[kind], of)
        for kind in AUDIENCES
        if kind in of.audiences
    )
    return (
        "<h3>Who saw your ads</h3><p>Each block divides the same spend in another way: do not add the blocks up. "
        "Pinterest counts these groups separately, so a block need not be equal to the spend of the campaigns.</p>"
        f'<div class="blocks">{blocks}</div>'
    )


def audience(name: str, items: Sequence[Item], of: Currency) -> str:
    most = max(each.totals.spend for each in items) or 1
    lines = "".join(
        f"<li><span>{escape(each.name)}</span>{bar(each.totals.spend / most)}"
        f"<b>{escape(money(each.totals.spend, of.code))}</b><em>{times(each.totals.roas)}</em></li>"
        for each in items
    )
    return f'<div class="block"><h4>{escape(name)} <small>spend, ROAS</small></h4><ul>{lines}</ul></div>'


# Pins


def organic_section(of: Organic | None) -> str:
    if of is None:
        return ""
    seen = {of_day: float(count) for of_day, count in of.by_day.items()}
    rows = "".join(
        row(
            title(pin.title, pin.board),
            ("Saves", f"{pin.saves:,}"),
            ("Impressions", f"{pin.impressions:,}"),
            ("Clicks to your site", f"{pin.outbound_clicks:,}"),
        )
        for pin in of.pins
    )
    best = (
        "<h3>Pins that people saved</h3><p>Your Pins with the most saves. Whoever saves a Pin wants to come back to it.</p>"
        '<table class="cards"><thead><tr><th>Pin and its board</th><th>Saves</th><th>Impressions</th>'
        f"<th>Clicks to your site</th></tr></thead><tbody>{rows}</tbody></table>"
    )
    tiles = "".join(
        f'<div class="tile"><dt>{name}</dt><dd class="big">{value:,}</dd><dd class="small">{meaning}</dd></div>'
        for name, value, meaning in (
            ("Impressions", of.impressions, "times a Pin was on a screen"),
            ("Saves", of.saves, "Pins that people kept for later"),
            ("Clicks to your site", of.outbound_clicks, "people who left Pinterest for you"),
        )
    )
    return section(
        "organic",
        "Without ads",
        '<p class="under">What your Pins did on their own (“organic”). You paid nothing for it.</p>',
        f'<p class="when">From {day(of.first)} to {day(of.last)}</p><dl class="tiles three">{tiles}</dl>',
        figure(
            "Impressions of your Pins by day",
            "Pinterest still counts the newest days: they will grow.",
            demo_charts.line(seen, of.first, of.last, "Organic impressions by day"),
        ),
        best if of.pins else "",
    )


# Why one may believe it


def trust_section(figures: Figures) -> str:
    return section(
        "trust",
        "Can I trust this?",
        '<p class="under">Two checks that you can follow without knowing how the numbers were read.</p>',
        reconciliation(figures.reconciled, figures.levels),
        restatement(figures.restated),
    )


def reconciliation(found: Sequence[Reconciled], levels: Sequence[str]) -> str:
    if not found:
        return "<h3>Does it add up?</h3><p>This takes the daily reports of at least two levels, which are not there.</p>"
    names = [LEVEL_NAMES[level][0].lower() for level in levels]
    return (
        "<h3>Does it add up?</h3>"
        f"<p>Pinterest gives the same spend in {len(levels)} reports: of {listed(names)}. They were read "
        "independently of each other. If a row were missing or there twice, they would differ; here they are compared "
        "day by day, to the millionth.</p>"
        f'<div class="proofs">{"".join(map(proof, found))}</div>'
    )


def proof(of: Reconciled) -> str:
    lines = "".join(
        f"<li><span>{LEVEL_NAMES[level][0]} <small>{LEVEL_NAMES[level][1]}</small></span>"
        f"<b>{escape(exact(spend, of.currency))}</b></li>"
        for level, spend in of.spend.items()
    )
    if of.differing:
        shown = listed([day(each) for each in of.differing[:3]])
        more = f" and {len(of.differing) - 3} more" if len(of.differing) > 3 else ""
        verdict = (
            f'<p class="verdict bad">✕ {several(len(of.differing), "day")} of {of.days} differ: {shown}{more}. '
            "Something is missing at one of the levels.</p>"
        )
    else:
        verdict = (
            f'<p class="verdict good">✓ The same on {"each of" if of.days > 1 else ""} {several(of.days, "day")}: '
            "spend, impressions and checkouts.</p>"
        )
    return f'<div class="proof"><h4>{escape(of.account)}</h4><ul>{lines}</ul>{verdict}</div>'


def restatement(found: Sequence[Restated] | None) -> str:
    head = (
        "<h3>What changed afterwards</h3><p>Numbers of the last days are not final: somebody sees an ad on Monday and "
        "buys on Thursday, and Pinterest adds the purchase to Monday. So each load reads the recent days again and replaces "
        "what has changed. "
    )
    if found is None:
        return f"{head}This was the first load, so there is nothing to compare with yet.</p>"
    changed = [each for each in found if each.changed]
    again, rows = sum(each.rows for each in found), sum(each.changed for each in found)
    if not changed:
        return f"{head}The second load read {several(again, 'row')} again; none had changed.</p>"
    most = max(each.checkouts[1] for each in changed) or 1
    lines = "".join(
        row(
            title(f"{each.day:%A}, {day(each.day)}"),
            ("Rows that changed", f"{each.changed:,} of {each.rows:,}"),
            ("Checkouts at first", f"{each.checkouts[0]:,}"),
            ("Checkouts now", f"{each.checkouts[1]:,}{bar(each.checkouts[1] / most)}"),
            ("Change", f"{each.checkouts[1] - each.checkouts[0]:+,}"),
        )
        for each in changed
    )
    spend = sum(each.spend_changed for each in found)
    kept = (
        "The spend of no row has changed."
        if not spend
        else f"The spend of {several(spend, 'row')} has changed."
    )
    return (
        f"{head}Here is what the second load, a day after the first, found: it read {several(again, 'row')} of "
        f"{several(len(found), 'day')} again, and {rows:,} had other numbers. {kept} All other days were as before.</p>"
        '<table class="cards"><thead><tr><th>Day</th><th>Rows that changed</th><th>Checkouts at first</th>'
        f"<th>Checkouts now</th><th>Change</th></tr></thead><tbody>{lines}</tbody></table>"
    )


WORDS = (
    ("Spend", "What Pinterest charged for your ads, before taxes and invoices’ rounding."),
    (
        "Impressions",
        "How often an ad (or a Pin) was on somebody’s screen. One person may be many of them.",
    ),
    (
        "Clicks",
        "Clicks on an ad that Pinterest counts as paid. Clicks on a Pin that somebody saved from an ad are not in it.",
    ),
    ("Click rate", "Clicks for each hundred impressions; also called CTR."),
    (
        "Checkouts",
        "Purchases that Pinterest connects with an ad: somebody clicked or saved it in the 30 days before, or saw it on the day "
        "before. Your shop’s own numbers may differ, since it counts other things.",
    ),
    ("Cost per checkout", "Spend divided by checkouts."),
    (
        "ROAS",
        "Return on ad spend: the value of the checkouts divided by the spend. 3.00 means that each dollar of ads came with three "
        "dollars of sales. It is not profit: goods and shipping are not deducted.",
    ),
    (
        "Campaign, ad group, ad",
        "A campaign has ad groups, which say who should see it; an ad group has ads, which are Pins that you pay for.",
    ),
    ("Days", "From midnight to midnight UTC. An evening in New York is the next day here."),
)


def words_section() -> str:
    lines = "".join(f"<dt>{escape(name)}</dt><dd>{escape(meaning)}</dd>" for name, meaning in WORDS)
    return section("words", "What the words mean", f'<dl class="words">{lines}</dl>')
