"""Symbols and usual colours of the elements."""

from __future__ import annotations

import re

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

COLORS = dict(
    re.findall(
        r"(\w+):(\w+)",
        "H:ffffff He:d9ffff Li:cc80ff B:ffb5b5 C:909090 N:3050f8 O:ff0d0d F:90e050 Ne:b3e3f5 Na:ab5cf2 "
        "Mg:8aff00 Al:bfa6a6 Si:f0c8a0 P:ff8000 S:ffff30 Cl:1ff01f Ar:80d1e3 K:8f40d4 Ca:3dff00 "
        "Ti:bfc2c7 Cr:8a99c7 Mn:9c7ac7 Fe:e06633 Co:f090a0 Ni:50d050 Cu:c88033 Zn:7d80b0 Se:ffa100 "
        "Br:a62929 Ag:c0c0c0 I:940094 Pt:d0d0e0 Au:ffd123",
    )
)
"""Colours of elements as Jmol shows them, after Corey, Pauling and Koltun's models."""
