"""Fields of categorical labels: which values are parts, and their colours."""

from __future__ import annotations

import numpy as np

from moviemaker.core.fields import Grid

_MOST = 24
"""Most different values of an integer field that are taken for labels."""
_CHANGING = 0.2
"""Largest fraction of neighbouring samples that differ in a field of labels; in noise most do."""
_COLORS = ("#66ccee", "#ee6677", "#ccbb44", "#228833", "#4477aa", "#aa3377", "#bbbbbb")
"""Colours that can be distinguished with any colour vision (P. Tol, "Colour Schemes", 2021: bright)."""


_HIDDEN = 0.99
"""Part of the light behind it that a body loses, of which all parts together are one."""
_LEAST_OPACITY = 0.2
"""Opacity of large parts over a hundredth of the diagonal."""


def parts_of(grid: Grid, name: str, values: np.ndarray) -> dict[int, tuple[str, float]]:
    """The labels in a field of categorical labels, without 0, with a colour and an opacity each; empty: another field.

    Labels are few integers that change only at the boundaries of parts, or those that the file says are labels.

    Args:
        grid: the first snapshot.
        name: of the field.
        values: finite values of all snapshots (n,).
    """
    if not len(values):
        return {}
    labels = _found(grid.field(name), values)
    if not labels and name in grid.categorical:
        known = [int(value) for value in np.unique(values) if value]
        labels = known if len(known) <= _MOST else []
    # A fraction p of a cube is about p^(1/3) of its edge deep, and the edge is the diagonal divided by sqrt(3).
    depth = 100 * float((values != 0).mean()) ** (1 / 3) / np.sqrt(3)
    opacity = round(max(_LEAST_OPACITY, 1 - (1 - _HIDDEN) ** (1 / max(depth, 1.0))), 3)
    return {label: (_COLORS[number % len(_COLORS)], opacity) for number, label in enumerate(labels)}


def _found(array: np.ndarray, values: np.ndarray) -> list[int]:
    if array.dtype.kind not in "iub" or values.min() < 0:
        return []
    found = np.unique(values)
    if not 2 <= len(found) <= _MOST or found[0] != 0:
        return []
    changes = [float((np.diff(array, axis=axis) != 0).mean()) for axis in range(3) if array.shape[axis] > 1]
    return [] if not changes or max(changes) > _CHANGING else [int(value) for value in found[1:]]
