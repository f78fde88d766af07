"""The docs page says everything that a user may be told, and what to do then."""

import ast
import functools
import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from source_pinterest.api.columns import asynchronous_columns
from source_pinterest.api.limits import REPORT_LOOKBACK, Limits
from source_pinterest.config.config import Config
from source_pinterest.streams.registry import names

ROOT = Path(__file__).parent.parent
PAGE = " ".join((ROOT / "docs/integrations/sources/pinterest.md").read_text().split())

SAID_BY = {
    *("LoginRefused", "AccessDenied", "NotFound", "RequestRefused", "TooLarge", "RateLimited"),
    *("Unavailable", "PinterestError", "UnusableAnswer", "AirbyteTracedException", "ValueError"),
    "warning",
}
"""What a sentence for the user is an argument of."""


def sentence(node: ast.expr) -> str:
    """The text of a string, with `…` for what is filled in."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return node.value
    if isinstance(node, ast.JoinedStr):
        return "".join(map(sentence, node.values))
    if isinstance(node, ast.BinOp):
        return sentence(node.left) + sentence(node.right)
    return "…"


def said() -> Iterator[str]:
    for path in sorted((ROOT / "source_pinterest").rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text())):
            if not isinstance(node, ast.Call):
                continue
            name = node.func.attr if isinstance(node.func, ast.Attribute) else ""
            name = node.func.id if isinstance(node.func, ast.Name) else name
            messages = [each.value for each in node.keywords if each.arg == "message"]
            if name in {"note", "say"} and len(node.args) > 1:  # of `AnswerWarnings`
                messages.append(node.args[1])
            if name in SAID_BY and node.args:
                messages.append(node.args[0])
            yield from filter(lambda text: text.strip("… ()"), map(sentence, messages))


def part_to_find(text: str) -> str:
    """The longest part of a sentence that stands in it as it is."""
    return max((part.strip(" .:\n") for part in re.split(r"…|\n", text)), key=len)


@pytest.mark.parametrize("text", sorted(set(said())))
def test_what_a_user_may_be_told_is_explained(text):
    assert part_to_find(text) in PAGE, f"docs/…/pinterest.md does not explain: {text}"


def test_no_message_has_two_rows_in_the_docs_page():
    lines = (ROOT / "docs/integrations/sources/pinterest.md").read_text().splitlines()
    rows = [line.split("|")[1].strip() for line in lines if line.startswith("| *")]

    assert len(rows) > 50
    assert [row for row, count in Counter(rows).items() if count > 1] == []


COMPARISON = (ROOT / "docs/what-the-paid-tools-have.md").read_text()
COMPARED = [line for line in COMPARISON.splitlines() if line.startswith("| ")]
OURS = [line.split("|")[-2].strip() for line in COMPARED][1:]


def test_every_stream_and_setting_in_the_comparison_exists():
    named = {name for cell in OURS for name in re.findall(r"`([a-z_]+)`", cell)}

    assert len(named) >= 40
    assert named <= names() | set(Config.model_fields)


def test_the_numbers_of_the_comparison_are_those_of_the_code():
    numbers = {
        int(number) for cell in OURS for number in re.findall(r"\d+", re.sub(r"`.*?`", "", cell))
    }

    assert numbers == {
        len(asynchronous_columns()),
        REPORT_LOOKBACK.days,
        Limits().analytics_lookback.days,
    }


def test_every_cell_of_the_comparison_says_something_and_every_source_is_listed():
    cells = [[cell.strip() for cell in line.split("|")[1:-1]] for line in COMPARED]
    sources = re.findall(r"^- \[(\w)\] ", COMPARISON, re.MULTILINE)

    assert all(len(row) == len(cells[0]) and all(row) for row in cells)
    assert [re.findall(r"\[(\w)\]", cell) for cell in cells[0][1:-1]] == [[s] for s in sources]


# --- docs/architecture.md, docs/decisions, CONTRIBUTING.md: what they name exists ---

FOLDERS = "source_pinterest|integration_tests|unit_tests|script|benchmarks|docs|dbt"
PAGES = [
    *(ROOT / name for name in ("README.md", "CONTRIBUTING.md")),
    *sorted((ROOT / "docs").glob("*.md")),
    ROOT / "docs/integrations/sources/pinterest.md",
]
NOT_OURS = {"AbstractSource", "HttpStream", "IncrementalMixin", "CheckpointMixin"}
"""Classes of the CDK."""


def paths_in(text: str) -> list[str]:
    return re.findall(rf"`((?:{FOLDERS})/[\w./-]*)`", text)


def classes_in(text: str) -> set[str]:
    """The names of classes: a word in code, and words of several parts in diagrams."""
    named = set(re.findall(r"`([A-Z][a-z]\w*)`", text))
    for diagram in re.findall(r"```mermaid(.*?)```", text, re.DOTALL):
        named |= set(re.findall(r"\b(?:[A-Z][a-z]+){2,}\b", diagram))
    return named - NOT_OURS


@functools.cache
def our_classes() -> frozenset[str]:
    files = (ROOT / "source_pinterest").rglob("*.py")
    return frozenset(
        node.name
        for path in files
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.ClassDef)
    )


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_the_paths_and_links_that_a_page_names_exist(page):
    text = page.read_text()

    assert [name for name in paths_in(text) if not (ROOT / name).exists()] == []
    links = [link for link in re.findall(r"\]\(([^)#]+)", text) if "://" not in link]
    assert [link for link in links if not (page.parent / link).exists()] == []


def test_the_classes_that_the_architecture_names_exist():
    named = classes_in((ROOT / "docs/architecture.md").read_text())

    assert {"SyncContext", "PinterestClient", "AccountPass", "Sending"} <= named
    assert named - our_classes() == set()


DECISIONS = sorted((ROOT / "docs/decisions").glob("0*.md"))


def test_the_decisions_are_numbered_and_the_index_has_each_with_its_title():
    index = (ROOT / "docs/decisions/README.md").read_text()
    rows = re.findall(r"^\| \[(\d{4})\]\((\S+)\) \| (.+) \|$", index, re.MULTILINE)

    assert [number for number, _, _ in rows] == [f"{n:04}" for n in range(1, len(DECISIONS) + 1)]
    assert [name for _, name, _ in rows] == [path.name for path in DECISIONS]
    for number, name, _ in rows:
        first = (ROOT / "docs/decisions" / name).read_text().splitlines()[0]
        assert first.startswith(f"# {number}: ")


@pytest.mark.parametrize("path", DECISIONS, ids=lambda path: path.stem)
def test_a_decision_has_its_parts_and_names_what_there_is(path):
    text = path.read_text()

    assert re.findall(r"^## (.+)$", text, re.MULTILINE) == [
        *("Context", "Decision", "Figures", "Consequences")
    ]
    for link in re.findall(r"\]\(([^)#]+)", text):
        assert (path.parent / link).exists(), link
    assert [name for name in paths_in(text) if not (ROOT / name).exists()] == []
