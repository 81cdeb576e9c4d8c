"""Settings of samples with an upper limit, beyond which a sample would take too long or too much memory."""

from __future__ import annotations

from moviemaker.core.errors import InputError
from moviemaker.core.values import Value, list_of, one_of, whole_number


def whole_between(low: int, high: int) -> Value:
    """A whole number in a range."""
    return whole_number(f"a whole number from {low} to {high}", low, high)


SAMPLES = whole_between(2, 512)
_THREE = list_of(SAMPLES, "three whole numbers: [nx, ny, nz]", (3,))


def _parse_shape(value: object) -> tuple[int, int, int]:
    if isinstance(value, list | tuple):
        nx, ny, nz = _THREE.parse(value)
        return nx, ny, nz
    count: int = SAMPLES.parse(value)
    return count, count, count


SHAPE = Value(
    "a whole number from 2 to 512, or three of them", _parse_shape, one_of(SAMPLES, _THREE, right="").schema, mix=None
)
"""Number of samples along each axis: one for all three, or three."""


def axes(
    shape: tuple[int, ...], bounds: tuple[tuple[float, float], ...]
) -> tuple[tuple[float, float, float], tuple[float, float, float]]:
    """Origin and spacing of a grid of that shape between bounds.

    Raises:
        InputError: at `bounds`: they are reversed or equal.
    """
    for axis, (low, high) in enumerate(bounds):
        if low >= high:
            raise InputError(
                f"the bounds {low:g} to {high:g} leave no room", "write the lower one first", ("bounds", axis)
            )
    steps = [(high - low) / (count - 1) for (low, high), count in zip(bounds, shape, strict=True)]
    return (bounds[0][0], bounds[1][0], bounds[2][0]), (steps[0], steps[1], steps[2])
