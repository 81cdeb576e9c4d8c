"""Colours and van der Waals radii of the elements."""

from __future__ import annotations

import re

import numpy as np

from moviemaker.core.molecules.elements import COLORS, SYMBOLS, UNKNOWN_COLOR

UNKNOWN_RADIUS = 1.7  # carbon's

_RADII = dict(
    re.findall(
        r"(\w+):([\d.]+)",
        "H:1.10 He:1.40 Li:1.82 Be:1.53 B:1.92 C:1.70 N:1.55 O:1.52 F:1.47 Ne:1.54 Na:2.27 Mg:1.73 Al:1.84 Si:2.10 "
        "P:1.80 S:1.80 Cl:1.75 Ar:1.88 K:2.75 Ca:2.31 Ni:1.63 Cu:1.40 Zn:1.39 Ga:1.87 Ge:2.11 As:1.85 Se:1.90 Br:1.83 "
        "Kr:2.02 Rb:3.03 Sr:2.49 Pd:1.63 Ag:1.72 Cd:1.58 In:1.93 Sn:2.17 Sb:2.06 Te:2.06 I:1.98 Xe:2.16 Cs:3.43 "
        "Ba:2.68 Pt:1.75 Au:1.66 Hg:1.55 Tl:1.96 Pb:2.02 Bi:2.07 Po:1.97 At:2.02 Rn:2.20 Fr:3.48 Ra:2.83 U:1.86",
    )
)
"""Van der Waals radii, angstrom: M. Mantina et al., J. Phys. Chem. A 113, 5806 (2009), after those of A. Bondi."""


def by_element(symbols: np.ndarray, angstrom: float = 1.0) -> dict[str, np.ndarray]:
    """Fields of atoms from their elements.

    Args:
        symbols: (n,), such as `Fe`. An unknown symbol gets number 0, pink, and the radius of carbon.
        angstrom: length of one angstrom in the unit of the positions.

    Returns:
        `atomic_number` and `element` (n,), which are the same, `radius` and `diameter` (n,), and `cpk` (n, 3) uint8.
    """
    numbers = {symbol: number for number, symbol in enumerate(SYMBOLS)}
    known, of_atom = np.unique(symbols, return_inverse=True)
    radii = [float(_RADII.get(symbol, UNKNOWN_RADIUS)) * angstrom for symbol in known.tolist()]
    colors = [list(bytes.fromhex(COLORS.get(symbol, UNKNOWN_COLOR))) for symbol in known.tolist()]
    radius = np.array(radii, np.float32)[of_atom]
    number = np.array([numbers.get(symbol, 0) for symbol in known.tolist()], np.int64)[of_atom]
    return {
        "atomic_number": number,
        "element": number,
        "radius": radius,
        "diameter": 2 * radius,
        "cpk": np.array(colors, np.uint8)[of_atom],
    }
