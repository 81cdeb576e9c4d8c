"""Bonds of molecules as sticks that reach from each atom to the middle of the bond."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

from moviemaker.core.fields import Cells, Mesh, Particles
from moviemaker.core.geometry import norms
from moviemaker.core.kinds import build, load_kind
from moviemaker.core.sources import Source


@dataclass(frozen=True)
class Bonded:
    """The bonds of atoms, which stay the same, as plain numbers for the fingerprint of a layer.

    Attributes:
        pairs: ids of the two atoms of each.
        lengths: beyond which each is not drawn, scene units.
    """

    pairs: tuple[tuple[int, ...], ...]
    lengths: tuple[float, ...]

    @cached_property
    def ids(self) -> np.ndarray:
        """The pairs (m, 2)."""
        return np.array(self.pairs, np.int64).reshape(-1, 2)

    @cached_property
    def longest(self) -> np.ndarray:
        """The lengths (m,)."""
        return np.array(self.lengths)


def bonded(data: str, sources: Mapping[str, Source[Any]], reach: float | None) -> Bonded:
    """The bonds that data of kind `bonds` find between the atoms of other data.

    Raises:
        InputError: at `reach`: nothing says which atoms are bonded.
    """
    kind = load_kind("data", "bonds")
    written = {"kind": "bonds", "of": data} | ({} if reach is None else {"reach": reach})
    ids, longest = build(kind, written).open(Path(), sources).pairs
    return Bonded(tuple(map(tuple, ids.tolist())), tuple(longest.tolist()))


def sticks(sample: Particles, bonds: Bonded) -> tuple[Mesh, np.ndarray]:
    """Halves of all bonds at a moment, with the fields of their atoms, and the rows of atoms without a bond."""
    ids = np.asarray(sample.fields.get("id", np.arange(len(sample.position))))
    everywhere = np.arange(len(ids))
    if not len(ids) or not len(bonds.ids):
        return Mesh(np.zeros((0, 3)), {}), everywhere
    order = np.argsort(ids, kind="stable")
    rows = order[np.minimum(np.searchsorted(ids, bonds.ids, sorter=order), len(ids) - 1)]
    there = (ids[rows] == bonds.ids).all(axis=1)
    rows, longest = rows[there], bonds.longest[there]
    ends = np.asarray(sample.position, np.float64)[rows]
    step = ends[:, 1] - ends[:, 0]
    if sample.cell is not None:  # the nearest image
        step = step - np.rint(step @ np.linalg.pinv(sample.cell)) @ sample.cell
    short = norms(step) <= longest
    rows, ends, half = rows[short], ends[short], step[short] / 2
    points = np.stack([ends[:, 0], ends[:, 0] + half, ends[:, 1] - half, ends[:, 1]], axis=1).reshape(-1, 3)
    of_point = np.repeat(rows, 2, axis=1).ravel()
    fields = {name: np.asarray(values)[of_point] for name, values in sample.fields.items()}
    lines = Cells(np.arange(0, len(points) + 1, 2), np.arange(len(points)))
    return Mesh(points.astype(np.float32), fields, lines), np.setdiff1d(everywhere, rows)
