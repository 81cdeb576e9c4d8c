"""HDF5 files, opened with care.

Groups may hold each other, and files name other files: by external links, by virtual data sets, by storage that lies
outside. All of them are looked at before anything is read. Filters are those of the library itself: a file names the
filters that unpack it, and no plug-in is loaded for it.
"""

from __future__ import annotations

import os
from collections import Counter, deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

from moviemaker.core.errors import InputError
from moviemaker.core.machine import isolated
from moviemaker.data.formats.declared_size import check_packed
from moviemaker.data.formats.extras import extra
from moviemaker.data.formats.references import referenced
from moviemaker.data.probing.whole import whole_probe

if TYPE_CHECKING:
    import h5py

_MOST_LEVELS = 32
"""Most groups inside each other."""

_MOST_PATHS = 64
"""Most paths to one group."""

_MOST_OBJECTS = 100_000
"""Most objects of a file."""

_MOST_SOURCES = 256
"""Most virtual data sets that are followed to the data sets that they show."""

HDF5_PROBE = whole_probe("moviemaker.data.readers.hdf5:open_file", "HDF5", "h5py", ("h5py",))
"""How another process looks at a file."""

Others = Callable[[Path, str], Path | None]
"""Gives another file that a file names, from the path of that file and the name, or refuses it. None: pass over it."""

_walked: dict[tuple[object, ...], bool] = {}
"""Files that were walked in this process and are in order, by their place and times."""


@contextmanager
def opened(path: Path, others: Others, needs: str = "hdf5", walked: bool = True) -> Iterator[h5py.File]:
    """Opens a file, once everything that it holds and names is in order.

    Args:
        path: of the file.
        others: decides about other files that it names.
        needs: the extra of this package that brings h5py.
        walked: whether the file is gone through here; if not, `numeric_datasets` has to be called.

    Raises:
        InputError: at `file`: h5py is not installed, or the file names one outside of its folder.
        OSError, ValueError: the file cannot be read, its groups hold each other, or it declares much more than it has.
    """
    library = extra(path, "h5py", "h5py", needs)
    _forbid_plugins()
    with library.File(path, "r") as file:
        found = path.stat()
        state = (found.st_dev, found.st_ino, found.st_size, found.st_mtime_ns, found.st_ctime_ns)
        if walked and state not in _walked:
            # Nothing of it may stay open, since HDF5 refuses to open a data set in two ways at once.
            deque(numeric_datasets(file, others), maxlen=0)
            _walked[state] = True
        yield file


def numeric_datasets(file: h5py.File, others: Others, sized: bool = True) -> Iterator[tuple[str, h5py.Dataset]]:
    """The data sets of numbers by their full names. Soft links, as SWIFT writes them, are skipped.

    Args:
        file: to go through.
        others: decides about other files that it names.
        sized: whether the sizes of data sets are held against that of the file.

    Raises:
        InputError, ValueError: as in `opened`.
    """
    yield from _Walk(others, sized).inside(file, "", [file])


def others_below(path: Path, name: str) -> Path | None:
    """Allows other files below the folder of the file that names them, and those that the scene names.

    Raises:
        InputError: at `file`: it lies elsewhere, does not exist, or cannot be read.
    """
    try:
        target = referenced(path, name)
    except InputError:
        if isolated.INSIDE:  # which files a scene names is known to the program itself
            return None
        raise
    if not target.is_file():
        what = f"the file {path.name!r} names {name[:80]!r}, which does not exist"
        raise InputError(what, f"paths in {path.name!r} are relative to its folder", ("file",))
    from moviemaker.data.probing.verdicts import probe  # imported late: the process that looks does not need it

    probe(target, HDF5_PROBE)
    return target


def no_others(path: Path, name: str) -> NoReturn:
    """Refuses every other file.

    Raises:
        ValueError: always.
    """
    raise ValueError(f"it takes data from another file, {name[:80]!r}")


def dataset_at(file: h5py.Group, name: str) -> h5py.Dataset:
    """A data set below a group, whose external storage, if it has any, is relative to the folder of the file.

    Raises:
        KeyError: it does not exist.
    """
    import h5py

    access = h5py.h5p.create(h5py.h5p.DATASET_ACCESS)
    access.set_efile_prefix(b"${ORIGIN}")
    return h5py.Dataset(h5py.h5d.open(file.id, name.encode("utf-8", "surrogateescape"), access))


