"""Molecules: structures and trajectories of simulations.

LAMMPS dumps, XYZ (plain and extended), GRO, PDB and H5MD are read by `data.molecular`, with the ids, boxes, columns and
numbers of atoms of every frame. MDAnalysis reads the binary formats and topologies, and knows the language of `atoms:`.
Lengths are angstrom and times picoseconds, except that LAMMPS dumps and XYZ stay in their own units. The time of a
LAMMPS dump is the number of the step unless it holds times, and of formats without times the number of the frame.

Fields are what the file and its topology have, such as `mass` (dalton), `charge` (elementary charges), `resid`, `chain`
(number of the chain or segment), `type`, `bfactor`, `occupancy`; and from the element `atomic_number`, `radius` and
`diameter` (van der Waals, angstrom), `element` and `cpk` (the usual colours of the elements). From the names of atoms
follow `backbone` (their role in a chain) and `residue` (its kind), as codes of `core.molecules.residues`, and with the
positions `secondary_structure` (of the file or the first frame) and `dssp` (of each frame). `id` is that of the file,
or the index of the atom, from 0. `velocity` is in angstrom per picosecond.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from moviemaker.core.errors import InputError
from moviemaker.data.formats.contents import Contents, Stored, Structure, in_memory
from moviemaker.data.formats.elements import by_element
from moviemaker.data.molecular import mdanalysis
from moviemaker.data.molecular.chains import with_structure
from moviemaker.data.probing.ways import Probe
from moviemaker.data.probing.whole import whole_probe

if TYPE_CHECKING:
    import MDAnalysis

    from moviemaker.data.molecular.frames import FrameFile

_OWN = (".lammpstrj", ".lammpsdump", ".dump", ".xyz", ".extxyz", ".gro", ".pdb", ".ent")
_SINGLE = (".pqr", ".pdbqt", ".mol2", ".crd")
TIMED = (".dcd", ".xtc", ".trr", ".ncdf")
"""Endings of trajectories, which name no atoms."""
_AMBER = ".nc"
"""Ending of NetCDF that AMBER's trajectories have as well as `.ncdf`."""

TOPOLOGIES = (".psf", ".tpr", ".prmtop", ".parm7")
"""Endings of files that name atoms and have no positions."""

SUFFIXES = (*_OWN, ".h5md", *_SINGLE, *TIMED, *TOPOLOGIES)
COMPRESSIBLE = _OWN


def first_look(path: Path) -> Probe | None:
    """How another process looks at a file first, if a compiled library reads it."""
    if path.suffix.lower() == ".h5md":
        return whole_probe(f"{__name__}:open_file", "HDF5", "h5py", ("h5py",))
    if path.suffix.lower() in (*TIMED, _AMBER):
        return whole_probe(f"{__name__}:open_file", "MDAnalysis", "MDAnalysis", ("MDAnalysis",))
    return None


def open_file(path: Path, structure: Structure | None = None) -> Contents:
    """The atoms of a file. No more has been read than where its frames lie, and the first of them.

    Args:
        path: structure or trajectory.
        structure: topology and selection of atoms of the scene.

    Raises:
        InputError: MDAnalysis is needed and not installed; at `topology` or `atoms`: they do not fit the file.
        ValueError: the file cannot be read.
    """
    suffixes = [suffix.lower() for suffix in path.suffixes[-2:]]
    suffix = next((suffix for suffix in reversed(suffixes) if suffix in SUFFIXES), suffixes[-1] if suffixes else "")
    if suffix in _OWN:
        from moviemaker.data.molecular.frames import contents_of

        return contents_of(_own_frames(path, suffix), path, structure)
    if suffix == ".h5md":
        return _open_h5md(path, structure)
    if suffix in TOPOLOGIES:
        right = f"write topology: {path.name} and the trajectory that belongs to it as file"
        raise InputError(f"{path.name!r} names atoms and has no positions", right, ("file",))
    return _open_trajectory(path, structure or Structure())


def _own_frames(path: Path, suffix: str) -> FrameFile:
    """The frames of a file of text. Its module is imported only now, so that `moviemaker check` starts fast."""
    match suffix:
        case ".gro":
            from moviemaker.data.molecular.gro import Gro

            return Gro(path)
        case ".pdb" | ".ent":
            from moviemaker.data.molecular.pdb import Pdb

            return Pdb(path)
        case ".xyz" | ".extxyz":
            from moviemaker.data.molecular.xyz import Xyz

            return Xyz(path)
        case _:
            from moviemaker.data.molecular.lammps import Dump

            return Dump(path)


