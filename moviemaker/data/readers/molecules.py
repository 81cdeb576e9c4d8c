"""Molecules: structures and trajectories of simulations, read by MDAnalysis, which gives angstrom and picoseconds.

A frame is read when it is needed. The time of a LAMMPS dump is the number of the step, and of formats without times
(PDB, XYZ) the number of the frame. Fields, if the file or its topology has them: `mass` (dalton), `charge`
(elementary charges), `resid`, `chain` (number of the segment), `type`, `bfactor`, `occupancy`; and from the element
`atomic_number`, `radius` and `diameter` (van der Waals, angstrom) and `cpk` (the usual colours of the elements). `id`
is the index of the atom, from 0. `velocity` is in angstrom per picosecond.
"""

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
from moviemaker.data.formats.contents import Contents, Stored, Structure, in_memory
from moviemaker.data.formats.elements import by_element
from moviemaker.data.formats.extras import extra

if TYPE_CHECKING:
    import MDAnalysis

T = TypeVar("T")

_SINGLE = (".pdb", ".ent", ".pqr", ".pdbqt", ".gro", ".xyz", ".mol2", ".crd")
_DUMPS = (".lammpstrj", ".lammpsdump", ".dump")
_TIMED = (".dcd", ".xtc", ".trr", ".ncdf", ".h5md", *_DUMPS)
_TOPOLOGIES = (".psf", ".tpr", ".prmtop", ".parm7")

SUFFIXES = (*_SINGLE, *_TIMED, *_TOPOLOGIES)
COMPRESSIBLE = (".pdb", ".gro", ".xyz")

_FIELDS = {
    "masses": "mass",
    "charges": "charge",
    "resids": "resid",
    "segindices": "chain",
    "tempfactors": "bfactor",
    "occupancies": "occupancy",
}


def open_file(path: Path, structure: Structure | None = None) -> Contents:
    """The atoms of a file. Only the topology and the first and last times have been read.

    Args:
        path: structure or trajectory.
        structure: topology and selection of atoms of the scene.

    Raises:
        InputError: MDAnalysis is not installed; at `topology` or `atoms`: they do not fit the file.
        ValueError: the file cannot be read.
    """
    structure = structure or Structure()
    if path.suffix.lower() in _TOPOLOGIES:
        right = f"write topology: {path.name} and the trajectory that belongs to it as file"
        raise InputError(f"{path.name!r} names atoms and has no positions", right, ("file",))
    if path.suffix.lower() == ".xz":
        raise InputError(
            f"{path.name!r} cannot be read while it is compressed by xz", "unpack it, or use gz or bz2", ("file",)
        )
    with _quiet():
        extra(path, "MDAnalysis", "MDAnalysis", "md")
    universe = _universe(path, structure)
    _tried(lambda: universe.guess_TopologyAttrs(to_guess=["elements"]))  # for `not element H`
    atoms = universe.atoms if structure.atoms is None else _selected(universe, structure)
    return _contents(path, _Frames(universe.trajectory, atoms.indices), atoms, structure)


_ALONE = threading.RLock()
"""Only one thread at a time: a trajectory holds one frame, and warnings are switched off for the whole process."""


@contextmanager
def _quiet() -> Iterator[None]:
    """Silences MDAnalysis, which warns about everything that a file lacks, and when broken readers are deleted."""
    with _ALONE, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        hook, sys.unraisablehook = sys.unraisablehook, lambda _: None
        try:
            yield
        finally:
            sys.unraisablehook = hook


def _tried(do: Callable[[], T]) -> tuple[T | None, str]:
    """The result of a call of MDAnalysis and "", or None and the reason of a failure. Parsers raise any exception."""
    with _quiet():
        try:
            return do(), ""
        except Exception as error:
            reason = str(error).strip() or type(error).__name__
        return None, reason  # outside of `except`, where the error and the broken reader have been freed


def _result(do: Callable[[], T]) -> T:
    """The result of a call of MDAnalysis.

    Raises:
        ValueError: the call fails.
    """
    result, reason = _tried(do)
    if result is None:
        raise ValueError(reason)
    return result


def _universe(path: Path, structure: Structure) -> MDAnalysis.Universe:
    import MDAnalysis

    suffix = path.suffix.lower()
    kind = {"format": "LAMMPSDUMP"} if suffix in _DUMPS else {}
    if structure.topology is None:
        more = {"topology_format": "LAMMPSDUMP"} if suffix in _DUMPS else {}
        return _result(lambda: MDAnalysis.Universe(str(path), **kind, **more))
    universe, reason = _tried(lambda: MDAnalysis.Universe(str(structure.topology)))
    if universe is None:
        what = f"the topology {structure.topology.name!r} cannot be read: {_line(reason)}"
        raise InputError(what, "write a file that names the atoms, such as .psf, .gro or .pdb", ("topology",))
    count = len(universe.atoms)
    _, reason = _tried(lambda: universe.load_new(str(path), **kind))
    if "number of atoms" in reason or "n_atoms" in reason:
        what = f"{structure.topology.name!r} names {count} atoms, and {path.name!r} holds a different number"
        raise InputError(what, "write the topology that the trajectory was made with", ("topology",))
    if reason:
        raise ValueError(reason)
    return universe


