"""Fields of the chains of proteins and nucleic acids, which follow from the names and the positions of atoms."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from moviemaker.core.molecules.residues import residues_of
from moviemaker.core.recent import Recent
from moviemaker.data.formats.contents import Stored

OF_NAMES = ("backbone", "residue")
"""Fields that follow from the names of atoms and residues."""

FIXED, OF_EACH = "secondary_structure", "dssp"
"""The secondary structure of the file, or else that of the first frame; and that of each frame."""


def with_structure(arrays: Mapping[str, Stored], same_count: bool = True) -> dict[str, Stored]:
    """The arrays of atoms in angstrom, with their secondary structure if they are parts of chains.

    Args:
        arrays: with `position` (n, 3) or (t, n, 3), and with `backbone` if there are chains.
        same_count: whether all frames hold the same atoms.
    """
    found = dict(arrays)
    position = arrays["position"]
    if "backbone" not in arrays:
        return found
    codes = _Codes(arrays)
    more = position.shape[:1] if position.ndim == 3 else ()
    count = position.shape[-2]
    kind = np.dtype(np.int64)
    first = Stored((count,), kind, lambda index: codes.of(0) if index is None else codes.of(0)[index])
    each = Stored((*more, count), kind, lambda index: codes.all(more[0]) if index is None else codes.of(index))
    found[OF_EACH] = each if more else first
    found.setdefault(FIXED, first if same_count else found[OF_EACH])
    return found


class _Codes:
    """Secondary structure of frames, of which the last ones are kept."""

    def __init__(self, arrays: Mapping[str, Stored]):
        self._arrays = arrays
        self._first: np.ndarray | None = None
        self._kept: Recent[np.ndarray] = Recent(2)

    def of(self, index: int) -> np.ndarray:
        """Codes (n,) of the atoms of a frame."""
        if index == 0:
            if self._first is None:
                self._first = self._made(0)
            return self._first
        return self._kept.get(index, lambda: self._made(index))

    def all(self, steps: int) -> np.ndarray:
        """Codes (t, n) of all frames."""
        return np.stack([self.of(step) for step in range(steps)])

    def _made(self, index: int) -> np.ndarray:
        from moviemaker.data.molecular.secondary_structure import structure_of

        backbone = self._read("backbone", index)
        assert backbone is not None
        residues = residues_of(backbone, self._read("resid", index), self._read("chain", index))
        position = self._read("position", index)
        assert position is not None
        codes = structure_of(position, residues, self._read("residue", index))
        of_atom = residues.of_atom
        return np.where(of_atom >= 0, np.append(codes, 0)[of_atom], 0)

    def _read(self, name: str, index: int) -> np.ndarray | None:
        stored, position = self._arrays.get(name), self._arrays["position"]
        if stored is None:
            return None
        moves = position.ndim == 3 and stored.shape[:2] == position.shape[:2]
        return np.asarray(stored.read(index if moves else None))
