"""Cuts follow each other too fast."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from moviemaker.comfort.intervals import Finding, joined, when
from moviemaker.comfort.limits import BETWEEN_CUTS


def fast_cuts(cuts: Sequence[float]) -> Finding | None:
    """A warning where two cuts have less than a second between them."""
    pairs = [(before, after) for before, after in pairwise(cuts) if after - before < BETWEEN_CUTS - 1e-6]
    if not pairs:
        return None
    shortest = min(after - before for before, after in pairs)
    what = f"cuts follow each other in less than a second {when(joined(pairs))} (in {shortest:.2g} s at the fastest)"
    return Finding(what, "let every shot last longer: viewers have to find their way in each")
