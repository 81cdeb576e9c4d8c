"""The camera turns too fast."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from moviemaker.comfort.camera_motion import Leg
from moviemaker.comfort.intervals import Finding, Span, joined, spans_above, when


def fast_turns(legs: Sequence[Leg], limit: float) -> Finding | None:
    """A warning where the viewer is turned faster than a limit, in radians a second."""
    spans: list[Span] = []
    fastest = 0.0
    for leg in legs:
        rate = np.linalg.norm(leg.turning, axis=1)
        spans += spans_above(leg.between, rate, limit, leg.times[0], leg.times[-1])
        fastest = max(fastest, float(rate.max()))
    if not spans:
        return None
    what = f"the camera turns faster than {math.degrees(limit):.3g} degrees a second {when(joined(spans))}"
    instead = "give the turn more time, or cut: viewers turn by themselves"
    return Finding(f"{what} (up to {round(math.degrees(fastest), 1):g})", instead)
