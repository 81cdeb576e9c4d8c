"""Elements of atoms from what files write in their place: symbols, numbers, or names such as `CA` and `HB1`."""

from __future__ import annotations

import re
from collections.abc import Callable

import numpy as np

from moviemaker.core.molecules.elements import SYMBOLS

_KNOWN: dict[str, str] = {symbol.upper(): symbol for symbol in SYMBOLS}
_LONG = {"CL", "BR", "FE", "ZN", "MG", "MN", "CU", "SE", "LI", "RB", "CS", "AL"}
"""Elements of two letters that the names of atoms begin with; CA, CD, CE, HG, NA and others are mostly C, H and N."""
_SHORT = set("HCNOSPFIK")
_ALIASES = {
    "D": "H",
    "T": "H",
    "SOD": "Na",
    "POT": "K",
    "CLA": "Cl",
    "CAL": "Ca",
    "CES": "Cs",
    "LIT": "Li",
    "ZIN": "Zn",
}


def symbols_of(words: np.ndarray) -> tuple[np.ndarray, bool]:
    """Symbols (n,) of the first column of an XYZ file, and whether some follow from a name only.

    A symbol may be followed by anything that is not a letter, such as a charge. Other words are taken for names.
    """
    guessed = False

    def one(word: str) -> str:
        nonlocal guessed
        letters = re.match(r"[A-Za-z]*", word)[0].upper()  # type: ignore[index]
        if letters in _KNOWN or letters == "D":
            return _KNOWN.get(letters, "H")
        guessed = True
        return from_name(word, "")

    return _each(one, words), guessed


def of_numbers(numbers: np.ndarray) -> np.ndarray:
    """Symbols (n,) of atomic numbers."""
    known = np.array(SYMBOLS)
    return np.asarray(known[np.where((numbers > 0) & (numbers < len(known)), numbers, 0).astype(int)])


def from_names(names: np.ndarray, residues: np.ndarray) -> np.ndarray:
    """Symbols (n,) that follow from the names of atoms and of their residues; X where none does."""
    pairs = np.char.add(np.char.add(names.astype("U16"), "/"), residues.astype("U16"))
    return _each(lambda pair: from_name(*pair.split("/", 1)), pairs)


def from_name(name: str, residue: str) -> str:
    """The symbol that follows from the name of an atom and of its residue; X: none.

    >>> from_name("CA", "ALA"), from_name("CA", "CA"), from_name("1HB", "ALA"), from_name("CLA", "CLA")
    ('C', 'Ca', 'H', 'Cl')
    """
    letters = re.sub(r"[^A-Z]", "", name.upper())
    alone = re.sub(r"[^A-Z]", "", residue.upper())
    if letters in _ALIASES:
        return _ALIASES[letters]
    if letters and letters == alone and letters in _KNOWN:
        return _KNOWN[letters]
    if letters[:2] in _LONG:
        return _KNOWN[letters[:2]]
    return letters[:1] if letters[:1] in _SHORT else "X"


def _each(one: Callable[[str], str], words: np.ndarray) -> np.ndarray:
    """A function of each word (n,), called once for each different one."""
    if not len(words):
        return np.zeros(0, "U2")
    known, of_word = np.unique(words, return_inverse=True)
    return np.array([one(str(word)) for word in known])[of_word]
