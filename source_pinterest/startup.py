"""Makes the start of a process faster. Must run before the CDK is imported."""

from __future__ import annotations

from contextlib import suppress


def skip_attribute_docs() -> None:
    """Keeps the import of the CDK from parsing its source files for the docstrings of attributes.

    serpyco_rs, which turns the CDK's messages into JSON, needs these only for JSON schemas with descriptions, which are
    not used here. They take two thirds of the time of importing the CDK, since Python before 3.13 parses a whole file
    to find one class.
    """
    with suppress(ImportError):
        import attributes_doc

        attributes_doc.get_attributes_doc = _no_attribute_docs


def _no_attribute_docs(cls: type) -> dict[str, str]:  # noqa: ARG001
    return {}
