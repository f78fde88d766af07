"""What was measured, as Markdown and in the README."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from benchmarks.answers import SETS

PARTS = {"server", "start_up", "record_path", "memory", "variety", "comparison"}
"""Those that the README shows."""

BEGIN, END = "<!-- benchmark -->", "<!-- /benchmark -->"

Table = list[list[str]]


def table(rows: Table) -> str:
    head, *body = rows
    lines = [head, ["---:"] * len(head), *body]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def seconds(value: float) -> str:
    """As a person says it.

    >>> seconds(4.21), seconds(254), seconds(11_940), seconds(90_000)
    ('4.2 s', '254 s', '199 min', '25 h')
    """
    if value < 10:
        return f"{value:.1f} s"
    if value < 600:
        return f"{value:.0f} s"
    return f"{value / 60:.0f} min" if value < 6 * 3_600 else f"{value / 3_600:.0f} h"


def comparison(found: dict[str, Any]) -> str:
    rows = [
        ["ads", "latency", "requests: floor", "ours", "official", "time: ours", "official", "times"]
    ]
    for each in found["rows"]:
        ours, rival = each.get("ours"), each.get("rival")
        about = "≈ " if rival and rival.get("estimated") else ""
        rows.append(
            [
                f"{each['ads']:,}",
                f"{each['latency'] * 1_000:,.0f} ms",
                f"{each['floor']:,}",
                f"{ours['requests']:,}" if ours else "",
                f"{rival['requests']:,}" if rival else "",
                seconds(ours["seconds"]) if ours else "",
                f"{about}{seconds(rival['seconds'])}" if rival else "",
                f"{about}{rival['seconds'] / ours['seconds']:,.0f}" if ours and rival else "",
            ]
        )
    if not (measured := found.get("rival_measured")):
        return table(rows)
    return (
        f"{table(rows)}\n\nThe official connector was measured on {measured}, in a run of its own."
    )


def record_path(results: dict[str, Any]) -> str:
    head = ["columns", "rows", "bare loop", "ours", "of the loop", "in processor time"]
    body = [
        [
            f"{each['number_of_columns']}",
            f"{each['rows']:,}",
            f"{each['loop_rows_per_second']:,} rows/s",
            f"{each['rows_per_second']:,} rows/s",
            f"{each['ratio']:.2f}",
            f"{each['cpu_ratio']:.2f}",
        ]
        for each in results["record_path"]
    ]
    return table([head, *body])


ANSWERS_A_MINUTE, CELLS_OF_AN_ANSWER = 300, 1_000_000
"""The most that Pinterest's rate limit of reports delivers, standard access."""


def variety(results: dict[str, Any]) -> str:
    """How the record path fares with each set of answers, beside what Pinterest can deliver."""
    measured = {(e["report"], e["columns"], e["set"]): e for e in results["variety"]}
    groups = list(dict.fromkeys((report, columns) for report, columns, _ in measured))
    names = [f"{report}, {_columns_of(measured, report, columns)}" for report, columns in groups]
    rows: Table = [["answers", *names]]
    for of, what in SETS.items():
        found = [measured.get((*group, of)) for group in groups]
        figures = [f"{each['ours']:.2f}" if each else "" for each in found]
        if any(figures):
            rows.append([what if of == "clean" else f"({of}) {what}", *figures])
    slowest = [
        min(each["ours_cells_per_second"] for key, each in measured.items() if key[:2] == group)
        for group in groups
    ]
    rows.append(["lowest, cells a second", *(f"{cells / 1e6:.1f} million" for cells in slowest)])
    return table(rows)


def _columns_of(measured: dict[tuple[str, str, str], dict[str, Any]], *group: str) -> str:
    number = next(each["number_of_columns"] for key, each in measured.items() if key[:2] == group)
    return f"{number} columns"


def markdown(results: dict[str, Any]) -> str:
    machine, start_up = results["machine"], results["start_up"]
    server, found, measured = results["server"], results["comparison"], results["measured"]
    peaks = " and ".join(
        f"{each['peak_mb']:.0f} MB for {each['ads']:,} ads with {each['columns']} columns"
        for each in results["memory"]
    )
    return f"""`benchmarks/run` measures this on your machine, against a fake Pinterest on 127.0.0.1. These
figures come from {machine["processors"]} processors and Python {machine["python"]}; each table gives its date.

![Requests and time as an ad account grows](benchmarks/results.png)

Each ad's 90 days, by day, {found["number_of_columns"]} columns: this connector (`ad_analytics_daily`) and the official one
(`{found["rival"]}`, `ad_analytics`, which always asks for these columns), start-up included, under
Pinterest's limits of 300 reports and 1,000 lists a minute. The floor is one request for the account,
and one for each 250 ads in the list and in the report; this connector sends more where an answer would
have more than a million cells, and one to compare the sum. "≈" marks runs that would take too long: their
requests follow from the formula that the measured sizes obey (3 for each ad, 1 for each 25), their time
from that of 100 ads at the same latency or from the rate limit, whichever is longer. Measured on {measured["comparison"]}.

{comparison(found)}

Rows a second without network and limits, from the first answer of a report on, beside a bare loop of
`orjson.loads` and `orjson.dumps`. Measured on {measured["record_path"]}.

{record_path(results)}

Nobody knows what Pinterest's values really look like, so the benchmark also measures the record path on irregular
answers. Each figure is the processor time of a bare loop over the same bytes, divided by the connector's, through its
entry point and without rate limits.
Pinterest delivers at most {ANSWERS_A_MINUTE} answers of a million cells a minute, which is
{ANSWERS_A_MINUTE * CELLS_OF_AN_ANSWER / 60 / 1e6:.0f} million cells a second; the last line is what one core of this machine turns into records
from the worst answers. Measured on {measured["variety"]}. An empty cell was not measured.

{variety(results)}

Peak memory on {measured["memory"]}: {peaks}.
Start-up on {measured["start_up"]}: {start_up["spec"]:.2f} s for `spec` and {start_up["discover"]:.2f} s for `discover`. Importing the CDK in the usual way
takes {start_up["import_cdk"]:.2f} s ([0017](docs/decisions/0017-garbage-collector.md)). The fake Pinterest answers
{server["requests_per_second"]:,} small requests and {server["mb_per_second"]:,} MB a second to one client, so it does not limit these figures."""


def put_into(readme: Path, text: str) -> bool:
    """Between the markers; False where there are none."""
    content = readme.read_text(encoding="utf-8")
    before, begin, rest = content.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end:
        return False
    readme.write_text(f"{before}{BEGIN}\n\n{text}\n\n{END}{after}", encoding="utf-8")
    return True
