"""Helices and strands of proteins, from hydrogen bonds as in DSSP, or from the CA atoms alone.

Hydrogen bonds, turns, helices, bridges and ladders are those of W. Kabsch and C. Sander, Biopolymers 22, 2577 (1983):
a bond has an energy below -0.5 kcal/mol. All three kinds of helices (of 3, 4 and 5 residues a turn) are one here, and a
lone bridge is not a strand. Where only CA atoms are known, their distances and angles decide, as in P-SEA by G. Labesse
et al., CABIOS 13, 291 (1997).
"""

from __future__ import annotations

from itertools import product

import numpy as np

from moviemaker.core.geometry import norms
from moviemaker.core.molecules.residues import CA, COIL, HELIX, RESIDUES, STRAND, C, N, O, Residues

STRENGTH = 0.084 * 332
"""Product of the partial charges and the unit of energy: kcal/mol times angstrom."""

BOND = -0.5
"""Energy, kcal/mol, below which there is a hydrogen bond."""

APART = 9.0
"""Angstrom between CA atoms beyond which no bond is sought."""

CROWDED = 300
"""Residues nearer than `APART` to one on average, where a protein has 30: its atoms lie over each other."""

JOINED = 2.5
"""Greatest distance, angstrom, between C and the N of the next residue of a chain."""

STEP = 4.5
"""Greatest distance, angstrom, between CA atoms of neighbours."""

_PIECE = 1 << 18
"""Pairs of residues whose energies are computed together."""
_PROLINE = RESIDUES.index("PRO")
_NEIGHBOURS = [(a, b) for a, b in product(range(1, 6), range(1, 6)) if min(a, b) < 3]
"""Steps along both strands from a bridge to the next one of the same ladder: at most one and four residues between."""


def structure_of(position: np.ndarray, residues: Residues, kinds: np.ndarray | None) -> np.ndarray:
    """Secondary structure (r,) of residues: `COIL`, `HELIX` or `STRAND`.

    Args:
        position: (n, 3) of atoms, angstrom.
        residues: of these atoms.
        kinds: (n,), codes of the kinds of residues, of which proline has no hydrogen to give; None: unknown.
    """
    found = np.full(len(residues.rows), COIL, np.int64)
    chosen = np.flatnonzero(residues.rows[:, CA] >= 0)
    if len(chosen) < 3:
        return found
    rows = residues.rows[chosen]
    position = np.asarray(position, np.float64)
    chain = residues.chain[chosen]
    whole = (rows[:, [N, C, O]] >= 0).all(axis=1)
    if whole.mean() < 0.5:
        found[chosen] = _from_trace(position[rows[:, CA]], chain)
        return found
    proline = np.zeros(len(rows), bool) if kinds is None else kinds[rows[:, CA]] == _PROLINE
    atoms = np.where((rows >= 0)[:, :, None], position[rows], np.nan)
    found[chosen] = _from_bonds(atoms, chain, proline)
    return found


def _from_bonds(atoms: np.ndarray, chain: np.ndarray, proline: np.ndarray) -> np.ndarray:
    count = len(atoms)
    joined = (chain[1:] == chain[:-1]) & (norms(atoms[1:, N] - atoms[:-1, C]) <= JOINED)
    run = np.concatenate([[0], np.cumsum(~joined)])  # residues of one run follow each other without a gap
    bonds = _Bonds(_bonded(atoms, joined, proline), count)
    found = np.full(count, COIL, np.int64)
    _set_helices(found, 4, bonds, run)
    found[_strands(bonds, run) & (found == COIL)] = STRAND
    for turn in (3, 5):  # where nothing else is
        own = np.full(count, COIL, np.int64)
        _set_helices(own, turn, bonds, run, found == COIL)
        found = np.where(own == HELIX, HELIX, found)
    return found


def _set_helices(found: np.ndarray, turn: int, bonds: _Bonds, run: np.ndarray, free: np.ndarray | None = None) -> None:
    """Makes residues from the second of two consecutive turns on helices; with `free` only where all are free."""
    starts = np.arange(max(len(found) - turn, 0))
    turns = bonds.have(starts, starts + turn) & (run[starts] == run[starts + turn])
    for first in (np.flatnonzero(turns[1:] & turns[:-1]) + 1).tolist():
        if free is None or free[first : first + turn].all():
            found[first : first + turn] = HELIX


def _bonded(atoms: np.ndarray, joined: np.ndarray, proline: np.ndarray) -> np.ndarray:
    """Pairs (m, 2) of residues: the oxygen of the first is bonded to the hydrogen of the second."""
    from scipy.spatial import cKDTree  # heavy; only here

    along = atoms[:-1, C] - atoms[:-1, O]
    hydrogen = np.full((len(atoms), 3), np.nan)
    with np.errstate(invalid="ignore"):
        hydrogen[1:] = atoms[1:, N] + along / np.maximum(norms(along), 1e-9)[:, None]
    hydrogen[1:][~joined] = np.nan
    hydrogen[proline] = np.nan
    known = np.flatnonzero(np.isfinite(atoms[:, CA]).all(axis=1))
    tree = cKDTree(atoms[known, CA])
    if tree.count_neighbors(tree, APART) > CROWDED * len(known):
        return np.zeros((0, 2), np.int64)
    near = known[tree.query_pairs(APART, output_type="ndarray")]
    pairs = np.concatenate([near, near[:, ::-1]])
    pairs = pairs[pairs[:, 0] + 1 != pairs[:, 1]]  # the peptide bond itself
    pieces = [pairs[start : start + _PIECE] for start in range(0, len(pairs), _PIECE)]
    return np.concatenate([pairs[:0], *(each[_energies(atoms, hydrogen, each) < BOND] for each in pieces)])


