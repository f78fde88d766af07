"""The examples in the docstrings say what the code does."""

import doctest
import importlib
import pkgutil

import pytest

import source_pinterest

MODULES = [
    name
    for _, name, _ in pkgutil.walk_packages(source_pinterest.__path__, "source_pinterest.")
    if not name.endswith("__main__")
]


@pytest.mark.parametrize("name", MODULES)
def test_the_examples_of_a_module_are_true(name):
    assert doctest.testmod(importlib.import_module(name)).failed == 0
