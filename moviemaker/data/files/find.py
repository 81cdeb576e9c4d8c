"""From the `file` of a scene to paths, and from paths to arrays. Every error raised here is at the key `file`."""

from __future__ import annotations

import difflib
import glob
from collections.abc import Iterable, Sequence
from pathlib import Path
from shlex import quote

from moviemaker.core.errors import InputError, Location
from moviemaker.core.fingerprint import file_fingerprint, fingerprint
from moviemaker.core.machine.in_memory import held_at, is_in_memory
from moviemaker.core.machine.regular_files import check_regular, expanded
from moviemaker.core.values import TEXT, list_of, one_of
from moviemaker.data.files.archives import archive_of, contents_in_words, is_archive, members, unpacked
from moviemaker.data.files.boundary import guarded, nearby, reading
from moviemaker.data.files.choose_reader import choose_reader, last_two_suffixes, readers, suffix_of
from moviemaker.data.files.first_look import look_first
from moviemaker.data.files.matching import matching
from moviemaker.data.files.order import in_order
from moviemaker.data.formats.compressed import is_compressed
from moviemaker.data.formats.contents import Contents, HeldContents, Layout, Structure
from moviemaker.data.formats.reader import Reader
from moviemaker.data.formats.references import name_file
from moviemaker.data.readers import molecules, raw
from moviemaker.data.stores.stores import METADATA, address_of, is_address, is_zarr, path_of, store_of

FILE = one_of(TEXT, list_of(TEXT, ""), right="a path, a glob such as 'snapshot_*.npy', or a list of paths")
"""Values of `file` in a scene."""

COLLECTIONS = (".pvd", ".series")
"""Endings of files that name the files of a series."""

OF_MESHES = (".obj", ".stl", *COLLECTIONS)
"""Endings of files that are read without one of the readers."""

_NAMING = (".mhd", ".nhdr")
"""Endings of headers that name the file of their samples."""
_SAMPLES = (*raw.SUFFIXES, ".zraw", ".gz", ".img", ".data", "")


def find_files(file: str | Sequence[str], folder: Path, series: bool = False) -> tuple[Path, ...]:
    """The files that a scene names: a path, a glob (see `order`: 2 before 10, -5 before 0), or a list of paths.

    Args:
        file: as the scene gives it.
        folder: of the scene file; relative paths start there.
        series: whether a folder stands for the DICOM slices or TIFF pages in it, and an address for Zarr on the web.

    Raises:
        InputError: at `file` (and the index in a list): no such file.
    """
    if isinstance(file, str) and is_in_memory(folder / file):
        return (folder / file,)
    if not isinstance(file, str):
        paths = tuple(_one_of_several(name, folder, series, ("file", index)) for index, name in enumerate(file))
        heads = [path for path in paths if path.suffix.lower() in _NAMING]
        # Beside headers, files of samples are listed because headers name them, and are not snapshots of their own.
        return tuple(path for path in paths if path in heads or suffix_of(path) not in _SAMPLES) if heads else paths
    if is_in_memory(file):
        return (Path(file),)
    if is_address(file):
        return (_on_the_web(file, series, ("file",)),)
    inside = archive_of(_path(folder, file))
    if inside is not None:
        return _in_archive(*inside, file, series)
    if series and _path(folder, file).is_dir() and not is_zarr(_path(folder, file)):
        return _slices(_path(folder, file), file)
    if glob.has_magic(file) and not _path(folder, file).exists():
        files = in_order(path for path in matching(_path(folder, file)) if path.is_file() or is_zarr(path))
        for path in files:
            check_regular(path)
            name_file(path)
        if not files:
            raise InputError(f"no file matches {file!r}", nearby(_path(folder, file)), ("file",))
        return tuple(files)
    return (_existing(folder, file, ("file",)),)


def _one_of_several(name: str, folder: Path, series: bool, at: Location) -> Path:
    if is_in_memory(name):
        return Path(name)
    return _on_the_web(name, series, at) if is_address(name) else _existing(folder, name, at)


