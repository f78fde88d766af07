"""The savings before the CDK is imported. test_import.py checks that they happen."""

from __future__ import annotations

import sys

import attributes_doc
import pytest

from source_pinterest.startup import skip_attribute_docs


def test_the_texts_below_the_fields_of_a_class_are_not_looked_for(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(attributes_doc, "get_attributes_doc", lambda _: {"field": "a text"})

    skip_attribute_docs()

    assert attributes_doc.get_attributes_doc(Exception) == {}


def test_a_cdk_that_does_not_look_for_them_is_imported_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "attributes_doc", None)

    skip_attribute_docs()
