"""Data in memory that stand where a scene names a file.

Rooms name data by paths. Data that Python gives are named by a path such as `memory:3/array.npy`, and whoever opens
files looks here first. The name ends as the file would that holds the same data, and keeps them alive.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from pathlib import Path
from typing import Protocol
from weakref import WeakValueDictionary

_PROTOCOL = "memory:"
_numbers = itertools.count(1)


class Held(Protocol):
    """Data in memory.

    Attributes:
        what: what they are, such as `ndarray`.
        suffix: ending of a file that holds the same data.
    """

    @property
    def what(self) -> str: ...  # noqa: D102 - the attributes are described above

    @property
    def suffix(self) -> str: ...  # noqa: D102

    @property
    def fingerprint(self) -> str:
        """A hash of their content."""
        ...

    @property
    def has_changed(self) -> bool:
        """Whether the content is another one than when the hash was computed."""
        ...

    def write(self, path: Path) -> None:
        """Writes them to a file, or to a folder of Zarr."""
        ...


class InMemory(str):
    """The name of data in memory, which stands where a scene names a file.

    Attributes:
        held: the data.
    """

    held: Held

    def __new__(cls, held: Held) -> InMemory:
        """A new name for data."""
        name = super().__new__(cls, f"{_PROTOCOL}{next(_numbers)}/{held.what}{held.suffix}")
        name.held = held
        _names[str.__str__(name)] = held
        return name

    @property
    def fingerprint(self) -> str:
        """The same for the same data, whatever they are called."""
        return self.held.fingerprint

    def __reduce__(self) -> tuple[type[str], tuple[str]]:
        return str, (str.__str__(self),)  # another process has no such data

    def __copy__(self) -> InMemory:
        return self

    def __deepcopy__(self, known: object) -> InMemory:
        return self


_names: WeakValueDictionary[str, Held] = WeakValueDictionary()


def held_at(path: Path | str) -> Held | None:
    """The data of this name; None: it is a path like any other."""
    text = path.as_posix() if isinstance(path, Path) else path
    return _names.get(text) if text.startswith(_PROTOCOL) else None


def is_in_memory(path: Path | str) -> bool:
    """Whether a path names data in memory."""
    return held_at(path) is not None


def names_in_memory(file: object) -> tuple[InMemory, ...]:
    """The names of data in memory in a value of `file`, which is one name or several."""
    several = file if isinstance(file, Sequence) and not isinstance(file, str) else [file]
    return tuple(name for name in several if isinstance(name, InMemory))