def _in_archive(archive: Path, inner: str, name: str, series: bool) -> tuple[Path, ...]:
    """The files that a path or a pattern names in an archive."""
    check_regular(archive)
    found = unpacked(archive, inner)
    if found[0].is_dir():
        if series and not is_zarr(found[0]):
            return _slices(found[0], name)
        if not is_zarr(found[0]):
            right = f"write a file in it, or a pattern such as '{name.rstrip('/')}/*.npy'"
            raise InputError(f"{name!r} is a folder", right, ("file",))
    for path in found:
        name_file(path)
    return tuple(in_order(found))


def _path(folder: Path, name: str, at: Location = ("file",)) -> Path:
    """The path that a scene writes, which may be that of a pattern, and does not lead to a pipe or a device."""
    path = expanded(name, folder, at)
    check_regular(path, at)
    return path


def _existing(folder: Path, name: str, at: Location) -> Path:
    path = _path(folder, name, at)
    inside = archive_of(path)
    if inside is None and is_archive(path):
        inside = path, only_member(path)
    if inside is not None:
        path = unpacked(*inside)[0]
    name_file(path)
    if is_zarr(path):
        return path
    if path.is_dir() and path.suffix.lower() == ".zarr":
        raise _no_zarr(path, name, at)
    if path.is_dir():
        raise InputError(
            f"{name!r} is a folder", f"write a file in it, or a glob such as '{name.rstrip('/')}/*.npy'", at
        )
    if not path.is_file():
        raise InputError(f"no such file {name!r}", nearby(path), at)
    return path


def _on_the_web(address: str, grids: bool, at: Location) -> Path:
    """An address as a path."""
    if not grids:
        raise InputError(
            f"{address!r} is on the web", "only grids are read from there: download it, and name the file", at
        )
    path = path_of(address)
    with reading(path):
        if not is_zarr(path):
            right = "write the address of an array or a group of Zarr; download other files, and name them"
            raise InputError(f"no Zarr is found at {address!r}", right, at)
    return path


def files_here(paths: Iterable[Path]) -> tuple[str, ...]:
    """The files on this machine. Files on the web are assumed not to change."""
    return tuple(str(path) for path in paths if not is_address(path))


def source_fingerprint(path: Path) -> str:
    """A hash of the content of a file; on the web, of the address and the metadata."""
    if not is_address(path):
        return file_fingerprint(str(path))
    store = store_of(path)
    return fingerprint(address_of(path), [store.metadata(name) for name in METADATA])


def _no_zarr(path: Path, name: str, at: Location) -> InputError:
    """The error for a folder with the ending of Zarr that is not a Zarr."""
    inside = sorted(path.iterdir())
    inner = next((each for each in inside if is_zarr(each)), None)
    what = f"{name!r} is {'not a Zarr' if inside else 'an empty folder'}: no zarr.json, .zarray or .zgroup in it"
    right = "check that it was copied with its hidden files, and that it was written to the end"
    return InputError(what, right if inner is None else f"did you mean '{name.rstrip('/')}/{inner.name}'?", at)


def _slices(path: Path, name: str) -> tuple[Path, ...]:
    """The DICOM files in a folder, or else the TIFF files, in the order of their numbers."""
    known = readers()
    with reading(path):
        files = in_order(each for each in path.iterdir() if each.is_file())
    for suffix in (".dcm", ".tif"):
        with reading(path):
            found = tuple(each for each in files if choose_reader(each) is known[suffix])
        if found:
            return found
    if path.suffix.lower() == ".zarr":
        raise _no_zarr(path, name, ("file",))
    what = f"{name!r} is a folder without DICOM or TIFF files"
    raise InputError(what, f"write a file in it, or a glob such as '{name.rstrip('/')}/*.npy'", ("file",))


def readable_members(archive: Path) -> tuple[str, ...]:
    """The files in an archive with an ending that can be read."""
    known = {*readers(), *OF_MESHES}
    return tuple(member.name for member in members(archive) if suffix_of(Path(member.name)) in known)