def _open_h5md(path: Path, structure: Structure | None) -> Contents:
    """The only group of particles, or all of them as groups."""
    from moviemaker.data.molecular.frames import contents_of
    from moviemaker.data.molecular.h5md import Group, groups_in

    names = groups_in(path)
    parts = {name: contents_of(Group(path, name), path, structure) for name in names}
    groups = {name: part.arrays for name, part in parts.items()}
    boxes = {name: part.box for name, part in parts.items() if part.box is not None}
    first = parts[names[0]]
    if len(names) > 1:
        return Contents({}, files=first.files, groups=groups, boxes=boxes)
    return replace(first, groups=groups, boxes=boxes)


def _open_trajectory(path: Path, structure: Structure) -> Contents:
    """What MDAnalysis reads."""
    mdanalysis.needed_for(path)
    if path.suffix.lower() in (".xtc", ".trr"):
        from moviemaker.data.molecular.gromacs import check_frames

        check_frames(path)
    universe = _universe(path, structure)
    guessed = mdanalysis.guess_elements(universe)  # also for `not element H`
    atoms = universe.atoms if structure.atoms is None else mdanalysis.selected(universe, structure)
    return _contents(path, _Frames(universe.trajectory, atoms.indices), atoms, structure, guessed)


def _universe(path: Path, structure: Structure) -> MDAnalysis.Universe:
    import MDAnalysis

    if structure.topology is None:
        return mdanalysis.result(lambda: MDAnalysis.Universe(str(path), to_guess=()))
    universe = mdanalysis.open_topology(structure.topology)
    count = len(universe.atoms)
    _, reason = mdanalysis.tried(lambda: universe.load_new(str(path)))
    if "number of atoms" in reason or "n_atoms" in reason:
        what = f"{structure.topology.name!r} names {count} atoms, and {path.name!r} holds a different number"
        raise InputError(what, "write the topology that the trajectory was made with", ("topology",))
    if reason:
        raise ValueError(reason)
    return universe


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

        return mdanalysis.result(read)

    def vectors(self, name: str, moves: bool) -> Stored:
        """Positions or velocities of the atoms in all frames, or in the only one."""

        def one(index: int) -> np.ndarray:
            with mdanalysis.ALONE:
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
            with mdanalysis.ALONE:
                vectors = self.frame(index).triclinic_dimensions
            return np.full((3, 3), np.nan, np.float32) if vectors is None else np.array(vectors, np.float32)

        return self._stored(one, (3, 3), moves)

    def times(self) -> np.ndarray:
        """Times of all frames. Evenly spaced times are recognized from a few frames."""

        def time(index: int) -> float:
            return float(self.frame(index).time)

        last = self.steps - 1
        first, end = time(0), time(last)
        even = np.linspace(first, end, self.steps)
        probes = {min(1, last), *(last * k // _PROBES for k in range(1, _PROBES))}
        if all(abs(time(k) - even[k]) <= 1e-4 * abs(end - first) / max(last, 1) for k in sorted(probes)):
            return even
        return np.array([time(index) for index in range(self.steps)])


_PROBES = 16
"""Number of parts of a trajectory between which its times are looked at."""


def _contents(
    path: Path, frames: _Frames, atoms: MDAnalysis.AtomGroup, structure: Structure, guessed: bool
) -> Contents:
    if not frames.steps:
        raise ValueError("it holds no frame")
    timed = path.suffix.lower() in (*TIMED, _AMBER)
    moves = timed or frames.steps > 1
    first = frames.frame(0)
    arrays = {"position": frames.vectors("positions", moves)}
    if first.has_velocities:
        arrays["velocity"] = frames.vectors("velocities", moves)
    if timed:
        arrays["time"] = in_memory(frames.times())
    arrays["id"] = in_memory(np.asarray(atoms.indices, np.int64))
    for name, values in mdanalysis.fields_of(atoms).items():
        arrays[name] = in_memory(values)
    elements = mdanalysis.elements_of(atoms)
    for name, values in ({} if elements is None else by_element(elements)).items():
        arrays[name] = in_memory(values)
    return Contents(
        with_structure(arrays),
        files=() if structure.topology is None else (structure.topology,),
        box=frames.box(moves) if moves or first.triclinic_dimensions is not None else None,
        bonds=mdanalysis.bonds_of(atoms),
        facts=("elements: guessed from the names of the atoms",) if guessed and elements is not None else (),
    )
