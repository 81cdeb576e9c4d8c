"""Calls of MDAnalysis, which warns of much, raises any exception, and holds one frame at a time."""

from __future__ import annotations

import sys
import threading
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

import numpy as np

from moviemaker.core.errors import InputError
from moviemaker.data.formats.contents import Structure
from moviemaker.data.formats.extras import extra
from moviemaker.data.molecular.residues import codes_of

if TYPE_CHECKING:
    import MDAnalysis

T = TypeVar("T")

ALONE = threading.RLock()
"""Only one thread at a time: a trajectory holds one frame, and warnings are switched off for the whole process."""

_FIELDS = {
    "masses": "mass",
    "charges": "charge",
    "resids": "resid",
    "segindices": "chain",
    "tempfactors": "bfactor",
    "occupancies": "occupancy",
}


@contextmanager
def quiet() -> Iterator[None]:
    """Silences MDAnalysis, which warns about everything that a file lacks, and when broken readers are deleted."""
    with ALONE, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        hook, sys.unraisablehook = sys.unraisablehook, lambda _: None
        try:
            yield
        finally:
            sys.unraisablehook = hook


def tried(do: Callable[[], T]) -> tuple[T | None, str]:
    """The result of a call of MDAnalysis and "", or None and the reason of a failure. Parsers raise any exception."""
    with quiet():
        try:
            return do(), ""
        except Exception as error:
            reason = str(error).strip() or type(error).__name__
        return None, reason  # outside of `except`, where the error and the broken reader have been freed


def result(do: Callable[[], T]) -> T:
    """The result of a call of MDAnalysis.

    Raises:
        ValueError: the call fails.
    """
    found, reason = tried(do)
    if found is None:
        raise ValueError(reason)
    return found


def needed_for(path: Path) -> None:
    """Imports MDAnalysis.

    Raises:
        InputError: at `file`: it is not installed.
    """
    with quiet():
        extra(path, "MDAnalysis", "MDAnalysis", "md")


def open_topology(topology: Path) -> MDAnalysis.Universe:
    """The atoms that a topology names; nothing that it does not say is guessed but the elements.

    Raises:
        InputError: at `topology`: it cannot be read.
    """
    import MDAnalysis

    universe, reason = tried(lambda: MDAnalysis.Universe(str(topology), to_guess=()))
    if universe is None:
        what = f"the topology {topology.name!r} cannot be read: {first_line(reason)}"
        raise InputError(what, "write a file that names the atoms, such as .psf, .gro or .pdb", ("topology",))
    return universe


def guess_elements(universe: MDAnalysis.Universe) -> bool:
    """Guesses elements where the files do not say them; whether any was guessed."""
    said = np.asarray(getattr(universe.atoms, "elements", ()), str)
    tried(lambda: universe.guess_TopologyAttrs(to_guess=["elements"]))
    now = np.asarray(getattr(universe.atoms, "elements", ()), str)
    return len(now) > 0 and bool(np.char.str_len(now).any()) and not np.array_equal(said, now)


def selected(universe: MDAnalysis.Universe, structure: Structure, may_be_none: bool = False) -> MDAnalysis.AtomGroup:
    """The atoms that a scene selects.

    Args:
        universe: the atoms.
        structure: has the selection.
        may_be_none: whether it is right that none is selected.

    Raises:
        InputError: at `atoms`: it cannot be parsed, or selects nothing.
    """
    atoms, reason = tried(lambda: universe.select_atoms(structure.atoms))
    if reason and structure.topology is None and not hasattr(universe.atoms, "names"):
        what = f"the atoms have no names: {first_line(reason)}"
        raise InputError(what, "write topology: and a file that names them, such as .psf, .gro or .pdb", ("atoms",))
    if reason:
        what = f"{structure.atoms!r} selects nothing: {first_line(reason)}"
        right = "write it as MDAnalysis does: protein and name CA, resid 1:50, not element H"
        raise InputError(what, right, ("atoms",))
    if atoms is None or (not len(atoms) and not may_be_none):
        what = f"{structure.atoms!r} selects none of the {len(universe.atoms)} atoms"
        raise InputError(what, "select at least one", ("atoms",))
    return atoms


def first_line(reason: str) -> str:
    """The first line of a message, as a part of a sentence."""
    return reason.split("\n")[0].rstrip(".")[:160]


def fields_of(atoms: MDAnalysis.AtomGroup) -> dict[str, np.ndarray]:
    """Numeric properties of the atoms that their files say."""
    found = {}
    for theirs, ours in _FIELDS.items():
        values = np.asarray(getattr(atoms, theirs, ()))
        # Columns of zeros were left empty by the writer of the file.
        filled = _has_chains(atoms) if ours == "chain" else values.any()  # a molecule of one chain has chain 0
        if len(values) and values.dtype.kind in "iuf" and np.isfinite(values).all() and filled:
            found[ours] = values.astype(np.float32) if values.dtype.kind == "f" else values
    types = np.asarray(getattr(atoms, "types", ()), str)
    if len(types) and np.char.isdecimal(types).all():
        found["type"] = types.astype(np.int64)
    names, residues = (np.asarray(getattr(atoms, name, ()), str) for name in ("names", "resnames"))
    return found | (codes_of(names, residues) if len(names) == len(residues) else {})


def _has_chains(atoms: MDAnalysis.AtomGroup) -> bool:
    """Whether a file names chains or segments; MDAnalysis calls a single one SYSTEM otherwise."""
    return bool({*np.asarray(getattr(atoms, "segids", ()), str).tolist()} - {"", "SYSTEM"})


def elements_of(atoms: MDAnalysis.AtomGroup) -> np.ndarray | None:
    """Symbols of the elements (n,); None: unknown."""
    elements = np.asarray(getattr(atoms, "elements", ()), str)
    known = len(elements) and np.char.str_len(elements).any()
    return np.char.capitalize(elements) if known else None


def bonds_of(atoms: MDAnalysis.AtomGroup) -> np.ndarray | None:
    """Bonds that a topology gives, as pairs (m, 2) of numbers among these atoms; None: it gives none."""
    found, _ = tried(lambda: np.asarray(atoms.universe.bonds.to_indices()))
    if found is None or not len(found):
        return None
    place = np.full(len(atoms.universe.atoms), -1)
    place[atoms.indices] = np.arange(len(atoms))
    pairs: np.ndarray = place[found]
    inside: np.ndarray = pairs[(pairs >= 0).all(axis=1)]
    return inside