class _Walk:
    def __init__(self, others: Others, sized: bool):
        self._others, self._sized = others, sized
        self._paths: Counter[object] = Counter()
        self._objects = 0
        self._virtual: set[tuple[str, str]] = set()

    def inside(self, group: h5py.Group, above: str, ancestors: list[h5py.Group]) -> Iterator[tuple[str, h5py.Dataset]]:
        """The data sets of numbers below a group."""
        import h5py

        if len(ancestors) > _MOST_LEVELS:
            raise ValueError(f"its groups lie inside each other, more than {_MOST_LEVELS} levels deep")
        self._paths[group.id] += 1
        if self._paths[group.id] > _MOST_PATHS:
            raise ValueError(f"its groups hold each other: more than {_MOST_PATHS} paths lead to {group.name!r}")
        for name in group:
            self._objects += 1
            if self._objects > _MOST_OBJECTS:
                raise ValueError(f"it holds more than {_MOST_OBJECTS} objects")
            if self._skips(group, name):
                continue
            # Opened as readers in other threads open it: HDF5 refuses to open a data set in two ways at once.
            is_dataset = group.get(name, getclass=True) is h5py.Dataset
            item = dataset_at(group, name) if is_dataset else group[name]
            if is_dataset and item.is_virtual:  # HDF5 itself opens those that it shows in the usual way
                del item
                item = group[name]
            if isinstance(item, h5py.Group):
                if item in ancestors:
                    raise ValueError(f"its group {above}{name} holds itself")
                yield from self.inside(item, f"{above}{name}/", [*ancestors, item])
            elif isinstance(item, h5py.Dataset) and _is_numeric(item):
                self._check(item, f"{above}{name}")
                yield f"{above}{name}", item

    def _skips(self, group: h5py.Group, name: str) -> bool:
        import h5py

        link = group.get(name, getlink=True)
        if isinstance(link, h5py.ExternalLink):
            return self._others(Path(group.file.filename), link.filename) is None
        return isinstance(link, h5py.SoftLink)

    def _check(self, dataset: h5py.Dataset, name: str) -> None:
        path = Path(dataset.file.filename)
        there = path.stat().st_size
        for other, _, _ in dataset.external or ():
            target = self._others(path, other)
            there += target.stat().st_size if target is not None else 0
        if dataset.is_virtual:
            there += self._sources(path, dataset, 0)
        if not self._sized:
            return
        try:
            check_packed(dataset.shape, dataset.dtype.itemsize, there)
        except ValueError as error:
            raise ValueError(f"its array {name}: {error}") from None

    def _sources(self, path: Path, dataset: h5py.Dataset, level: int) -> int:
        """Follows a virtual data set to what it shows.

        Returns:
            The size of the other files in bytes.
        """
        import h5py

        own = (os.path.realpath(path), dataset.name)
        if own in self._virtual or level > _MOST_LEVELS:
            raise ValueError(f"its virtual array {dataset.name} shows itself")
        self._virtual.add(own)
        size = 0
        seen: set[tuple[Path, str]] = set()
        for source in dataset.virtual_sources():
            target = path if source.file_name == "." else self._others(path, source.file_name.replace("%b", "0"))
            if target is None or (target, source.dset_name) in seen or len(seen) > _MOST_SOURCES:
                continue
            seen.add((target, source.dset_name))
            size += 0 if target == path else target.stat().st_size
            with suppress(KeyError), h5py.File(target, "r") as file:
                shown = file[source.dset_name]
                if isinstance(shown, h5py.Dataset) and shown.is_virtual:
                    size += self._sources(target, shown, level + 1)
        self._virtual.discard(own)
        return size


def _is_numeric(dataset: h5py.Dataset) -> bool:
    """Whether a data set holds numbers of a type that NumPy has."""
    try:
        return dataset.shape is not None and dataset.dtype.kind in "biuf"
    except (TypeError, ValueError, OSError):  # a type of HDF5 that h5py cannot express
        return False


def _forbid_plugins() -> None:
    """Empties the list of folders in which HDF5 looks for filters."""
    import h5py

    with suppress(AttributeError, RuntimeError, ValueError, IndexError):
        while h5py.h5pl.size():
            h5py.h5pl.remove(0)
