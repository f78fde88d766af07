"""Lower folders never import higher ones."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

PACKAGE = Path(__file__).parents[1] / "source_pinterest"

LAYERS = (
    {"text"},
    {"clock", "logs", "signals", "startup", "threads"},
    {"api"},
    {"config"},
    {"http"},
    {"records"},
    {"sync"},
    {"streams"},
    {"check", "selection"},
    {"source"},
    {"catalog"},
    {"login"},
    {"load"},
    {"verify"},
    {"plan"},
    {"stdout"},
    {"entrypoint"},
    {"run"},
    {"__init__", "__main__"},
)
"""The folders and modules of the package, the lowest first. Those on one line may not import each other."""


def _imports() -> Iterator[tuple[str, str, str]]:
    """The place, the importing layer and the imported one, of every import, wherever it stands."""
    for path in sorted(PACKAGE.rglob("*.py")):
        importer = path.relative_to(PACKAGE).parts[0].removesuffix(".py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            names: list[str] = []
            if isinstance(node, ast.ImportFrom):
                assert node.level == 0, f"{path}:{node.lineno}: a relative import"
                names = [f"{node.module}.{alias.name}" for alias in node.names]
            elif isinstance(node, ast.Import):
                names = [alias.name for alias in node.names]
            for name in names:
                if name.startswith("source_pinterest."):
                    place = f"{path.relative_to(PACKAGE)}:{node.lineno}: {name}"
                    yield place, importer, name.split(".")[1]


def test_no_folder_imports_a_higher_one() -> None:
    rank = {name: number for number, layer in enumerate(LAYERS) for name in layer}
    upward = [
        place
        for place, importer, imported in _imports()
        if importer != imported and rank[importer] <= rank[imported]
    ]
    assert not upward, "\n".join(upward)
