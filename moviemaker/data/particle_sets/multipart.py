"""Snapshots of N-body codes: spread over several files, with a group for each type of particle."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from moviemaker.core.errors import InputError, nearest, suggest
from moviemaker.data.columns.roles import POSITION_COLUMNS, POSITION_NAMES, Names, vectors
from moviemaker.data.files.find import open_file
from moviemaker.data.formats.contents import Contents, Stored

_PART = re.compile(r"(.+)\.(\d+)\.(hdf5|h5)")


def whole_snapshots(paths: tuple[Path, ...]) -> tuple[tuple[Path, ...], ...]:
    """The files of each snapshot: all of `snap_000.0.hdf5`, `snap_000.1.hdf5` ... of which at least one is named.

    `NumFilesPerSnapshot` in the header of the first file says whether files with such names belong together.

    Raises:
        InputError: at `file`: a part is missing.
    """
    if not _PART.fullmatch(paths[0].name):
        return tuple((path,) for path in paths)
    count = int(np.ravel(open_file(paths[0]).header.get("NumFilesPerSnapshot", 1))[0])
    if count < 2:
        return tuple((path,) for path in paths)
    found: dict[Path, tuple[Path, ...]] = {}
    for path in paths:
        match = _PART.fullmatch(path.name)
        if match is None:
            found[path] = (path,)
            continue
        parts = tuple(path.with_name(f"{match[1]}.{part}.{match[3]}") for part in range(count))
        found[path.with_name(match[1])] = parts
        missing = next((part for part in parts if not part.is_file()), None)
        if missing is not None:
            what = f"{path.name!r} is one of {count} parts of a snapshot, and {missing.name!r} is missing"
            raise InputError(what, "put all of them into the same folder", ("file",))
    return tuple(found.values())


def joined(parts: Sequence[Contents]) -> Contents:
    """The contents of the parts of a snapshot as one file; a part need not hold every type of particle."""
    if len(parts) == 1:
        return parts[0]
    groups: dict[str, dict[str, Stored]] = {}
    for name in dict.fromkeys(name for part in parts for name in part.groups):
        groups[name] = _joined([part.groups[name] for part in parts if name in part.groups])
    first = parts[0]
    arrays = _joined([part.arrays for part in parts])
    return replace(first, arrays=arrays, origin=None, spacing=None, direction=None, groups=groups)


def _joined(parts: Sequence[Mapping[str, Stored]]) -> dict[str, Stored]:
    names = dict.fromkeys(name for part in parts for name in part)
    return {name: _concatenated([part[name] for part in parts if name in part]) for name in names}


def _concatenated(pieces: list[Stored]) -> Stored:
    first = pieces[0]
    if not first.shape or any(piece.shape[1:] != first.shape[1:] for piece in pieces):
        return first

    def read(index: int | None) -> np.ndarray:
        whole = np.concatenate([piece.read(None) for piece in pieces])
        return whole if index is None else whole[index]

    return Stored((sum(piece.shape[0] for piece in pieces), *first.shape[1:]), first.dtype, read)


class NoSuchGroupError(InputError):
    """A file lacks the group that the scene names."""


TYPES = ("gas", "dark matter", "disk, or other dark matter", "bulge, or other particles", "stars", "black holes")
"""What the particles of `PartType0` ... usually are. The types 2 and 3 differ between codes."""


def group_summary(contents: Contents, group: str) -> str:
    """A group of particles, with what they usually are and their number: `PartType4 (stars): 1000`."""
    return f"{titled(group)}: {_count(contents, group)}"


def titled(group: str) -> str:
    """The name of a group, with what its particles usually are: `PartType4 (stars)`."""
    found = re.fullmatch(r"PartType(\d)", group)
    return f"{group} ({TYPES[int(found[1])]})" if found and int(found[1]) < len(TYPES) else group


def groups_of_series(paths: tuple[Path, ...]) -> dict[str, tuple[int, int]]:
    """The groups of particles in the first and the last snapshot, each with its numbers of particles in both.

    Raises:
        InputError: at `file`: one of these cannot be read.
    """
    snapshots = whole_snapshots(paths)
    both = [joined([open_file(part) for part in snapshots[index]]) for index in dict.fromkeys([0, len(snapshots) - 1])]
    names = sorted({name for contents in both for name in groups_of_particles(contents)})
    counts = {name: [_count(contents, name) if name in contents.groups else 0 for contents in both] for name in names}
    return {name: (found[0], found[-1]) for name, found in counts.items() if any(found)}


def _count(contents: Contents, group: str) -> int:
    position = vectors(contents.groups[group], None, POSITION_NAMES, POSITION_COLUMNS, "position", Path())
    return 0 if position is None else position[1].shape[-2]


def arrays_of_group(contents: Contents, group: str | None, names: Names, path: Path) -> Mapping[str, Stored]:
    """The arrays that hold the particles: those of the named group, or of the only group that has positions.

    Raises:
        InputError: at `group`: no such group, or several of them hold particles and none is named.
    """
    if group is not None:
        if group not in contents.groups:
            raise _no_group(contents, group, path)
        return contents.groups[group]
    if names.position is not None:
        return contents.arrays
    holders = groups_of_particles(contents)
    if len(holders) > 1:
        shown = ", ".join(group_summary(contents, holder) for holder in holders)
        what = f"several groups of {path.name!r} hold particles: {shown}"
        raise InputError(what, f"write group: {holders[0]}, or another of them", ("group",))
    return contents.groups[holders[0]] if holders else contents.arrays


def box_of_group(contents: Contents, group: str | None) -> Stored | None:
    """Vectors of the periodic box of a group, or of the file; None: it has none."""
    own = contents.boxes.get(group) if group is not None else None
    return contents.box if own is None else own


def _no_group(contents: Contents, group: str, path: Path) -> InputError:
    """The error for a group that a file lacks; a `NoSuchGroupError` if its particles may be born later."""
    what = f"no such group {group!r} in {path.name!r}"
    numbered = re.fullmatch(r"PartType(\d)", group)
    counts = np.ravel(contents.header.get("NumPart_ThisFile", 0))
    if numbered and int(numbered[1]) < len(counts) and counts[int(numbered[1])] > 0:
        number = counts[int(numbered[1])]
        lost = f"{path.name!r} lacks the group {group!r}, in which its header counts {number} particles"
        return InputError(lost, "check whether it was written to its end", ("file",))
    holders = groups_of_particles(contents)
    if holders:
        shown = f"groups are {', '.join(group_summary(contents, holder) for holder in holders)}"
        near = nearest(group, holders)
        return NoSuchGroupError(what, f"did you mean {near!r}? The {shown}" if near else f"the {shown}", ("group",))
    right = suggest(group, contents.groups, "group") if contents.groups else "leave out group"
    return NoSuchGroupError(what, right, ("group",))


def groups_of_particles(contents: Contents) -> tuple[str, ...]:
    """Names of the groups that have positions of their own."""
    found: dict[str, Stored] = {}
    for name, arrays in contents.groups.items():
        position = vectors(arrays, None, POSITION_NAMES, POSITION_COLUMNS, "position", Path())
        if position is not None and all(part in arrays for part in position[0]):
            found[name] = arrays[next(iter(position[0]))]
    return tuple(found) if len({id(stored) for stored in found.values()}) == len(found) else ()
