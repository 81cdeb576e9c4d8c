"""Roles of atoms in chains, and kinds of residues, from the names that files give."""

from __future__ import annotations

import numpy as np

from moviemaker.core.molecules.residues import BASE, BASES, C1, CA, O5, OTHER, RESIDUES, WATER, C, N, O, P

_ROLES = {
    "N": N,
    "CA": CA,
    "C": C,
    "O": O,
    "OT1": O,
    "O1": O,
    "OC1": O,
    "OTA": O,
    "P": P,
    "O5'": O5,
    "O5*": O5,
    "C1'": C1,
    "C1*": C1,
}
_SAME = {
    **dict.fromkeys(("HSD", "HSE", "HSP", "HID", "HIE", "HIP", "HISA", "HISB", "HISH"), "HIS"),
    **dict.fromkeys(("CYX", "CYM", "CYS2", "CYSH"), "CYS"),
    "MSE": "MET",
    "ASH": "ASP",
    "ASPH": "ASP",
    "GLH": "GLU",
    "GLUH": "GLU",
    "LYN": "LYS",
    "LYSH": "LYS",
    **dict.fromkeys(("WAT", "SOL", "TIP", "TIP3", "TIP3P", "TIP4", "SPC", "H2O", "W"), WATER),
    **{f"{prefix}{base}{end}": base for prefix in ("D", "R") for base in BASES for end in ("", "3", "5")},
    "ADE": "A",
    "CYT": "C",
    "GUA": "G",
    "THY": "T",
    "URA": "U",
}
_NOT_CHAINS = ("CA", "CAL", "CA2", "CA2+", WATER)
"""Residues whose atoms bear names of a backbone without being one: calcium and water."""


def codes_of(names: np.ndarray, residues: np.ndarray) -> dict[str, np.ndarray]:
    """Fields of atoms from names (n,) of atoms and of their residues.

    Returns:
        `backbone` and `residue` (n,) int64, see `core.molecules.residues`; nothing if no atom is part of a chain.
    """
    if not len(names):
        return {}
    known, of_atom = np.unique(np.char.upper(np.asarray(residues).astype("U8")), return_inverse=True)
    usual = [_SAME.get(word, word) for word in known.tolist()]
    kinds = np.array([RESIDUES.index(word) if word in RESIDUES else 0 for word in usual], np.int64)[of_atom]
    alone = np.isin(np.array(usual), _NOT_CHAINS)[of_atom]
    words, of_name = np.unique(np.char.upper(np.asarray(names).astype("U8")), return_inverse=True)
    backbone = np.array([_ROLES.get(word, OTHER) for word in words.tolist()], np.int64)[of_name]
    for name, bases in (("N1", "AG"), ("N3", "CTU")):
        tips = np.isin(kinds, [RESIDUES.index(base) for base in bases])
        backbone[tips & (np.array(words)[of_name] == name)] = BASE
    backbone[alone] = OTHER
    if not np.isin(backbone, (CA, P, C1)).any():
        return {}
    return {"backbone": backbone, "residue": kinds}
