"""Airbyte source connector for Pinterest."""

import gc

# No imported object is garbage. Looking for garbage takes a fifth of the start-up time, including the
# look at the end, when the process exits.
_was_enabled = gc.isenabled()
gc.disable()

from source_pinterest.source import SourcePinterest  # noqa: E402

gc.freeze()
if _was_enabled:
    gc.enable()

__all__ = ["SourcePinterest"]
