"""How many examples the property tests try: 100, and 15 in `script/test --quick`."""

from hypothesis import settings

settings.register_profile("quick", max_examples=15)
