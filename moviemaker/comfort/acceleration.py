"""The camera, or its rotation, starts, stops or changes suddenly."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

import numpy as np

from moviemaker.comfort.camera_motion import Leg
from moviemaker.comfort.intervals import Finding, Span, joined, spans_above, when
from moviemaker.comfort.limits import EASE_IN, STILL, TURNING, WINDOW


def jolts_of_speed(legs: Sequence[Leg], distance: float) -> Finding | None:
    """A warning where the camera changes its velocity too suddenly.

    Args:
        legs: the camera's path between its cuts.
        distance: of the camera to what it looks at, scene units. Movements that are slow compared with it do not count.
    """

    def fastest(leg: Leg) -> float:
        return float(np.linalg.norm(leg.velocity, axis=1).max())

    moving = [leg for leg in legs if fastest(leg) > STILL * distance]
    spans, most = _jolts(moving, lambda leg: leg.velocity / fastest(leg))
    if not spans:
        return None
    what = f"the camera starts, stops or swerves too suddenly {when(spans)}"
    figure = f"as if it came to its full speed in {1 / most:.2g} s; less than {EASE_IN:g} s is a jolt"
    return Finding(f"{what} ({figure})", "ease the movement (ease: smooth), or give it more time there")


def jolts_of_turning(legs: Sequence[Leg]) -> Finding | None:
    """A warning where the viewer's turning starts, stops or changes too suddenly."""
    spans, most = _jolts(legs, lambda leg: leg.turning / TURNING)
    if not spans:
        return None
    what = f"the camera starts or stops turning too suddenly {when(spans)}"
    limit, reached = (math.degrees(TURNING * rate) for rate in (1 / EASE_IN, most))
    figure = f"by up to {reached:.0f} degrees a second, per second; more than {limit:.3g} is a jolt"
    return Finding(f"{what} ({figure})", "ease the turn (ease: smooth), or give it more time there")


def _jolts(legs: Sequence[Leg], velocity: Callable[[Leg], np.ndarray]) -> tuple[list[Span], float]:
    """When a velocity (in units of full speed) changes faster than from rest to full speed in `EASE_IN`; how fast."""
    spans: list[Span] = []
    most = 0.0
    for leg in legs:
        times, values = leg.between, velocity(leg)
        before = times + WINDOW <= times[-1]
        if not before.any():
            continue
        later = np.stack([np.interp(times[before] + WINDOW, times, part) for part in values.T], axis=1)
        rate = np.linalg.norm(later - values[before], axis=1) / WINDOW
        spans += spans_above(times[before] + WINDOW / 2, rate, 1 / EASE_IN, leg.times[0], leg.times[-1])
        most = max(most, float(rate.max()))
    return joined(spans), most
