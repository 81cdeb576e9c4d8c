"""Backbones of proteins of chosen angles, for tests of helices, strands and ribbons."""

from __future__ import annotations

import numpy as np

from moviemaker.core.molecules.residues import CA, C, N, O, Residues, residues_of

HELIX = [(-57, -47)] * 12
STRAND = [(-119, 131)] * 8
HAIRPIN = [*STRAND, (35, 54), (95, 1), *STRAND]
LOOP = [(-75, 130), (-65, -35), (-120, 20), (-110, 150)]


def _place(a, b, c, length, angle, torsion):
    angle, torsion = np.radians([angle, torsion])
    along = (c - b) / np.linalg.norm(c - b)
    normal = np.cross(b - a, along)
    normal /= np.linalg.norm(normal)
    aside = np.sin(angle) * (np.cos(torsion) * np.cross(normal, along) + np.sin(torsion) * normal)
    return c + length * (aside - np.cos(angle) * along)


def backbone(angles) -> np.ndarray:
    """Places (r, 4, 3), angstrom, of N, CA, C and O of residues with angles (phi, psi), degrees."""
    atoms = [np.array([0.0, 0, 0]), np.array([1.458, 0, 0]), np.array([2.0, 1.42, 0])]
    made = []
    for k, (_, psi) in enumerate(angles):
        phi = angles[k + 1][0] if k + 1 < len(angles) else -60
        for length, angle, torsion in ((1.329, 116.2, psi), (1.458, 121.7, 180), (1.525, 111, phi)):
            atoms.append(_place(*atoms[-3:], length, angle, torsion))
        carbon, nitrogen, alpha = atoms[-4:-1]
        made.append([*atoms[-6:-3], _place(alpha, nitrogen, carbon, 1.231, 123, 0)])
    return np.array(made)


def residues_in(count: int) -> Residues:
    """The residues of one chain of such a backbone."""
    return residues_of(np.tile([N, CA, C, O], count), np.repeat(np.arange(count), 4), None)


def turned(random: np.random.Generator) -> np.ndarray:
    """A random rotation (3, 3)."""
    q, r = np.linalg.qr(random.normal(size=(3, 3)))
    q = q * np.sign(np.diag(r))
    return q * np.linalg.det(q)


def pdb(atoms: np.ndarray, chains: str = "A", residue: str = "ALA", first: int = 1, records: str = "") -> str:
    """The text of a PDB file of backbones (r, 4, 3), shared out evenly over chains, after other records."""
    lines = [records] if records else []
    each = len(atoms) // len(chains)
    for k, group in enumerate(atoms):
        chain = chains[min(k // each, len(chains) - 1)]
        for name, (x, y, z) in zip(("N", "CA", "C", "O"), group, strict=True):
            place = f"{x:8.3f}{y:8.3f}{z:8.3f}{1:6.2f}{0:6.2f}{name[0]:>12}"
            lines.append(f"ATOM  {1:5} {name:^4} {residue} {chain}{k % each + first:4}    {place}")
    return "\n".join([*lines, "END", ""])
