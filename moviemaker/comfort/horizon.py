"""The horizon of a picture all around is not level."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from moviemaker.comfort.camera_motion import Leg
from moviemaker.comfort.intervals import Finding, Span, joined, spans_above, when
from moviemaker.comfort.limits import TILT


def tilted_horizon(legs: Sequence[Leg]) -> Finding | None:
    """A warning where the viewer's up is not the scene's."""
    spans: list[Span] = []
    most = 0.0
    for leg in legs:
        up = leg.frames[:, :, 1]
        apart = np.linalg.norm(up - leg.verticals, axis=1), np.linalg.norm(up + leg.verticals, axis=1)
        tilt = 2 * np.arctan2(*apart)
        spans += spans_above(leg.times, tilt, TILT, leg.times[0], leg.times[-1])
        most = max(most, float(tilt.max()))
    if not spans:
        return None
    what = f"the horizon is off level {when(joined(spans))} (by up to {round(math.degrees(most), 1):g} degrees)"
    return Finding(what, "write level: true, or take pitch and roll out of the camera")
