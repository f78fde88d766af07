"""A shop for home decor: names, flights and quality of what the fake Pinterest has, if its world is a shop.

What is hard in any world stays: archived campaigns that have spent, names that are null, ids above
2^53. Campaigns of a season start and end; an ad that does badly is taken out, another comes in.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta, timezone
from functools import lru_cache
from typing import Any

from .mixing import mixed, shaken
from .shapes import MILLION, Shape, busy

Record = dict[str, Any]

SITE = "https://www.lindenhaus.example"
ACCOUNTS = ("Lindenhaus USA", "Lindenhaus Deutschland", "Lindenhaus Japan")
PRICES = {"USD": 100, "EUR": 95, "JPY": 14_500, "GBP": 82, "CHF": 92}
"""What costs a hundred dollars, in whole units of a currency."""
MARKETS: dict[str, tuple[tuple[str, int], ...]] = {
    "USD": (("US", 88), ("GB", 12)),
    "EUR": (("DE", 71), ("AT", 17), ("CH", 12)),
    "JPY": (("JP", 100),),
    "GBP": (("GB", 100),),
    "CHF": (("CH", 100),),
}


@dataclass(frozen=True)
class Plan:
    """The purpose of a campaign, and its success. Of its texts, the second is German."""

    name: tuple[str, str]
    objective: str
    impressions: int
    """Of an ad, on a usual day."""
    clicks: int
    checkouts: int
    cost: int
    """Of a thousand impressions, in US cents. The others: see `Shape`."""
    starts: tuple[int, int] | None = None
    """(month, day), of a season."""
    ends: tuple[int, int] | None = None
    began: int | None = None
    """How many days before the epoch."""
    ended: int | None = None


STANDING = (
    Plan(
        ("Always On | Bestsellers | Prospecting", "Dauerläufer | Bestseller | Neukunden"),
        *("WEB_CONVERSION", 2_400, 6_100, 21_000, 620),
    ),
    Plan(
        (
            "Shopping | Retargeting | Viewed, not bought",
            "Shopping | Retargeting | Angesehen, nicht gekauft",
        ),
        *("CATALOG_SALES", 1_050, 9_800, 44_000, 890),
    ),
    Plan(
        ("Brand film “Slow Sunday” | Reach", "Markenfilm „Ein langsamer Sonntag“ | Reichweite"),
        *("VIDEO_COMPLETION", 5_200, 2_300, 5_200, 340),
        began=74,
        ended=33,
    ),
    Plan(
        (
            "New in: lamps & lighting | Consideration",
            "Neu: Leuchten für die Küche & den Essplatz | Kennenlernen",
        ),
        *("CONSIDERATION", 1_900, 7_400, 10_500, 540),
        began=23,
    ),
)
SEASONS = (
    (("Winter sale", "Winterschlussverkauf"), (12, 27), (1, 31), 1.2),
    (("Fresh start: order & storage", "Neuer Anfang: Ordnung & Stauraum"), (1, 5), (2, 20), 0.9),
    (("Easter table & spring flowers", "Ostertisch & Frühlingsblumen"), (2, 18), (4, 5), 1.0),
    (("Garden & balcony", "Garten & Balkon – die grüne Saison"), (4, 1), (7, 10), 1.0),
    (("Outdoor dining", "Essen im Grünen"), (5, 20), (8, 10), 0.8),
    (("Summer sale", "Sommerschlussverkauf"), (7, 5), (8, 15), 1.2),
    (("Home office, tidied up", "Aufgeräumt: das Büro zu Hause"), (8, 10), (10, 5), 0.8),
    (
        ("Cosy autumn: throws & candles", "Gemütlicher Herbst: Decken & Kerzen"),
        (8, 25),
        (11, 10),
        1.0,
    ),
    (
        (
            "Christmas {year} | Table linen, candles & tableware for the big dinner | Gifts from $25",
            "Weihnachten {year} | Tischwäsche, Kerzen & Geschirr für die Festtafel | Geschenke ab 25 €",
        ),
        (10, 15),
        (12, 22),
        1.5,
    ),
    (("Black Week {year}", "Black Week {year} – bis zu 40 % auf Möbel"), (11, 16), (11, 30), 2.2),
)
AUDIENCES = (
    ("Women 25–44", "Frauen 25–44"),
    ("Interest: interior design", "Interesse: Wohnen & Einrichten"),
    ("Keywords: gifts for the home", "Suchbegriffe: Geschenke für zu Hause"),
    ("Like our buyers, 3 %", "Ähnlich wie unsere Käuferinnen, 3 %"),
    ("Visitors of 30 days", "Besucher der letzten 30 Tage"),
    ("New movers", "Frisch umgezogen"),
)
PRODUCTS = (
    ("linen-tablecloth", "Linen tablecloth, natural", "Leinentischdecke natur"),
    ("beeswax-candles", "Beeswax candles, set of six", "Bienenwachskerzen, 6 Stück"),
    ("oak-side-table", "Oak side table", "Beistelltisch Eiche"),
    ("wool-throw", "Wool throw, moss green", "Wolldecke moosgrün"),
    ("stoneware-plates", "Stoneware plates, set of four", "Steinzeugteller, 4er-Set"),
    ("rattan-pendant-lamp", "Rattan pendant lamp", "Hängeleuchte Rattan"),
    ("velvet-cushion", "Velvet cushion, rust", "Samtkissen rostrot"),
    ("wall-shelf-ash", "Wall shelf, ash", "Wandregal Esche"),
    ("advent-wreath", "Dried flower wreath", "Kranz aus Trockenblumen"),
    ("glass-vases", "Glass vases, trio", "Glasvasen, 3er-Set"),
    ("boucle-armchair", "Bouclé armchair", "Bouclé-Sessel"),
    ("rug-berber", "Berber rug, 200 × 300", "Berberteppich, 200 × 300"),
    ("bed-linen-washed", "Washed bed linen", "Bettwäsche, vorgewaschen"),
    ("mirror-round", "Round mirror, brass", "Runder Spiegel, Messing"),
    ("planter-terracotta", "Terracotta planter", "Übertopf Terrakotta"),
)
FORMATS = {
    "REGULAR": ("photo", "Foto"),
    "VIDEO": ("video, 15 s", "Video, 15 s"),
    "CAROUSEL": ("carousel", "Karussell"),
    "SHOPPING": ("product Pin", "Produkt-Pin"),
    "IDEA": ("how-to", "Anleitung"),
    "QUIZ": ("quiz: your style", "Quiz: dein Stil"),
    "SHOWCASE": ("showcase", "Schaufenster"),
    "COLLECTION": ("collection", "Kollektion"),
}
BOARDS = (
    *(
        "Christmas tables",
        "Wohnzimmer zum Wohlfühlen",
        "Small balconies",
        "Moodboard Frühjahr (intern)",
    ),
    *("Ad-only Pins", "Küche & Essplatz", "Scandi bedrooms", "Do it yourself: Kränze & Kerzen"),
    *(
        "Lamps we love",
        "Gäste kommen! Tischdeko für jeden Anlass",
        "Oak, ash & walnut",
        "Kinderzimmer",
    ),
)
TIPS = (
    ("how to set a table for eight", "so deckst du für acht Gäste"),
    ("three ideas for small rooms", "drei Ideen für kleine Räume"),
    ("before and after", "vorher und nachher"),
    ("so it stays beautiful", "so bleibt es schön"),
    ("a guide to colours", "welche Farbe passt wozu"),
    ("gifts that people keep", "Geschenke, die man behält"),
    ("behind the scenes", "ein Blick in die Werkstatt"),
)
INTERESTS = (
    *("Home decor", "Interior design", "Table settings", "DIY crafts", "Gardening", "Candles"),
    *("Scandinavian design", "Small space living", "Christmas", "Lighting", "Ceramics", "Textiles"),
)
KEYWORDS = (
    *("christmas decor ideas", "tischdeko weihnachten, natürlich", "linen tablecloth"),
    *("gemütliches wohnzimmer", "free furniture"),
)


def text(texts: tuple[str, str], currency: str) -> str:
    return texts[currency in ("EUR", "CHF")]


def moment(day: date, seed: int) -> int:
    """Unix seconds of a moment in office hours."""
    midnight = datetime.combine(day, time(), tzinfo=timezone.utc)
    return int(midnight.timestamp()) + 8 * 3_600 + seed % 36_000


# Campaigns


@lru_cache(maxsize=64)
def seasons(epoch: date) -> tuple[Plan, ...]:
    """Those of the last hundred days and before, the latest first."""
    found = []
    for year in (epoch.year - 1, epoch.year):
        for name, starts, ends, weight in SEASONS:
            plan = Plan(
                (name[0].format(year=year), name[1].format(year=year)),
                "CONSIDERATION" if weight < 1 else "WEB_CONVERSION",
                impressions=int(2_100 * weight),
                clicks=5_900,
                checkouts=int(17_000 * weight),
                cost=650,
                starts=starts,
                ends=ends,
            )
            first = date(year, *starts)
            if first <= epoch:
                found.append((first, plan))
    return tuple(plan for _, plan in sorted(found, key=lambda each: each[0], reverse=True))


def plan_of(epoch: date, place: int) -> Plan:
    """Of the campaign at a place: what always runs and the seasons take turns."""
    turn = place // 2
    if place % 2 == 0 and turn < len(STANDING):
        return STANDING[turn]
    return seasons(epoch)[(turn if place % 2 else turn - len(STANDING) + 4) % 10]


def flight(epoch: date, place: int) -> tuple[date, date | None]:
    """First and last day of a campaign; no last day where none is planned."""
    plan = plan_of(epoch, place)
    if plan.starts and plan.ends:
        year = epoch.year if date(epoch.year, *plan.starts) <= epoch else epoch.year - 1
        first, last = date(year, *plan.starts), date(year, *plan.ends)
        return first, last if last > first else date(year + 1, *plan.ends)
    first = epoch - timedelta(days=plan.began or 400)
    return first, None if plan.ended is None else epoch - timedelta(days=plan.ended)


def status_after(epoch: date, last: date | None) -> tuple[str, str]:
    """`status` and `summary_status` of a campaign or an ad group: what is long over is archived."""
    if last is None or last >= epoch:
        return "ACTIVE", "RUNNING"
    return ("ARCHIVED", "ARCHIVED") if (epoch - last).days > 14 else ("ACTIVE", "COMPLETED")


def campaign(epoch: date, currency: str, place: int) -> Record:
    """What a shop's campaign has instead."""
    plan = plan_of(epoch, place)
    first, last = flight(epoch, place)
    status, summary = status_after(epoch, last)
    seed = mixed(place, 71)
    daily = 1_000_000 * PRICES[currency] * (2 + place % 3)
    starts = moment(first, seed)
    return {
        "name": text(plan.name, currency),
        "status": status,
        "summary_status": summary,
        "objective_type": plan.objective,
        "daily_spend_cap": daily if place % 3 == 0 else None,
        "lifetime_spend_cap": 0 if place % 3 == 0 else daily * 60,
        "start_time": starts,
        "end_time": None if last is None else moment(last, seed),
        "created_time": starts - 86_400 * 6,
        "updated_time": min(starts + 86_400 * 3, moment(epoch - timedelta(days=2), seed)),
    }


