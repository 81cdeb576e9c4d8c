"""Colours and van der Waals radii of the elements."""

from __future__ import annotations

import re

import numpy as np

UNKNOWN_RADIUS = 1.7  # carbon's
UNKNOWN_COLOR = "ff1493"

SYMBOLS = tuple(
    re.findall(
        r"\w+",
        "X H He Li Be B C N O F Ne Na Mg Al Si P S Cl Ar K Ca Sc Ti V Cr Mn Fe Co Ni Cu Zn Ga Ge As Se Br Kr Rb Sr Y "
        "Zr Nb Mo Tc Ru Rh Pd Ag Cd In Sn Sb Te I Xe Cs Ba La Ce Pr Nd Pm Sm Eu Gd Tb Dy Ho Er Tm Yb Lu Hf Ta W Re Os "
        "Ir Pt Au Hg Tl Pb Bi Po At Rn Fr Ra Ac Th Pa U Np Pu Am Cm Bk Cf Es Fm Md No Lr Rf Db Sg Bh Hs Mt Ds Rg Cn Nh "
        "Fl Mc Lv Ts Og",
    )
)
"""By atomic number; X stands for an unknown element."""

_COLORS = dict(
    re.findall(
        r"(\w+):(\w+)",
        "H:ffffff He:d9ffff Li:cc80ff B:ffb5b5 C:909090 N:3050f8 O:ff0d0d F:90e050 Ne:b3e3f5 Na:ab5cf2 "
        "Mg:8aff00 Al:bfa6a6 Si:f0c8a0 P:ff8000 S:ffff30 Cl:1ff01f Ar:80d1e3 K:8f40d4 Ca:3dff00 "
        "Ti:bfc2c7 Cr:8a99c7 Mn:9c7ac7 Fe:e06633 Co:f090a0 Ni:50d050 Cu:c88033 Zn:7d80b0 Se:ffa100 "
        "Br:a62929 Ag:c0c0c0 I:940094 Pt:d0d0e0 Au:ffd123",
    )
)
"""Colours of elements as Jmol shows them, after Corey, Pauling and Koltun's models."""

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
        `atomic_number` (n,), `radius` and `diameter` (n,), and `cpk` (n, 3) uint8.
    """
    numbers = {symbol: number for number, symbol in enumerate(SYMBOLS)}
    known, of_atom = np.unique(symbols, return_inverse=True)
    radii = [float(_RADII.get(symbol, UNKNOWN_RADIUS)) * angstrom for symbol in known.tolist()]
    colors = [list(bytes.fromhex(_COLORS.get(symbol, UNKNOWN_COLOR))) for symbol in known.tolist()]
    radius = np.array(radii, np.float32)[of_atom]
    return {
        "atomic_number": np.array([numbers.get(symbol, 0) for symbol in known.tolist()], np.int64)[of_atom],
        "radius": radius,
        "diameter": 2 * radius,
        "cpk": np.array(colors, np.uint8)[of_atom],
    }
