"""Airbyte source connector for Pinterest."""

import gc

# Nothing that is imported is garbage: to look for it takes a fifth of the time to start, with the
# look at the end, when the process exits.
_was_enabled = gc.isenabled()
gc.disable()

from source_pinterest.source import SourcePinterest  # noqa: E402

gc.freeze()
if _was_enabled:
    gc.enable()

__all__ = ["SourcePinterest"]
