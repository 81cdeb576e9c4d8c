"""Grids in files: which arrays are fields, and which snapshot is in which file."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from moviemaker.core.errors import InputError, suggest
from moviemaker.core.fingerprint import files_key, fingerprint
from moviemaker.core.recent import Recent
from moviemaker.core.sharing.arrays import shared
from moviemaker.data.files.boundary import reading
from moviemaker.data.files.find import open_file, open_together
from moviemaker.data.files.series import WrittenTimes, native, resolve_times
from moviemaker.data.formats.contents import NAMELESS, Contents, Layout, Stored, Vector
from moviemaker.data.formats.dimensions import NO_CHOICE, Chosen, check_names
from moviemaker.data.formats.grid_contents import GridContents, is_grid, with_leading
from moviemaker.data.formats.vector_samples import AXES, with_components
from moviemaker.data.grids.categorical import looks_categorical
from moviemaker.data.grids.source import Facts
from moviemaker.data.grids.uneven_axes import ascending, evened

TIME_NAMES = ("time", "times")


class OpenFiles:
    """Files that are opened when they are needed. The last two stay open.

    Attributes:
        paths: the files of the series; only the first one if all files together are one grid.
        every: all files.
        options: a text that tells how they are read.
    """

    def __init__(
        self,
        paths: tuple[Path, ...],
        layout: Layout | None,
        name: str | None,
        even: bool = True,
        chosen: Chosen = NO_CHOICE,
        times: int | None = None,
        labels: bool | None = None,
    ):
        self._labelled = labels
        self._labels: dict[str, bool] = {}
        self._layout = layout
        self._times = times
        self._name = name
        self._chosen = chosen
        self._even = even
        self._recent: Recent[Contents] = Recent(2)
        self.options = fingerprint(layout, name, even, chosen, times, labels)
        together = open_together(paths) if layout is None else None
        self.every = paths
        self.paths = paths
        if together is not None:
            self.paths = paths[:1]
            self._whole: Contents | None = self._resolved(together, paths[0])
        else:
            self._whole = None

    def contents(self, index: int) -> Contents:
        """The contents of one file, resampled to evenly spaced axes if wanted."""
        if self._whole is not None:
            return self._whole
        return self._recent.get(index, lambda: self._open(self.paths[index]))

    def _open(self, path: Path) -> Contents:
        return self._resolved(open_file(path, self._layout), path)

    def _resolved(self, found: Contents, path: Path) -> Contents:
        if not isinstance(found, GridContents) and self._layout is None and not self._chosen:
            found = replace(found, arrays=with_components(found.arrays, self._times or _count_of_times(found)))
        found = with_leading(found)
        if self._chosen:
            if not isinstance(found, GridContents) or found.choose is None:
                check_names(self._chosen, ())
            else:
                with reading(path):
                    found = found.choose(self._chosen)
        if isinstance(found, GridContents):
            with reading(path):
                if self._name is not None and self._name not in found.arrays and self._name in found.others:
                    found = found.others[self._name]()
                opened = found
                found = evened(found, lambda name: self._is_label(opened, name)) if self._even else ascending(found)
        own = {NAMELESS, *(f"{NAMELESS}_{axis}" for axis in AXES)}
        unnamed = NAMELESS in found.arrays and set(found.arrays) <= {*own, *TIME_NAMES}
        if self._name is not None and self._name not in found.arrays and unnamed:
            # An array without a name gets the name that the scene uses, and so do its components.
            arrays = {
                name.replace(NAMELESS, self._name, 1) if name in own else name: stored
                for name, stored in found.arrays.items()
            }
            if isinstance(found, GridContents) and NAMELESS in found.labels:
                return replace(found, arrays=arrays, labels=found.labels | {self._name})
            return replace(found, arrays=arrays)
        return found

    def _is_label(self, contents: Contents, name: str) -> bool:
        """Whether a field of a file is labels."""
        stored = contents.arrays[name]
        if self._labelled is not None:
            return self._labelled
        if not is_grid(stored) or 0 in stored.shape:
            return False
        if isinstance(contents, GridContents) and name in contents.labels:
            return True
        whole = stored.dtype.kind in "iu" or (isinstance(contents, GridContents) and name in contents.whole)
        return whole and looks_categorical(stored, 0 if stored.ndim == 4 else None)

    def is_label(self, name: str) -> bool:
        """Whether a field is labels, by the first file."""
        if name not in self._labels:
            with reading(self.paths[0]):
                self._labels[name] = self._is_label(self.contents(0), name)
        return self._labels[name]


def _count_of_times(contents: Contents) -> int | None:
    """Number of times in a file without named axes; None: it gives none."""
    stored = next((contents.arrays[name] for name in TIME_NAMES if name in contents.arrays), None)
    return stored.shape[0] if stored is not None and stored.ndim == 1 else None


@dataclass(frozen=True, eq=False)
class GridFiles:
    """The snapshots of a grid.

    Attributes:
        paths: the files.
        shape: (nx, ny, nz).
        names: of the fields; the one that the scene names comes first.
        times: data times of the snapshots; None: one snapshot without a time.
        places: for each snapshot its file and its index in that file (None: the file holds one snapshot).
        origin, spacing, direction: of the first file, if it gives them.
        nbytes: memory of all fields of one snapshot.
        first: contents of the first file.
        facts: what the first file tells about the grid.
    """

    paths: tuple[Path, ...]
    shape: tuple[int, ...]
    names: tuple[str, ...]
    times: np.ndarray | None
    places: tuple[tuple[int, int | None], ...]
    origin: Vector | None
    spacing: Vector | None
    direction: np.ndarray | None
    nbytes: int
    first: Contents
    facts: Facts
    _files: OpenFiles

    def is_label(self, name: str) -> bool:
        """Whether the numbers of a field are labels. Some of its samples are read, when it is first asked."""
        return self._files.is_label(name)

    def snapshot(self, index: int, name: str) -> np.ndarray:
        """One field of one snapshot, (nx, ny, nz), as stored except for the byte order; memory-mapped where possible.

        Raises:
            InputError: at `file`: it cannot be read, or does not fit the first snapshot.
        """
        file, inside = self.places[index]
        stored = self._checked(file, name)

        def read() -> np.ndarray:
            with reading(self._files.paths[file]):
                return native(stored.read(inside if stored.ndim == 4 else None))

        state = files_key(self.paths) if len(self.places) == 1 else ""
        if not state:
            return read()  # the processes of a render draw other snapshots of a series
        return shared(fingerprint("grid", state, self._files.options, name), lambda: {name: read()})[name]

    def stored(self, index: int, name: str) -> tuple[Stored, int | None]:
        """One field of one snapshot, not yet read, and the snapshot's index in it.

        Raises:
            InputError: at `file`: it cannot be read, or does not fit the first snapshot.
        """
        file, inside = self.places[index]
        return self._checked(file, name), inside

    def path(self, index: int) -> Path:
        """The file of a snapshot."""
        return self._files.paths[self.places[index][0]]

    def check(self, index: int) -> None:
        """Checks the header of the file of a snapshot, unless that would read the whole file."""
        file, _ = self.places[index]
        if self._files.contents(file).lazy:
            self._checked(file, self.names[0])

    def _checked(self, file: int, name: str) -> Stored:
        arrays = self._files.contents(file).arrays
        if name not in arrays:
            what = f"{self._files.paths[file].name!r} has no field {name!r}, unlike {self.paths[0].name!r}"
            raise InputError(what, "every file of a series holds the same fields", ("file",))
        stored = arrays[name]
        if stored.shape[-3:] != self.shape:
            here, first = (" x ".join(map(str, shape)) for shape in (stored.shape[-3:], self.shape))
            what = f"{self._files.paths[file].name!r} holds {here} samples, {self.paths[0].name!r} {first}"
            raise InputError(what, "every snapshot of a series has the same shape", ("file",))
        return stored


def open_grid_files(
    paths: tuple[Path, ...],
    layout: Layout | None = None,
    field: str | None = None,
    times: WrittenTimes | None = None,
    even: bool = True,
    dimensions: Chosen = NO_CHOICE,
    labels: bool | None = None,
) -> GridFiles:
    """Opens the files of a grid as far as needed to know its fields and its times.

    Args:
        paths: one per time, or one in all.
        layout: of raw files.
        field: the field that comes first; the name for an array without one.
        times: of the snapshots, where the scene gives them.
        even: whether unevenly spaced samples are resampled; if not, the contents keep their `axes`.
        dimensions: what the scene says about dimensions that are not axes.
        labels: whether the fields are labels; None: the files and their values tell.

    Raises:
        InputError: at `file`, `field`, `times` or `dimensions`.
    """
    count = len(times) if isinstance(times, Sequence) and len(paths) == 1 else None
    files = OpenFiles(paths, layout, field, even, dimensions, count, labels)
    first = files.contents(0)
    candidates = {name: stored for name, stored in first.arrays.items() if is_grid(stored)}
    if not candidates:
        raise InputError(f"{paths[0].name!r} holds no grid but {_what(first)}", _needed(first), ("file",))
    if field is not None and field not in candidates:
        others = first.others if isinstance(first, GridContents) else {}
        right = suggest(field, [*candidates, *others], "field")
        raise InputError(f"no such field {field!r} in {paths[0].name!r}", right, ("field",))
    chosen = field or next(iter(candidates))
    shape = candidates[chosen].shape[-3:]
    if 0 in shape:
        what = f"{paths[0].name!r} is empty: its shape is {' x '.join(map(str, shape))}"
        raise InputError(what, "a grid has at least one sample along each axis", ("file",))
    names = (chosen, *(n for n, stored in candidates.items() if n != chosen and stored.shape[-3:] == shape))
    places, own_times = _snapshots(files, chosen, names, wants_times=times is None)
    resolved = resolve_times(times, own_times, len(places))
    origin = first.origin or _vector(first, "origin", paths[0])
    spacing = first.spacing or _vector(first, "spacing", paths[0])
    nbytes = sum(int(np.prod(shape)) * candidates[name].dtype.itemsize for name in names)
    every = files.every
    if first.files:
        opened = (files.contents(index).files for index in range(len(files.paths)))
        every = tuple(dict.fromkeys([*every, *(path for others in opened for path in others)]))
    facts = Facts()
    if isinstance(first, GridContents):
        clock = first.clock if times is None else ""
        facts = Facts(
            first.units,
            first.length,
            clock,
            first.notes,
            first.channels,
            dimensions=first.dimensions,
            wrong=first.warnings,
            patient=first.patient,
            modality=first.modality,
        )
    return GridFiles(
        every, shape, names, resolved, places, origin, spacing, first.direction, nbytes, first, facts, files
    )


def _what(contents: Contents) -> str:
    found = [f"{name} {list(stored.shape)} of {stored.dtype}" for name, stored in contents.arrays.items()]
    return "an array " + found[0] if len(found) == 1 else ", ".join(found[:6]) or "no array at all"


def _needed(contents: Contents) -> str:
    if any(stored.ndim == 2 and stored.shape[1] == 3 for stored in contents.arrays.values()):
        return "a grid is an array with the axes x, y, z; for points write kind: particles"
    if any(stored.dtype.kind == "c" for stored in contents.arrays.values()):
        return "a grid is an array of real numbers; store the absolute value or the real part"
    return "a grid is an array of real numbers with the axes x, y, z, or time, x, y, z"


def _snapshots(
    files: OpenFiles, chosen: str, names: tuple[str, ...], wants_times: bool
) -> tuple[tuple[tuple[int, int | None], ...], np.ndarray | None]:
    """The place of each snapshot, and the times in the files, if all files have times."""
    first = files.contents(0)
    series = any(first.arrays[name].ndim == 4 for name in names)
    timed = wants_times and _times(first, files.paths[0]) is not None
    places: list[tuple[int, int | None]] = []
    times: list[np.ndarray] = []
    for file, path in enumerate(files.paths):
        if not series and not timed:
            places.append((file, None))
            continue
        contents = files.contents(file)
        lengths = {contents.arrays[n].shape[0] for n in names if n in contents.arrays and contents.arrays[n].ndim == 4}
        if len(lengths) > 1:
            what = f"the fields of {path.name!r} have different numbers of snapshots"
            raise InputError(what, "every 4-D array has the axes time, x, y, z and the same number of times", ("file",))
        places += [(file, index) for index in range(lengths.pop())] if lengths else [(file, None)]
        own = _times(contents, path) if timed else None
        if own is not None:
            _check_clock(first, contents, files.paths[0], path)
            times.append(own)
    if not places:
        raise InputError(f"{files.paths[0].name!r} holds no snapshot", "give it at least one", ("file",))
    return tuple(places), np.concatenate(times) if timed and times else None


def _times(contents: Contents, path: Path) -> np.ndarray | None:
    for name in TIME_NAMES:
        stored = contents.arrays.get(name)
        if stored is not None and stored.ndim <= 1 and stored.dtype.kind in "iuf":
            with reading(path):
                return np.atleast_1d(np.asarray(stored.read(None), float))
    return None


def _check_clock(first: Contents, contents: Contents, first_path: Path, path: Path) -> None:
    clocks = [each.clock if isinstance(each, GridContents) else "" for each in (first, contents)]
    if clocks[0] != clocks[1]:
        what = (
            f"the times in {path.name!r} are {clocks[1] or 'plain numbers'}, those in {first_path.name!r} {clocks[0]}"
        )
        raise InputError(what, "write times: in the scene, one for each snapshot", ("file",))


def _vector(contents: Contents, name: str, path: Path) -> Vector | None:
    stored = contents.arrays.get(name)
    if stored is None or stored.shape not in ((3,), ()) or stored.dtype.kind not in "iuf":
        return None
    with reading(path):
        x, y, z = np.broadcast_to(np.asarray(stored.read(None), float), 3).tolist()
    if name == "spacing" and min(x, y, z) <= 0:
        raise InputError(
            f"the spacing in {path.name!r} is not positive", "write bounds or spacing in the scene", ("file",)
        )
    return x, y, z
