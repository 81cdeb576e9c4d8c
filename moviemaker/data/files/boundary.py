"""The boundary around readers: whatever a reader or its library raises is reported as a file that cannot be read.

Readers are called inside `reading`, and what they give passes through `guarded`, so that arrays which are read later,
in any process, are read inside `reading` too. The boundary knows no list of errors: libraries raise anything for a
damaged file, and a fault of a reader is still a file that cannot be read. With --debug the cause is shown.
"""

from __future__ import annotations

import dataclasses
import difflib
import glob
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import wraps
from pathlib import Path
from typing import Any, TypeVar, cast

import numpy as np

from moviemaker.core.errors import InputError, InputErrors, MoviemakerError
from moviemaker.core.machine.in_memory import is_in_memory
from moviemaker.core.machine.terminal import visible
from moviemaker.data.formats.contents import Contents, Stored
from moviemaker.data.formats.declared_size import check_packed, check_room
from moviemaker.data.stores.stores import is_address, is_zarr

T = TypeVar("T")

_PASSED_ON = (InputError, InputErrors, MoviemakerError, KeyboardInterrupt, SystemExit, GeneratorExit)
"""Errors that say what to do themselves, and ways to end the program."""

_WITHOUT_WORDS = (TypeError, AttributeError, LookupError, ArithmeticError, AssertionError, NameError)
"""Errors whose text speaks of the library and not of the file."""

_LONGEST_REASON = 160


@contextmanager
def reading(path: Path) -> Iterator[None]:
    """Turns whatever is raised about a file into an InputError at `file` that names the file.

    Raises:
        InputError: at `file`.
    """
    try:
        yield
    except _PASSED_ON:
        raise
    except BaseException as error:  # some libraries that are not written in Python raise no Exception
        raise (_unusable if is_in_memory(path) else _unreadable)(error, path) from error


def _unusable(error: BaseException, path: Path) -> InputError:
    """The error for data in memory."""
    if isinstance(error, MemoryError):
        what = f"{path.name!r} cannot be used: it needs more memory than is free"
        return InputError(what, "close other programs, or give fewer or smaller samples", ("file",))
    return InputError(f"{path.name!r} cannot be used: {_reason(error)}", "check what it holds", ("file",))


def _unreadable(error: BaseException, path: Path) -> InputError:
    """The error for a file."""
    if isinstance(error, PermissionError):
        what = f"the file {_name(error, path)!r} may not be read"
        return InputError(what, "check its permissions", ("file",))
    if isinstance(error, FileNotFoundError):
        what = f"no such file {_name(error, path)!r}"
        return InputError(what, nearby(path), ("file",))
    if isinstance(error, MemoryError):
        reason = f" ({_first_line(error)})" if str(error).strip() else ""
        what = f"the file {path.name!r} cannot be read: it needs more memory than is free{reason}"
        return InputError(what, "close other programs, or store fewer or smaller samples", ("file",))
    what = f"the file {path.name!r} cannot be read: {_reason(error)}"
    return InputError(what, "check that it is whole and that its ending is right", ("file",))


def guarded(value: T, path: Path, others: Sequence[Path] = ()) -> T:
    """The same value, with all functions in it called inside `reading`.

    The size of every array is held against that of the files and against the memory, before it is read: see
    `declared_size`. What an array gives is held against its own shape.

    Args:
        value: what a reader gives: a dataclass such as `Contents` or `Rows`, with dataclasses, mappings, tuples, lists
            and functions inside. Objects that occur twice stay one object; other objects stay as they are.
        path: the file that it was read from.
        others: further files that it was read from.

    Raises:
        InputError: at `file`: an array declares more than so many bytes can hold.
    """
    with reading(path):
        files = (path, *others, *(value.files if isinstance(value, Contents) else ()))
        guard = _Guard(path, _size(files))
        return cast(T, guard.around(value))


def _size(files: Sequence[Path]) -> int | None:
    """Bytes in the files; None: they are folders, or on the web."""
    sizes = [None if is_address(file) or not file.is_file() else file.stat().st_size for file in files]
    return None if None in sizes else sum(size for size in sizes if size is not None)


