"""The first look at a file whose reader calls a compiled library: another process reads it first.

A built-in reader says by its function `first_look` how a file is looked at, and a reader of another package by its
attribute `native` that its files have to be.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

from moviemaker.data.files.choose_reader import choose_reader, first_look
from moviemaker.data.formats.contents import Structure
from moviemaker.data.formats.reader import Reader
from moviemaker.data.probing.verdicts import probe
from moviemaker.data.probing.ways import Probe
from moviemaker.data.stores.stores import is_address


def look_first(path: Path, structure: Structure | None = None, reader: Reader | None = None) -> None:
    """Looks at a file in another process, unless its reader needs none or its content is known.

    Args:
        path: of the file.
        structure: topology of a file of molecules.
        reader: of the file (default: the one that is chosen for it).

    Raises:
        InputError: at `file`: reading it crashes or does not end.
    """
    reader = choose_reader(path) if reader is None else reader
    how = None if reader is None or is_address(path) else first_look(reader, path)
    if how is None:
        return
    topology = None if structure is None else structure.topology
    if topology is not None:
        how = replace(how, arguments=(*how.arguments, str(topology.absolute())))
    probe(path, how, () if topology is None else (topology,), meanwhile=_importing(how))


def _importing(how: Probe) -> Callable[[], None]:
    """Imports what this process needs as well, while the other one works."""

    def do() -> None:
        for module in how.modules:
            with suppress(ImportError):
                importlib.import_module(module)

    return do
