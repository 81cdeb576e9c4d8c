"""Molecules made whole: every atom at the image nearest to the atom that it is bonded to."""

from __future__ import annotations

import threading
from dataclasses import dataclass

import numpy as np
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import breadth_first_order, connected_components

from moviemaker.core.errors import InputError
from moviemaker.core.recent import Recent
from moviemaker.data.bonding.neighbours import bond_limits, near_pairs
from moviemaker.data.particle_sets.boxes import Boxes
from moviemaker.data.particle_sets.derived import DerivedSnapshots
from moviemaker.data.particle_sets.snapshots import Snapshots


@dataclass(frozen=True, eq=False)
class _Molecules:
    """Atoms, each with another one of its molecule to which it is bonded.

    Attributes:
        ids: of the atoms (n,), in any order.
        parent: place of that other atom (n,); the first atom of a molecule has itself.
        molecule: number of the molecule (n,).
    """

    ids: np.ndarray
    parent: np.ndarray
    molecule: np.ndarray


class WholeMolecules(DerivedSnapshots):
    """Snapshots whose molecules are whole, with their centres in the periodic box.

    Bonds are those of the topology, or else found by distance (as `bonds` finds them) in the first snapshot, and in
    later ones that hold other atoms.

    Args:
        snapshots: as stored.
        boxes: of the snapshots.
        bonds: pairs of rows that are bonded (m, 2) at all times; None: they follow from the distances.

    Raises:
        InputError: at `unwrap`: neither bonds nor radii of atoms are known.
    """

    def __init__(self, snapshots: Snapshots, boxes: Boxes, bonds: np.ndarray | None):
        super().__init__(snapshots)
        if bonds is None and "radius" not in snapshots.names:
            what = "molecules cannot be found: the particles have neither elements nor a topology with bonds"
            raise InputError(what, "write topology: and a file that names the atoms, or unwrap: path", ("unwrap",))
        self._boxes = boxes
        self._bonds = bonds
        self._alone = threading.RLock()
        self._first: _Molecules | None = None
        self._others: Recent[_Molecules] = Recent(2)

    def load(self, index: int, name: str) -> np.ndarray:
        """One array of one snapshot; in positions molecules are whole."""
        values = self.whole.load(index, name)
        box = self._boxes.of(index) if name == "position" else None
        if box is None or not len(values):
            return values
        molecules = self._molecules(index)
        position = np.asarray(values, np.float64)
        turns = box.turns(np.nan_to_num(position - position[molecules.parent]))
        above = molecules.parent
        while not np.array_equal(above[above], above):  # adds up along each branch, in twice as long steps each time
            turns = turns + turns[above]
            above = above[above]
        position = position + turns @ box.vectors
        count = np.bincount(molecules.molecule)
        centre = np.stack([np.bincount(molecules.molecule, axis) / count for axis in np.nan_to_num(position).T], axis=1)
        out = box.turns_out(centre, self._boxes.corner((index, index, 0.0)))
        return np.asarray(position - out[molecules.molecule] @ box.vectors)

    def _molecules(self, index: int) -> _Molecules:
        """The molecules of a snapshot, by its rows."""
        ids = self.whole_ids(index)
        with self._alone:
            if self._first is None:
                self._first = self._joined(0, self.whole_ids(0))
            if np.array_equal(ids, self._first.ids) or (self._bonds is not None and len(ids) == len(self._first.ids)):
                return self._first
            return self._others.get(index, lambda: self._joined(index, ids))

    def _joined(self, index: int, ids: np.ndarray) -> _Molecules:
        pairs = self._bonds
        if pairs is None or len(ids) != len(self.whole_ids(0)):
            pairs = self._near(index)
        parent, molecule = tree_of(len(ids), pairs)
        return _Molecules(ids, parent, molecule)

    def _near(self, index: int) -> np.ndarray:
        """Pairs of rows that are near enough to be bonded."""
        numbers = self.whole.load(index, "atomic_number") if "atomic_number" in self.names else None
        limits = bond_limits(self.whole.load(index, "radius"), numbers)
        position = np.asarray(self.whole.load(index, "position"))
        box = self._boxes.of(index)
        finite = np.flatnonzero(np.isfinite(position).all(axis=1))
        return np.asarray(finite[near_pairs(position[finite], limits[finite], None if box is None else box.vectors)])


def tree_of(count: int, pairs: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Trees that join the atoms of each molecule.

    Args:
        count: number of atoms n.
        pairs: bonds (m, 2).

    Returns:
        The parent of each atom (n,), where the first atom of a molecule is its own, and the number of its molecule.
    """
    ones = np.ones(len(pairs), np.int8)
    bonds = coo_matrix((ones, (pairs[:, 0], pairs[:, 1])), (count, count))
    _, molecule = connected_components(bonds, directed=False)
    _, first = np.unique(molecule, return_index=True)
    # One more node, bonded to one atom of each molecule, so that one search goes through all of them.
    rows = np.concatenate([pairs[:, 0], np.full(len(first), count)])
    columns = np.concatenate([pairs[:, 1], first])
    whole = coo_matrix((np.ones(len(rows), np.int8), (rows, columns)), (count + 1, count + 1))
    _, before = breadth_first_order(whole.tocsr(), count, directed=False)
    parent = np.where(before[:count] == count, np.arange(count), before[:count])
    return parent, molecule