class _Guard:
    """Guards one value.

    What it makes must not refer to it, as it refers to what it has made: files that are mapped would stay open until
    Python looks for such circles, after thousands of frames.
    """

    def __init__(self, path: Path, size: int | None):
        self._path = path
        self._size = size
        self._made: dict[int, tuple[object, object]] = {}  # with the original, whose id is not reused while it is kept

    def around(self, value: Any) -> Any:
        """The value with guarded functions."""
        if id(value) not in self._made:
            self._made[id(value)] = value, self._guarded(value)
        return self._made[id(value)][1]

    def _guarded(self, value: Any) -> Any:
        if dataclasses.is_dataclass(value) and not isinstance(value, type):
            parts = {field.name: getattr(value, field.name) for field in dataclasses.fields(value) if field.init}
            changed = {name: new for name, part in parts.items() if (new := self.around(part)) is not part}
            if isinstance(value, Stored):
                self._check(value)
                changed["read"] = self._read(value)
            return dataclasses.replace(value, **changed) if changed else value
        if isinstance(value, Mapping):
            members = {key: self.around(part) for key, part in value.items()}
            return members if any(members[key] is not part for key, part in value.items()) else value
        if type(value) in (tuple, list):
            items = [self.around(part) for part in value]
            return type(value)(items) if any(a is not b for a, b in zip(items, value, strict=True)) else value
        if isinstance(value, Iterator):
            return _steps(value, self._path, self._size)
        return self._function(value) if callable(value) and not isinstance(value, type) else value

    def _check(self, stored: Stored) -> None:
        """Refuses an array that the files are too small for. One that is read by pieces may be mostly unwritten."""
        if self._size is not None and stored.pieces is None and stored.dtype.itemsize:
            check_packed(stored.shape, stored.dtype.itemsize, self._size)

    def _read(self, stored: Stored) -> Callable[[int | None], np.ndarray]:
        """The function that reads an array, or one entry of it. What is as long as its file may be mapped."""
        path, size = self._path, self._size

        def read(index: int | None) -> np.ndarray:
            shape = stored.shape if index is None else stored.shape[1:]
            with reading(path):
                if size is None or stored.nbytes > size:
                    check_room(shape, stored.dtype.itemsize)
                found = stored.read(index)
                if np.ndim(found) != len(shape):
                    raise ValueError(f"its array is {list(np.shape(found))} where it declares {list(shape)}")
            return found

        return read

    def _function(self, function: Callable[..., Any]) -> Callable[..., Any]:
        path, size = self._path, self._size

        @wraps(function)
        def call(*args: Any, **kwargs: Any) -> Any:
            with reading(path):
                found = function(*args, **kwargs)
            return _Guard(path, size).around(found)

        return call


def _steps(values: Iterator[Any], path: Path, size: int | None) -> Iterator[Any]:
    """The values of an iterator, each of which is computed inside `reading`."""
    end = object()
    while True:
        with reading(path):
            value = next(values, end)
        if value is end:
            return
        yield _Guard(path, size).around(value)


_START = "paths are relative to the scene file, and in a command or a notebook to the current folder"


def nearby(path: Path) -> str:
    """What would be right instead of a missing file: the name of one that is there."""
    parent = path.parent
    if glob.has_magic(str(parent)):
        return _START
    if not parent.is_dir():
        return f"the folder {parent.name!r} does not exist either; {_START}"
    names = sorted(entry.name for entry in parent.iterdir() if entry.is_file() or is_zarr(entry))
    near = difflib.get_close_matches(path.name, names, n=1, cutoff=0.6)
    return f"did you mean {near[0]!r}?" if near else _START


def _reason(error: BaseException) -> str:
    """Why a file cannot be read, in the words of the library if they are about the file."""
    text = _first_line(error)
    if isinstance(error, RecursionError):
        return "its parts hold each other without end"
    if isinstance(error, KeyError) or not isinstance(error, _WITHOUT_WORDS):
        return text or type(error).__name__
    return f"it is not as its format asks ({type(error).__name__}{': ' if text else ''}{text})"


def _first_line(error: BaseException) -> str:
    try:
        text = str(error)
    except Exception:  # the text of an error may hold whatever the file holds
        text = ""
    line = text.strip().split("\n")[0].rstrip(".")[:_LONGEST_REASON]
    return visible(line, lines=False)


def _name(error: OSError, path: Path) -> str:
    """The name of the file that an error of the system is about, which may be another one that the file names."""
    return Path(error.filename).name if isinstance(error.filename, str) and error.filename else path.name
