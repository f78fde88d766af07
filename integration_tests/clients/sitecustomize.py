"""What a Python imports by itself when it starts, with this folder on its path: for clients that tests drive, whose
imports take longer than what they do.

Nearly all that they import or read stays until they end, so garbage is looked for more seldom than by default: that
takes a quarter of their time.
"""

import gc

gc.set_threshold(50_000, 20, 20)
