"""What a process of the connector does before it imports the CDK."""

from __future__ import annotations

from contextlib import suppress


def skip_attribute_docs() -> None:
    """Makes the import of the CDK cheaper: the source files of its classes are not read.

    serpyco_rs, which makes the CDK's messages JSON, looks in them for the texts below the fields of each class. It needs
    those for JSON schemas with descriptions only, which nobody here asks for. They take two thirds of
    the time of importing the CDK, since Python before 3.13 parses a whole file to find one class.
    """
    with suppress(ImportError):
        import attributes_doc

        attributes_doc.get_attributes_doc = _no_attribute_docs


def _no_attribute_docs(cls: type) -> dict[str, str]:  # noqa: ARG001
    return {}
