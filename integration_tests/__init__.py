"""The connector against a Pinterest of our own, and that Pinterest against the vendor's description."""

from source_pinterest.startup import leave_sources_unread

leave_sources_unread()
