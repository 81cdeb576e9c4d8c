"""Easings: functions from the fraction of time to the fraction of the way between two keys. 0 and 1 are fixed."""

from __future__ import annotations

from collections.abc import Callable


def _hold(x: float) -> float:
    return 1.0 if x >= 1 else 0.0


EASINGS: dict[str, Callable[[float], float]] = {
    "linear": lambda x: x,
    "smooth": lambda x: x * x * (3 - 2 * x),
    "in": lambda x: x * x,
    "out": lambda x: x * (2 - x),
    "hold": _hold,
}
"""Easings by name. `smooth` starts and ends at rest, `in` starts at rest, `out` ends at rest, `hold` jumps at the next
key."""

END_SPEEDS: dict[str, tuple[float, float]] = {
    "linear": (1.0, 1.0),
    "smooth": (0.0, 0.0),
    "in": (0.0, 2.0),
    "out": (2.0, 0.0),
    "hold": (0.0, 0.0),
}
"""Slopes of each easing at its start and at its end. All but `hold` are the cubics that these two slopes determine."""