def ad_group(
    epoch: date, currency: str, campaign_place: int, place: int, of_campaign: Record
) -> Record:
    status, summary = status_after(epoch, flight(epoch, campaign_place)[1])
    audience = AUDIENCES[(place + campaign_place) % len(AUDIENCES)]
    return {
        "name": f"{text(plan_of(epoch, campaign_place).name, currency).split(' | ')[0]} | {text(audience, currency)}",
        "status": status,
        "summary_status": summary,
        "created_time": of_campaign["created_time"] + 3_600,
        "updated_time": of_campaign["updated_time"],
    }


# Ads


def product(place: int) -> tuple[str, str, str]:
    return PRODUCTS[mixed(place, 72) % len(PRODUCTS)]


def ad(epoch: date, currency: str, campaign_place: int, place: int, record: Record) -> Record:
    """What a shop's ad has instead; the landing page says where a visitor comes from, mostly."""
    slug, *names = product(place)
    first, last = ad_flight(epoch, campaign_place, place)
    label = text(FORMATS[record["creative_type"]], currency)
    page = f"{SITE}/{'de/' if currency in ('EUR', 'CHF') else ''}{slug}"
    campaign_name = text(plan_of(epoch, campaign_place).name, currency).split(" | ")[0]
    of = re.sub("[^a-z0-9]+", "-", campaign_name.lower()).strip("-")
    utm = f"?utm_source=pinterest&utm_medium=paid&utm_campaign={of}&utm_content={place + 1}"
    status = "ARCHIVED" if last is not None and last < epoch else "ACTIVE"
    return {
        "name": record["name"]
        and f"{text((names[0], names[1]), currency)} | {label} | {'ABCD'[place % 4]}",
        "status": status,
        "summary_status": "APPROVED" if status == "ACTIVE" else status,
        "destination_url": page + ("" if place % 7 == 5 else utm) if place % 9 else None,
        "carousel_destination_urls": [page + utm]
        if record["creative_type"] == "CAROUSEL"
        else None,
        "created_time": moment(first - timedelta(days=2), mixed(place)),
        "updated_time": moment(first - timedelta(days=1), mixed(place)),
    }