def only_member(archive: Path) -> str:
    """The only file in an archive that can be read.

    Raises:
        InputError: at `file`: none can, or several.
    """
    found = readable_members(archive)
    if len(found) == 1:
        return found[0]
    there = contents_in_words(member.name for member in members(archive))
    right = f"write {archive.name}/ and the path of one of them, or a pattern such as {archive.name}/*.csv"
    if not found:
        right = "unpack it, and name a file that can be read"
    raise InputError(f"{archive.name!r} holds {there}", right, ("file",))


def find_file(name: str, folder: Path, key: str) -> Path:
    """The file that a scene names at a key other than `file`.

    Raises:
        InputError: at the key: no such file.
    """
    return _existing(folder, name, (key,))


def open_together(paths: tuple[Path, ...]) -> Contents | None:
    """The arrays of several files that are one grid, such as the slices of a DICOM series; None: they are separate.

    Raises:
        InputError: at `file`: one is damaged, or they do not belong together.
    """
    if is_in_memory(paths[0]):
        return None
    with reading(paths[0]):
        reader = choose_reader(paths[0])
        if reader is None or is_compressed(paths[0]):
            return None
        return guarded(reader.open_together(paths), paths[0], paths[1:])


def open_file(path: Path, layout: Layout | None = None, structure: Structure | None = None) -> Contents:
    """The arrays of one file, by the reader of its ending; with a layout, by the reader of raw files.

    Raises:
        InputError: at `file`: no reader for such files, or the file is damaged; at `topology` or `atoms`: they do not
            fit.
    """
    known = readers()
    held = held_at(path)
    if held is None and not is_address(path):
        check_regular(path)
    suffix = suffix_of(path)
    with reading(path):
        if layout is not None:
            if suffix in known and suffix not in (*raw.SUFFIXES, ".dat"):
                what = f"{path.name!r} says its own shape and type"
                raise InputError(what, "leave out shape, dtype, order and offset, which are for raw files", ("shape",))
            return guarded(raw.open_file(path, layout), path)
        if isinstance(held, HeldContents):
            return held.contents()
        reader = choose_reader(path)
        if reader is None:
            what = f"files that end in {suffix!r}" if suffix else f"files without an ending such as {path.name!r}"
            near = difflib.get_close_matches(suffix, known, n=1)
            start = f"did you mean {near[0]!r}? Files" if near else "files"
            raise InputError(f"{what} cannot be read", f"{start} may end in {', '.join(sorted(known))}", ("file",))
        if is_compressed(path) and suffix != last_two_suffixes(path) and suffix not in reader.compressible:
            raise InputError(f"{path.name!r} cannot be read while it is compressed", "unpack it first", ("file",))
        if reader is known[".raw"]:
            raise InputError(f"{path.name!r} does not say the shape of its data", _raw_hint(path), ("file",))
        look_first(path, structure, reader)
        if structure is not None:
            return guarded(_open_molecules(path, reader, structure), path)
        return guarded(reader.open(path), path)


def _raw_hint(path: Path) -> str:
    """The keys that a scene needs for a raw file, with layouts that fit its size."""
    from moviemaker.data.files.raw_shapes import likely_layouts, raw_size

    size = raw_size(path)
    found = likely_layouts(path, size)
    if not found:
        need = "write shape: [nx, ny, nz] and dtype: uint8, or its own type, beside it in a scene"
        return f"{need}; it has {size} bytes, and info takes --shape NX NY NZ --dtype TYPE"
    first = found[0]
    keys = [
        f"shape: {list(each.shape)} and dtype: {each.dtype}{'' if each.order == 'C' else ' and order: F'}"
        for each in found
    ]
    options = f"--shape {' '.join(map(str, first.shape))} --dtype {quote(first.dtype)}"
    options += "" if first.order == "C" else " --order F"
    return f"write its layout in a scene: its {size} bytes may be {', or '.join(keys)}; info and quick take {options}"


def _open_molecules(path: Path, reader: Reader, structure: Structure) -> Contents:
    if reader is not readers()[molecules.SUFFIXES[0]]:
        key = "topology" if structure.topology is not None else "atoms"
        right = f"leave out {key}, which is for files of molecules such as .dcd, .xtc and .pdb"
        raise InputError(f"{path.name!r} holds no atoms", right, (key,))
    return molecules.open_file(path, structure)
