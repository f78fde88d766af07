"""Every module that has behaviour has its unit test beside it."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

TESTS = Path(__file__).parent
PACKAGE = TESTS.parent / "source_pinterest"

IN_ANOTHER_TEST = {
    "__init__.py": "test_import.py",  # the import of the source on first use
    "load/__init__.py": "test_worker.py",  # the import of the command on first use
    "login/__init__.py": "test_command.py",  # likewise
}
"""The modules whose behaviour is tested in a file of another name, by the reason."""


def _functions(node: ast.AST) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    for child in ast.walk(node):
        if isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef):
            yield child


def has_behaviour(source: str) -> bool:
    """Whether any function holds more than a docstring, which is all that those of a Protocol hold."""
    return any(
        len(function.body) > (ast.get_docstring(function) is not None)
        for function in _functions(ast.parse(source))
    )


def test_every_module_that_has_behaviour_has_its_unit_test_beside_it():
    modules = [path.relative_to(PACKAGE) for path in sorted(PACKAGE.rglob("*.py"))]
    assert modules

    expected = [
        path.with_name(IN_ANOTHER_TEST.get(str(path), f"test_{path.name}"))
        for path in modules
        if has_behaviour((PACKAGE / path).read_text(encoding="utf-8"))
    ]
    missing = [str(path) for path in expected if not (TESTS / path).exists()]

    assert not missing, "\n".join(missing)


@pytest.mark.parametrize(
    ("source", "answer"),
    [
        ("A = {1: 2}\nclass E(Exception):\n    text = ''\n", False),
        ('class P:\n    def m(self) -> None:\n        """Says what it does."""\n', False),
        ("class C:\n    def m(self):\n        return self\n", True),
        ('def f():\n    """Says what it does."""\n    return 1\n', True),
        ("async def f():\n    return 1\n", True),
        ("if True:\n    def f():\n        return 1\n", True),
    ],
    ids=["data", "a protocol", "a method", "a docstring and more", "async", "a condition"],
)
def test_behaviour_is_a_function_that_holds_more_than_a_docstring(source, answer):
    assert has_behaviour(source) is answer