def quality(place: int) -> int:
    """Of a creative, in hundredths of the usual: a few are very good, some are poor."""
    return (215, 62, 128, 88, 104, 45, 152, 96, 74, 118)[mixed(place, 73) % 10]


def ad_flight(epoch: date, campaign_place: int, place: int) -> tuple[date, date | None]:
    """A poor ad is taken out after three weeks; every fifth comes in three weeks later."""
    first, last = flight(epoch, campaign_place)
    if place % 5 == 4:
        later = max(first, epoch - timedelta(days=120)) + timedelta(days=21)
        first = later if last is None or later < last else first
    if quality(place) < 70:
        out = max(first, epoch - timedelta(days=80)) + timedelta(days=21 + place % 9)
        last = out if last is None else min(last, out)
    return first, last


def shape(epoch: date, currency: str, campaign_place: int, place: int) -> Shape:
    """Of an ad. Ad accounts differ in size: the first is the largest."""
    plan = plan_of(epoch, campaign_place)
    first, last = ad_flight(epoch, campaign_place, place)
    good = quality(place)
    size = {"USD": 100, "EUR": 78, "JPY": 46}.get(currency, 60)
    price = PRICES[currency]
    return Shape(
        first=first.toordinal(),
        last=(last or date.max).toordinal(),
        # Pinterest gives a good ad more of the budget
        impressions=plan.impressions * size * (30 + good * 7 // 10) // 10_000,
        clicks=plan.clicks * (40 + good * 6 // 10) // 100,
        checkouts=plan.checkouts * (55 + good * 45 // 100) // 100,
        cost=plan.cost * price * (112 - good // 10) // 1_000,
        basket=(420 + mixed(place, 74) % 700) * price * 1_000,
    )


SHARES = {
    "AGE_BUCKET": {"unknown": 6, "18-24": 14, "25-34": 33, "35-44": 29, "45-49": 18},
    "GENDER": {"unknown": 8, "female": 79, "male": 13},
    "PLACEMENT": {"SEARCH": 31, "BROWSE": 48, "RELATED_PINS": 21},
}
"""In percent."""


def share(whole: Shape, currency: str, targeting_type: str, value: str | int) -> Shape:
    """The share of an ad's numbers that one value of a breakdown has. Some people buy more than others."""
    shares = dict(MARKETS[currency]) if targeting_type == "COUNTRY" else SHARES.get(targeting_type)
    seed = mixed(*str(value).encode())
    percent = shares.get(str(value), 1) if shares else 4 + seed % 30
    return replace(
        whole,
        impressions=max(whole.impressions * percent // 100, 1),
        clicks=whole.clicks * (88 + shaken(seed) % 25) // 100,
        checkouts=whole.checkouts * (65 + shaken(seed ^ 7) % 75) // 100,
    )


# What the user has without paying for it


def board(place: int) -> Record:
    name = BOARDS[place % len(BOARDS)]
    return {"name": name if place < len(BOARDS) else f"{name} {place // len(BOARDS) + 1}"}


def pin(place: int, record: Record) -> Record:
    slug, *names = product(place + 1_000)
    german = place % 3 == 1
    name, tip = names[german], TIPS[mixed(place, 75) % len(TIPS)][german]
    link = f"{SITE}/{slug}?utm_source=pinterest&utm_medium=organic&utm_content=pin-{place + 1}"
    return {
        "title": record["title"] and f"{name}: {tip}",
        "description": record["description"].strip() and f"{' · '.join(names)} – {tip}",
        "link": record["link"] and link,
        "alt_text": None if place % 3 else f"{names[0]}, photographed in daylight",
    }


ORGANIC = {
    "IMPRESSION": 1_000_000,
    "ENGAGEMENT": 62_000,
    "PIN_CLICK": 34_000,
    "SAVE": 13_000,
    "OUTBOUND_CLICK": 9_000,
    "CLICKTHROUGH": 9_000,
    "PROFILE_VISIT": 2_400,
    "USER_FOLLOW": 300,
    "VIDEO_START": 240_000,
    "VIDEO_MRC_VIEW": 120_000,
    "QUARTILE_95_PERCENT_VIEW": 31_000,
}
"""How many there are for a million organic impressions."""


def organic(seed: int, ordinal: int, name: str, sixths: int, *, of_all: bool) -> int:
    """A count of a day: of a Pin (a few are found by many), or of all of the user's."""
    popular = 14_000 if of_all else 30_000 // (6 + seed % 331)
    luck = 800 + shaken(seed ^ mixed(14, ordinal)) % 401
    seen = popular * busy(ordinal) * luck // MILLION * sixths // 6
    rate = ORGANIC.get(name, 1_000 + mixed(18, *name.encode()) % 9_000)
    # what is left of a whole one counts as one, as often as it should
    return (seen * rate + shaken(seed ^ mixed(19, ordinal, len(name))) % MILLION) // MILLION


def values(currency: str, targeting_type: str) -> list[str] | None:
    """Those of a breakdown, where a shop has others than any world."""
    if targeting_type == "COUNTRY":
        return [country for country, _ in MARKETS[currency]]
    if targeting_type == "KEYWORD":
        return [*KEYWORDS]
    return [*SHARES[targeting_type]] if targeting_type in SHARES else None


OPTIONS = {
    "LOCATION": [
        {"US": "United States", "GB": "United Kingdom", "JP": "Japan"},
        {"DE": "Germany", "AT": "Austria", "CH": "Switzerland", "501": "U.S.: New York"},
    ],
    "AGE_BUCKET": [{age: age.replace("-", " to ") for age in ("18-24", "25-34", "35-44", "45-49")}],
}
"""Names of codes, where a shop has more than any world."""
