"""The files that a user asks about, under the names by which a scene in some folder names them."""

from __future__ import annotations

import glob
import os
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from moviemaker.core.errors import InputError
from moviemaker.core.machine.in_memory import is_in_memory
from moviemaker.core.machine.regular_files import check_regular
from moviemaker.data.describing.topologies import names_atoms, parted, topology_beside, trajectory_beside
from moviemaker.data.files.archives import archive_of, contents_in_words, is_archive, members
from moviemaker.data.files.choose_reader import suffix_of
from moviemaker.data.files.find import COLLECTIONS, find_files, only_member, readable_members
from moviemaker.data.files.matching import matching
from moviemaker.data.files.order import in_order
from moviemaker.data.formats.contents import Layout
from moviemaker.data.stores.stores import address_of, is_address, is_zarr

Named = str | tuple[str, ...]
"""The value of `file` in a scene."""


@dataclass(frozen=True)
class Asked:
    """Files that a user asks about.

    Attributes:
        file: as a scene names them: a path, a glob, an address, or a list of paths.
        folder: of that scene.
        path: the first of them, which stands for all.
        series: all of them, if they are several.
        layout: of raw files.
        topology: that names the atoms of a trajectory, as a scene names it.
        notes: about how they were chosen.
    """

    file: Named
    folder: Path
    path: Path
    series: tuple[Path, ...] = ()
    layout: Layout | None = None
    topology: str | None = None
    notes: tuple[str, ...] = ()


def asked_for(paths: Sequence[Path], folder: Path | None = None, layout: Layout | None = None) -> Asked:
    """The files behind paths that a user has typed, or that a shell has made of a glob.

    Args:
        paths: one or several files or folders, a glob, or an address.
        folder: of the scene in which they are named (default: that of the first file).
        layout: of raw files.

    Raises:
        InputError: one is a pipe or a device, none matches, or they have different formats.
    """
    first = paths[0]
    if len(paths) == 1 and is_address(first):
        return Asked(address_of(first), Path(), first)
    if is_in_memory(first):
        names = tuple(map(str, paths))
        return Asked(names[0], Path(), first) if len(names) == 1 else Asked(names, Path(), first, tuple(paths))
    for path in paths:
        check_regular(path)
    if len(paths) == 1 and is_archive(paths[0]):
        return _chosen(paths[0], folder, layout)
    topology, paths = parted(paths)
    if len(paths) == 1 and names_atoms(paths[0]) and paths[0].is_file():
        topology, paths = paths[0], [trajectory_beside(paths[0])]
    if len(paths) == 1 and topology is None and paths[0].is_file():
        topology = topology_beside(paths[0])
    found = _positions(paths, folder, layout)
    return found if topology is None else replace(found, topology=_name_in(found.folder, topology))


def _positions(paths: Sequence[Path], folder: Path | None, layout: Layout | None) -> Asked:
    """The files that hold values or positions."""
    first = paths[0]
    if len(paths) > 1:
        return _several(paths, folder, layout)
    is_glob = glob.has_magic(str(first)) and not first.exists()
    inside = archive_of(first)
    if folder is None:
        first = first if first.name else first.resolve()  # the current folder
        outer = first if inside is None else inside[0]
        parents = (parent for parent in outer.parents if not (is_glob and glob.has_magic(str(parent))))
        folder = next(parents)
    file = _name_in(folder, first)
    if not is_glob and inside is None:
        return Asked(file, folder, first, layout=layout)
    series = find_files(file, folder, series=inside is not None)
    return Asked(file, folder, series[0], series, layout)


def _chosen(archive: Path, folder: Path | None, layout: Layout | None) -> Asked:
    """What says most in an archive: a collection, else the files of one kind and folder that have the most bytes."""
    sizes = {member.name: member.size for member in members(archive)}
    readable = set(readable_members(archive))
    if not readable:
        only_member(archive)  # raises the right error
    groups: dict[tuple[bool, Path, str], list[str]] = {}
    for name in readable:
        kind = suffix_of(Path(name))
        groups.setdefault((kind in COLLECTIONS, Path(name).parent, kind), []).append(name)
    (_, parent, kind), found = max(
        groups.items(), key=lambda item: (item[0][0], sum(sizes[name] for name in item[1]), str(item[0][1]))
    )
    inner = found[0] if len(found) == 1 else str(parent / f"*{kind}")
    asked = _positions([archive / inner], archive.parent if folder is None else folder, layout)
    rest = len(sizes) - len(found)
    note = f"archive: {archive.name} holds {contents_in_words(sizes)}"
    return replace(asked, notes=(f"{note}; ARCHIVE/PATH or a pattern in it names others",) if rest else (note,))


def _several(paths: Sequence[Path], folder: Path | None, layout: Layout | None) -> Asked:
    """Files in the order of the numbers in their names; as a glob, if one matches no others."""
    for path in paths:
        if not path.is_file() and not is_zarr(path):
            find_files(str(path), Path())  # raises the right error
    endings = list(dict.fromkeys(suffix_of(path) for path in paths))
    if len(endings) > 1:
        what = f"the files end in {' and '.join(endings[:3])}, and so are not one series"
        raise InputError(what, "describe them one at a time", ("file",))
    series = tuple(in_order(dict.fromkeys(paths)))
    folder = series[0].parent if folder is None else folder
    together = _glob_of(series)
    file: Named = tuple(_name_in(folder, path) for path in series) if together is None else _name_in(folder, together)
    return Asked(file, folder, series[0], series, layout)


def _glob_of(paths: Sequence[Path]) -> Path | None:
    """The glob that matches these paths and no others; None: none does."""
    parent = paths[0].parent
    names = [path.name for path in paths]
    if len(names) < 2 or any(path.parent != parent for path in paths) or any(map(glob.has_magic, map(str, paths))):
        return None
    start = _alike(names)
    end = _alike([name[::-1] for name in names])[::-1]
    end = end[len(end) - min(len(end), min(map(len, names)) - len(start)) :]
    for pattern in (f"{start.rstrip('0123456789')}*{end.lstrip('0123456789')}", f"{start}*{end}"):
        if pattern != "*" and set(matching(parent / pattern)) == set(paths):
            return parent / pattern
    return None


def _name_in(folder: Path, path: Path) -> str:
    """The name of a path in a scene. One that leads from the root stays so, unless it lies below the folder."""
    here = os.path.abspath(folder)
    whole = os.path.abspath(path)
    if path.is_absolute() and os.path.commonpath([here, whole]) != here:
        return str(path)
    return os.path.relpath(whole, here)


def _alike(texts: Sequence[str]) -> str:
    """The longest beginning that all texts have."""
    first, last = min(texts), max(texts)
    differ = (index for index, letter in enumerate(first) if last[index : index + 1] != letter)
    return first[: next(differ, len(first))]
