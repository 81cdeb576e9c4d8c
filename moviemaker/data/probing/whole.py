"""Reading everything that a reader gives, as the program may do later. This runs in another process."""

from __future__ import annotations

import importlib
import math
import time
from collections.abc import Iterator, Sequence
from contextlib import suppress
from operator import attrgetter
from pathlib import Path

import numpy as np

from moviemaker.data.formats.contents import Contents, Stored, Structure
from moviemaker.data.formats.grid_contents import GridContents
from moviemaker.data.probing.ways import Probe

_SECONDS = 5.0
"""Seconds after which no further array is read."""

_AT_ONCE = 1 << 28
"""Bytes from which on an array is read entry by entry."""

_MOST_OTHERS = 64


def whole_probe(opener: str, library: str, package: str, modules: tuple[str, ...] = ()) -> Probe:
    """How a file is looked at that a reader opens.

    Args:
        opener: "module:function" or "module:class", a function that opens files or a class with a method that does.
        library: in messages.
        package: whose version decides whether a result that was kept still holds.
        modules: that it imports.
    """
    module = opener.partition(":")[0]
    return Probe(f"{__name__}:read_everything", library, package, (*modules, module, __name__), (opener,))


def read_everything(opener: str, *names: str) -> None:
    """Opens a file and reads its arrays. Errors are ignored: the program meets them when it reads the file itself.

    Args:
        opener: as in `whole_probe`.
        names: path of the topology of a file of molecules, if there is one, and path of the file.

    Raises:
        MemoryError: the file takes more memory than this process may have.
    """
    contents = _opened(opener, [Path(name) for name in names])
    until = time.monotonic() + _SECONDS
    for stored in _arrays(contents):
        for index in _entries(stored):
            if time.monotonic() > until:
                return
            try:
                np.asarray(stored.read(index))
            except MemoryError:
                raise
            except BaseException:
                break


def _opened(opener: str, paths: Sequence[Path]) -> Contents:
    module, _, attribute = opener.partition(":")
    found = attrgetter(attribute)(importlib.import_module(module))
    if len(paths) > 1:
        return found(paths[-1], Structure(paths[0]))  # type: ignore[no-any-return]
    return found().open(paths[0]) if isinstance(found, type) else found(paths[0])  # type: ignore[no-any-return]


def _arrays(contents: Contents) -> Iterator[Stored]:
    yield from contents.arrays.values()
    if contents.box is not None:
        yield contents.box
    for group in contents.groups.values():
        yield from (stored for stored in group.values() if stored not in contents.arrays.values())
    if isinstance(contents, GridContents):
        for make in list(contents.others.values())[:_MOST_OTHERS]:
            with suppress(Exception):
                yield from make().arrays.values()


def _entries(stored: Stored) -> Iterator[int | None]:
    """What is read of an array in one go: all of it, or of a large one the entries along the first axis."""
    if math.prod(stored.shape) * stored.dtype.itemsize <= _AT_ONCE or not stored.shape:
        yield None
    else:
        yield from range(stored.shape[0])