def _energies(atoms: np.ndarray, hydrogen: np.ndarray, pairs: np.ndarray) -> np.ndarray:
    """Energies (m,), kcal/mol, between the oxygen of the first and the hydrogen of the second of pairs of residues."""
    a, b = atoms[pairs[:, 0]], atoms[pairs[:, 1]]
    h = hydrogen[pairs[:, 1]]
    with np.errstate(invalid="ignore", divide="ignore"):
        return STRENGTH * np.asarray(
            1 / norms(a[:, O] - b[:, N])
            + 1 / norms(a[:, C] - h)
            - 1 / norms(a[:, O] - h)
            - 1 / norms(a[:, C] - b[:, N])
        )


class _Bonds:
    """Hydrogen bonds that are looked up by pairs of residues."""

    def __init__(self, pairs: np.ndarray, count: int):
        self.pairs = pairs
        self._width = count + 16
        self._keys = np.sort(self._key(pairs[:, 0], pairs[:, 1]))

    def _key(self, a: np.ndarray, b: np.ndarray) -> np.ndarray:
        return np.asarray((a + 8) * self._width + b + 8)

    def have(self, a: np.ndarray, b: np.ndarray) -> np.ndarray:
        """Whether the oxygen of each residue a is bonded to the hydrogen of b."""
        return np.asarray(np.isin(self._key(a, b), self._keys))


def _strands(bonds: _Bonds, run: np.ndarray) -> np.ndarray:
    """Residues (r,) bool in ladders of at least two bridges."""
    a, b = bonds.pairs.T
    strand = np.zeros(len(run), bool)
    parallel = bonds.have(b, a + 2)
    anti, across = bonds.have(b, a), bonds.have(b - 2, a + 2)
    for ends, way in (
        ([(a[parallel] + 1, b[parallel])], 1),
        ([(a[anti], b[anti]), (a[across] + 1, b[across] - 1)], -1),
    ):
        i, j = (np.concatenate(each) for each in zip(*ends, strict=True))
        i, j = np.minimum(i, j), np.maximum(i, j)
        last = len(run) - 1
        inside = (i >= 1) & (j < last) & (j - i >= 3)
        i, j = i[inside], j[inside]
        whole = (run[i - 1] == run[i + 1]) & (run[j - 1] == run[j + 1])
        _fill(strand, i[whole], j[whole], way, run)
    return strand


def _fill(strand: np.ndarray, i: np.ndarray, j: np.ndarray, way: int, run: np.ndarray) -> None:
    """Makes residues between bridges (i, j) of one ladder strands: neighbours, or with a bulge between them."""
    width = len(run) + 16
    keys = np.unique(i * width + j)
    i, j = keys // width, keys % width
    for step, other in _NEIGHBOURS:
        there = np.isin((i + step) * width + j + way * other, keys)
        for first, second in zip(i[there].tolist(), j[there].tolist(), strict=True):
            ends = sorted((second, second + way * other))
            if run[first] == run[first + step] and run[ends[0]] == run[ends[1]]:
                strand[first : first + step + 1] = True
                strand[ends[0] : ends[1] + 1] = True


def _from_trace(place: np.ndarray, chain: np.ndarray) -> np.ndarray:
    """Secondary structure (r,) from CA atoms (r, 3)."""
    count = len(place)
    joined = (chain[1:] == chain[:-1]) & (norms(np.diff(place, axis=0)) <= STEP)
    run = np.concatenate([[0], np.cumsum(~joined)])

    def apart(steps: int) -> np.ndarray:
        found = np.full(count, np.nan)
        if count > steps:
            same = run[steps:] == run[:-steps]
            found[:-steps] = np.where(same, norms(place[steps:] - place[:-steps]), np.nan)
        return found

    two, three, four = apart(2), apart(3), apart(4)
    found = np.full(count, COIL, np.int64)
    turns = (np.abs(three - 5.3) < 0.6) & (np.abs(four - 6.4) < 0.8)
    straight = (np.abs(two - 6.7) < 0.7) & (np.abs(three - 9.9) < 1.0) & (np.abs(four - 12.4) < 1.3)
    straight[1:] &= straight[:-1]  # a strand goes on
    for fits, code in ((straight, STRAND), (turns, HELIX)):
        for first in np.flatnonzero(fits).tolist():
            found[first : first + (5 if code == HELIX else 4)] = code
    return found
