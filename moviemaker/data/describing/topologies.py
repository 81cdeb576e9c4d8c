"""Trajectories, which name no atoms, and the files that do: each is looked for beside the other."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

from moviemaker.core.errors import InputError
from moviemaker.data.files.boundary import reading
from moviemaker.data.files.find import open_file
from moviemaker.data.formats.contents import Structure
from moviemaker.data.readers.molecules import TIMED, TOPOLOGIES

_WITH_POSITIONS = (".gro", ".pdb", ".ent", ".pqr", ".mol2", ".crd")
"""Endings of files that name atoms, and are a snapshot themselves."""
_TRIED = 4
"""Most files beside one that are tried."""


def names_atoms(path: Path) -> bool:
    """Whether a file names atoms and has no positions."""
    return path.suffix.lower() in TOPOLOGIES


def parted(paths: Sequence[Path]) -> tuple[Path | None, list[Path]]:
    """The file that names the atoms of trajectories, and the trajectories; None if they are not such a pair."""
    moving = [path for path in paths if path.suffix.lower() in TIMED]
    others = [path for path in paths if path.suffix.lower() not in TIMED]
    if moving and len(others) == 1 and others[0].suffix.lower() in (*TOPOLOGIES, *_WITH_POSITIONS):
        return others[0], moving
    return None, list(paths)


def trajectory_beside(topology: Path) -> Path:
    """The trajectory beside a file that names its atoms.

    Raises:
        InputError: at `file`: none lies there that fits.
    """
    found = _nearest(topology, TIMED)
    for path in found:
        if _fits(path, topology):
            return path
    names = ", ".join(path.name for path in found)
    there = f"of those beside it ({names}) none has as many" if found else f"none ({', '.join(TIMED)}) lies beside it"
    what = f"{topology.name!r} names atoms and has no positions; these are in a trajectory, and {there}"
    raise InputError(what, f"name its trajectory too: info {topology.name} TRAJECTORY", ("file",))


def topology_beside(path: Path) -> Path | None:
    """The file beside a trajectory that names its atoms; None: none does that is called like it."""
    if path.suffix.lower() not in TIMED:
        return None
    found = _nearest(path, (*TOPOLOGIES, *_WITH_POSITIONS))
    return next((each for each in found if _is_called_like(path, each) and _fits(path, each)), None)


def _nearest(path: Path, endings: Sequence[str]) -> list[Path]:
    """Files in the same folder with one of the endings, those with the most similar names first."""
    with reading(path):
        there = sorted(each for each in path.parent.iterdir() if each.suffix.lower() in endings and each.is_file())
    there.sort(key=lambda each: -_alike(path, each))
    return there[:_TRIED]


def _alike(one: Path, other: Path) -> int:
    """Number of letters in which the names of two files agree."""
    return len(os.path.commonprefix([one.stem.lower(), other.stem.lower()]))  # noqa: RUF071 - of letters


def _is_called_like(one: Path, other: Path) -> bool:
    return _alike(one, other) >= min(3, len(one.stem), len(other.stem))


def _fits(trajectory: Path, topology: Path) -> bool:
    """Whether a topology names as many atoms as a trajectory has."""
    try:
        open_file(trajectory, structure=Structure(topology, None))
    except InputError:
        return False
    return True
