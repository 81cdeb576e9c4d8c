"""Usual colours of chains, residues, elements and secondary structure, by their codes in fields."""

from __future__ import annotations

import numpy as np

from moviemaker.core.molecules.elements import COLORS, SYMBOLS, UNKNOWN_COLOR
from moviemaker.core.molecules.residues import RESIDUES

_CHAINS = (
    "c0d0ff b0ffb0 ffc0c8 ffff80 ffc0ff b0f0f0 ffd070 f08080 f5deb3 00bfff cd5c5c 66cdaa 9acd32 ee82ee 00ced1 00ff7f "
    "3cb371 00008b bdb76b 006400 800000 808000 800080 008080 b8860b b22222"
)
"""Colours of chains as Jmol shows them, from A to Z."""

_RESIDUES = {
    "e60a0a": "ASP GLU",
    "e6e600": "CYS MET",
    "145aff": "LYS ARG",
    "fa9600": "SER THR",
    "3232aa": "PHE TYR",
    "00dcdc": "ASN GLN",
    "ebebeb": "GLY",
    "0f820f": "LEU VAL ILE",
    "c8c8c8": "ALA",
    "b45ab4": "TRP",
    "8282d2": "HIS",
    "dc9682": "PRO",
    "a0a0ff": "A",
    "ff8c4b": "C",
    "ff7070": "G",
    "a0ffa0": "T",
    "ff8080": "U",
    "8fcdeb": "HOH",
}
"""Colours of residues as RasMol's scheme `amino` and Jmol show them."""

_OTHER_RESIDUE = "bea06e"
_STRUCTURE = "d9dde3 e0427f f5c13a"
"""Coil light, helices magenta and strands yellow, as RasMol and Jmol show them, less glaring."""


def _table(hexadecimal: list[str]) -> np.ndarray:
    table = np.array([list(bytes.fromhex(word)) for word in hexadecimal], np.uint8)
    table.flags.writeable = False
    return table


def _of_residues() -> list[str]:
    known = {name: color for color, names in _RESIDUES.items() for name in names.split()}
    return [known.get(name, _OTHER_RESIDUE) for name in RESIDUES]


CATEGORIES = {
    "chain": _table(_CHAINS.split()),
    "residue": _table(_of_residues()),
    "element": _table([COLORS.get(symbol, UNKNOWN_COLOR) for symbol in SYMBOLS]),
    "secondary_structure": _table(_STRUCTURE.split()),
    "dssp": _table(_STRUCTURE.split()),
}
"""Colours (k, 3) uint8, sRGB, of the values of fields that are codes; after the last colour they begin again."""