def _selected(universe: MDAnalysis.Universe, structure: Structure) -> MDAnalysis.AtomGroup:
    atoms, reason = _tried(lambda: universe.select_atoms(structure.atoms))
    if reason and structure.topology is None and not hasattr(universe.atoms, "names"):
        what = f"the atoms have no names: {_line(reason)}"
        raise InputError(what, "write topology: and a file that names them, such as .psf, .gro or .pdb", ("atoms",))
    if reason:
        what = f"{structure.atoms!r} selects nothing: {_line(reason)}"
        raise InputError(
            what, "write it as MDAnalysis does: protein and name CA, resid 1:50, not element H", ("atoms",)
        )
    if atoms is None or not len(atoms):
        what = f"{structure.atoms!r} selects none of the {len(universe.atoms)} atoms"
        raise InputError(what, "select at least one", ("atoms",))
    return atoms


def _line(reason: str) -> str:
    return reason.split("\n")[0].rstrip(".")[:160]


class _Frames:
    """The frames of a trajectory. One of them is in memory."""

    def __init__(self, trajectory: MDAnalysis.coordinates.base.ReaderBase, indices: np.ndarray):
        self._trajectory = trajectory
        self._indices = indices
        self.steps = len(trajectory)
        self.count = len(indices)

    def frame(self, index: int) -> MDAnalysis.coordinates.base.Timestep:
        """A frame of MDAnalysis. It is valid until another frame is read, possibly by another thread."""

        def read() -> MDAnalysis.coordinates.base.Timestep:
            return self._trajectory.ts if self._trajectory.ts.frame == index else self._trajectory[index]

        return _result(read)

    def vectors(self, name: str, moves: bool) -> Stored:
        """Positions or velocities of the atoms in all frames, or in the only one."""

        def one(index: int) -> np.ndarray:
            with _ALONE:
                values: np.ndarray = np.asarray(getattr(self.frame(index), name))[self._indices]
            return values

        return self._stored(one, (self.count, 3), moves)

    def _stored(self, one: Callable[[int], np.ndarray], shape: tuple[int, ...], moves: bool) -> Stored:
        def read(index: int | None) -> np.ndarray:
            if not moves:
                return one(0) if index is None else one(0)[index]
            return np.stack([one(step) for step in range(self.steps)]) if index is None else one(index)

        return Stored((self.steps, *shape) if moves else shape, np.dtype(np.float32), read)

    def box(self, moves: bool) -> Stored:
        """Vectors of the cell as rows, in all frames or in the only one; NaN for a frame without a cell."""

        def one(index: int) -> np.ndarray:
            with _ALONE:
                vectors = self.frame(index).triclinic_dimensions
            return np.full((3, 3), np.nan, np.float32) if vectors is None else np.array(vectors, np.float32)

        return self._stored(one, (3, 3), moves)

    def times(self, steps: bool) -> np.ndarray:
        """Times of all frames. Evenly spaced times are recognized from at most four frames."""

        def time(index: int) -> float:
            frame = self.frame(index)
            return float(frame.data["step"]) if steps else float(frame.time)

        last = self.steps - 1
        first, end = time(0), time(last)
        even = np.linspace(first, end, self.steps)
        if all(abs(time(k) - even[k]) <= 1e-4 * abs(end - first) / max(last, 1) for k in {min(1, last), last // 2}):
            return even
        return np.array([time(index) for index in range(self.steps)])


def _contents(path: Path, frames: _Frames, atoms: MDAnalysis.AtomGroup, structure: Structure) -> Contents:
    if not frames.steps:
        raise ValueError("it holds no frame")
    suffix = path.suffix.lower()
    timed = suffix in _TIMED
    moves = timed or frames.steps > 1
    first = frames.frame(0)
    arrays = {"position": frames.vectors("positions", moves)}
    if first.has_velocities:
        arrays["velocity"] = frames.vectors("velocities", moves)
    if timed:
        arrays["time"] = in_memory(frames.times(steps=suffix in _DUMPS))
    arrays["id"] = in_memory(np.asarray(atoms.indices, np.int64))
    for name, values in _fields(atoms).items():
        arrays[name] = in_memory(values)
    files = () if structure.topology is None else (structure.topology,)
    return Contents(arrays, files=files, box=None if first.triclinic_dimensions is None else frames.box(moves))


def _fields(atoms: MDAnalysis.AtomGroup) -> dict[str, np.ndarray]:
    """Numeric properties of the atoms."""
    found = {}
    for theirs, ours in _FIELDS.items():
        values = np.asarray(getattr(atoms, theirs, ()))
        # Columns of zeros were left empty by the writer of the file.
        filled = values.any() or ours == "chain"  # a molecule of one chain has chain 0
        if len(values) and values.dtype.kind in "iuf" and np.isfinite(values).all() and filled:
            found[ours] = values.astype(np.float32) if values.dtype.kind == "f" else values
    types = np.asarray(getattr(atoms, "types", ()), str)
    if len(types) and np.char.isdecimal(types).all():
        found["type"] = types.astype(np.int64)
    return found | _by_element(atoms)


def _by_element(atoms: MDAnalysis.AtomGroup) -> dict[str, np.ndarray]:
    elements = np.asarray(getattr(atoms, "elements", ()), str)
    if not len(elements) or not np.char.str_len(elements).any():
        return {}
    return by_element(np.char.capitalize(elements))
