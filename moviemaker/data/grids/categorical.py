"""Fields of labels, whose numbers name things: a value between two of them would name a third.

A file tells it (flags of the CF conventions, the intent of NIfTI), the scene does, or whole numbers do that change
only at the borders of things. Images have whole numbers too; they change from sample to sample wherever they are not
background, or by steps of one.
"""

from __future__ import annotations

import itertools

import numpy as np

from moviemaker.data.formats.contents import Stored

_SIDE = 24
"""Samples along an edge of the boxes that are looked at."""
_MOST = 4096
"""Most different numbers of labels."""
_CHANGING = 0.2
"""Largest part of neighbouring samples that differ, where neither is background."""
_ANYWHERE = 0.35
"""Largest part of neighbouring samples that differ."""
_ORDERED = 0.9
"""Part of the changes from which on steps of one are those of a quantity ..."""
_FEW = 4
"""... if there are more different numbers than that."""


def looks_categorical(stored: Stored, inside: int | None) -> bool:
    """Whether the whole numbers of a field are labels, from some of its samples.

    Args:
        stored: the field.
        inside: index of the snapshot in it; None: it holds one.
    """
    boxes = list(_boxes(stored, inside))
    values, counts = np.unique(np.concatenate([box.ravel() for box in boxes]), return_counts=True)
    finite = np.isfinite(values)
    values, counts = values[finite], counts[finite]
    if not 2 <= len(values) <= _MOST or values[0] < 0 or (values % 1).any():
        return False
    background = values[counts.argmax()]
    pairs = differing = inner = inner_differing = ones = 0
    for box, axis in itertools.product(boxes, range(3)):
        along = np.moveaxis(box, axis, 0)
        one, other = along[:-1].astype(np.float64), along[1:].astype(np.float64)
        known = np.isfinite(one) & np.isfinite(other)
        other_than = known & (one != other)
        things = known & (one != background) & (other != background)
        pairs, differing = pairs + known.sum(), differing + other_than.sum()
        inner, inner_differing = inner + things.sum(), inner_differing + (things & other_than).sum()
        ones += (np.abs(one - other)[other_than] == 1).sum()
    if not differing or differing > _ANYWHERE * pairs or inner_differing > _CHANGING * inner:
        return False
    return bool(len(values) <= _FEW or ones < _ORDERED * differing)


def _boxes(stored: Stored, inside: int | None) -> list[np.ndarray]:
    """Boxes of samples all over the field, or all of a small one."""
    shape = stored.shape[-3:]
    starts = [sorted({0, max((n - _SIDE) // 2, 0), max(n - _SIDE, 0)}) for n in shape]
    found = []
    whole = None if stored.pieces is not None else np.asarray(stored.read(inside if stored.ndim == 4 else None))
    for a, b, c in itertools.product(*starts):
        ends = tuple((low, min(low + _SIDE, n)) for low, n in zip((a, b, c), shape, strict=True))
        if whole is not None:
            found.append(whole[tuple(slice(*pair) for pair in ends)])
        elif stored.pieces is not None:
            found.append(np.asarray(stored.pieces.read(inside, (ends[0], ends[1], ends[2]))))
    return found


def most_frequent(values: np.ndarray) -> float:
    """The most frequent of some numbers (n,)."""
    found, counts = np.unique(values, return_counts=True)
    return float(found[counts.argmax()])


def nearest_of(array: np.ndarray, axis: int, places: np.ndarray) -> np.ndarray:
    """The samples nearest to fractional indices along an axis."""
    taken: np.ndarray = np.take(array, np.floor(places + 0.5).astype(int), axis)
    return taken
