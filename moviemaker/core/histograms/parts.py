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


def parts_of(grid: Grid, name: str, values: np.ndarray) -> dict[int, str]:
    """The labels in a field of categorical labels, without 0, with a colour each; empty: another field.

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
    return {label: _COLORS[number % len(_COLORS)] for number, label in enumerate(labels)}


def _found(array: np.ndarray, values: np.ndarray) -> list[int]:
    if array.dtype.kind not in "iub" or values.min() < 0:
        return []
    found = np.unique(values)
    if not 2 <= len(found) <= _MOST or found[0] != 0:
        return []
    changes = [float((np.diff(array, axis=axis) != 0).mean()) for axis in range(3) if array.shape[axis] > 1]
    return [] if not changes or max(changes) > _CHANGING else [int(value) for value in found[1:]]
