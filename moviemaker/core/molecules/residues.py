"""Residues of chains: the rows of their backbones among atoms, and the codes by which fields tell what they are."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

OTHER, N, CA, C, O, P, O5, C1, BASE = ROLES = range(9)  # noqa: E741
"""Codes of the field `backbone`: the role of an atom in its chain. In proteins N, CA, C and O; in nucleic acids P, O5',
C1' and the atom of the base that is farthest from there; 0 for all others."""

COIL, HELIX, STRAND = range(3)
"""Codes of secondary structure."""

AMINO_ACIDS = (
    *("ALA", "ARG", "ASN", "ASP", "CYS", "GLN", "GLU", "GLY", "HIS", "ILE"),
    *("LEU", "LYS", "MET", "PHE", "PRO", "SER", "THR", "TRP", "TYR", "VAL"),
)
BASES = ("A", "C", "G", "T", "U")
WATER = "HOH"
RESIDUES = ("", *AMINO_ACIDS, *BASES, WATER)
"""Names of residues by their codes in the field `residue`; 0 for all others."""


@dataclass(frozen=True, eq=False)
class Residues:
    """Residues of chains, in the order of their atoms.

    Attributes:
        of_atom: (n,), the number of each atom's residue in `rows`; -1 for atoms that belong to none.
        rows: (r, 9), for each code of `backbone` the row of that atom; -1 where a residue lacks it.
        chain: (r,), numbers of the chains.
    """

    of_atom: np.ndarray
    rows: np.ndarray
    chain: np.ndarray

    @property
    def trace(self) -> np.ndarray:
        """Rows (r,) of the atoms that a chain is drawn through: CA, else P, else O5'."""
        found: np.ndarray = self.rows[:, CA]
        for code in (P, O5):
            found = np.where(found >= 0, found, self.rows[:, code])
        return found


def residues_of(backbone: np.ndarray, resid: np.ndarray | None, chain: np.ndarray | None) -> Residues:
    """The residues of proteins and nucleic acids among atoms.

    A residue ends where its number or its chain changes, or where a second backbone begins (as with insertion codes).
    Of atoms that a residue has several times (alternative locations), the first is taken.

    Args:
        backbone: (n,), codes of the roles of atoms.
        resid: (n,), numbers of residues; None: unknown.
        chain: (n,), numbers of chains; None: one chain.
    """
    count = len(backbone)
    new = np.zeros(count, bool)
    new[:1] = True
    for known in (resid, chain):
        if known is not None and count:
            new[1:] |= known[1:] != known[:-1]
    starts = np.flatnonzero(new)
    atoms = np.arange(count)
    # A nitrogen after the CA of the same residue begins another one of the same number.
    last_ca = np.maximum.accumulate(np.where(backbone == CA, atoms, -1)) if count else atoms
    last_c = np.maximum.accumulate(np.where(backbone == C, atoms, -1)) if count else atoms
    begun = starts[np.cumsum(new) - 1] if count else atoms
    again = (backbone == N) & (last_ca >= begun) & (last_c >= begun)
    if resid is None:  # nothing else tells where a residue ends
        again |= (backbone == CA) & (np.concatenate([[-1], last_ca[:-1]]) >= begun)
    new |= again
    number = np.cumsum(new) - 1
    rows = np.full((int(number[-1]) + 1 if count else 0, len(ROLES)), -1, np.int64)
    used = np.flatnonzero(backbone > 0)[::-1]
    rows[number[used], backbone[used]] = used
    kept = (rows[:, CA] >= 0) | (rows[:, C1] >= 0) | (rows[:, P] >= 0)
    place = np.where(kept, np.cumsum(kept) - 1, -1)
    rows = rows[kept]
    found = Residues(place[number] if count else number, rows, np.zeros(len(rows), np.int64))
    return found if chain is None else Residues(found.of_atom, rows, np.asarray(chain)[found.trace])
