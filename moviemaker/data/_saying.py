"""Telling standard error how far a reading of large data is, if it takes long."""

from __future__ import annotations

import sys
import time

AFTER = 2.0
"""Seconds after which, and between which, a line is written."""


class Saying:
    """Writes lines such as `density of a.csv: adding them up: 40% (4000 of 10000 rows)`.

    Args:
        what: is done, to what.
        unit: what it is counted in, in the plural.
        total: of them; None: it is not known.
    """

    def __init__(self, what: str, unit: str, total: int | None = None):
        self._what, self._unit, self._total = what, unit, total
        self._last = time.monotonic()

    def __call__(self, done: int) -> None:
        """So many are done."""
        now = time.monotonic()
        if now - self._last < AFTER:
            return
        self._last = now
        part = f"{100 * done // self._total}% ({done} of {self._total} {self._unit})" if self._total else ""
        print(f"{self._what}: {part or f'{done} {self._unit}'}", file=sys.stderr, flush=True)
