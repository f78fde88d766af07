"""The connector against a Pinterest of our own, and that Pinterest against the vendor's description."""

from source_pinterest.startup import skip_attribute_docs

skip_attribute_docs()
