"""Choice of the reader of a file: a built-in module of `data.readers`, or a class of another package."""

from __future__ import annotations

import importlib
import inspect
import pkgutil
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Protocol, cast

from moviemaker.core.errors import InputError
from moviemaker.core.fingerprint import program_fingerprint
from moviemaker.core.machine.in_memory import is_in_memory
from moviemaker.core.machine.regular_files import check_regular
from moviemaker.core.plugins import entry_points_of, load_plugin, packages_of, warn_once
from moviemaker.data.formats.compressed import COMPRESSED
from moviemaker.data.formats.contents import Contents
from moviemaker.data.formats.reader import FIRST_BYTES, Reader
from moviemaker.data.probing.ways import Probe
from moviemaker.data.probing.whole import whole_probe
from moviemaker.data.stores.stores import is_address

GROUP = "moviemaker.readers"
"""Group of the entry points by which other packages offer readers."""

_ROOM = "moviemaker.data.readers"
_USUAL_FAILURES = (InputError, OSError, EOFError, ValueError, KeyError, SyntaxError, RuntimeError, MemoryError)
"""Errors of readers for damaged files. Other errors are faults of the reader."""


class ReaderModule(Protocol):
    """A built-in module of `data.readers`. `open_together` and `recognizes`, as in `Reader`, are optional.

    So is `first_look`: for a path it says how another process looks at the file first, or None. Modules that call
    compiled libraries have it.

    Attributes:
        SUFFIXES: endings of its files in lower case, each with its point.
        COMPRESSIBLE: those of them that it also reads from compressed files.
    """

    SUFFIXES: Sequence[str]
    COMPRESSIBLE: Sequence[str]

    @property
    def open_file(self) -> Callable[[Path], Contents]:
        """The function that gives the arrays of a file."""
        ...


class _BuiltIn(Reader):
    """A module of `data.readers` as a reader."""

    def __init__(self, module: ReaderModule):
        self.suffixes, self.compressible = tuple(module.SUFFIXES), tuple(module.COMPRESSIBLE)
        self._module = module

    def open(self, path: Path) -> Contents:
        return self._module.open_file(path)

    def open_together(self, paths: Sequence[Path]) -> Contents | None:
        together: Callable[[Sequence[Path]], Contents | None] | None = getattr(self._module, "open_together", None)
        return None if together is None else together(paths)

    def recognizes(self, start: bytes) -> bool:
        recognizes: Callable[[bytes], bool] | None = getattr(self._module, "recognizes", None)
        return recognizes is not None and recognizes(start)

    def first_look(self, path: Path) -> Probe | None:
        look: Callable[[Path], Probe | None] | None = getattr(self._module, "first_look", None)
        return None if look is None else look(path)


class _FromPackage(Reader):
    """A reader of another package. Its faults are reported by the names of the reader and the package.

    Args:
        name: of the entry point.
        reader: the class behind it.
    """

    def __init__(self, name: str, reader: type[Reader]):
        self._owner = f"the reader {name!r} of {packages_of(GROUP, name)}"
        self.made_from = reader
        self._reader = reader()
        self.suffixes, self.compressible = tuple(reader.suffixes), tuple(reader.compressible)
        self.native = bool(reader.native)

    def open(self, path: Path) -> Contents:
        found = self._answer(path, lambda: self._reader.open(path))
        if not isinstance(found, Contents):
            raise self._fault(path, f"open() gives {type(found).__name__}, not Contents")
        return found

    def open_together(self, paths: Sequence[Path]) -> Contents | None:
        found = self._answer(paths[0], lambda: self._reader.open_together(paths))
        if found is not None and not isinstance(found, Contents):
            raise self._fault(paths[0], f"open_together() gives {type(found).__name__}, not Contents")
        return found

    def recognizes(self, start: bytes) -> bool:
        try:
            return bool(self._reader.recognizes(start))
        except Exception:  # the file may belong to another reader, and must not be lost to it
            return False

    def first_look(self) -> Probe | None:
        if not self.native:
            return None
        package = self.made_from.__module__.partition(".")[0]
        how = whole_probe(f"{self.made_from.__module__}:{self.made_from.__qualname__}", self._owner, package)
        return replace(how, version=program_fingerprint(package))

    def _answer(self, path: Path, ask: Callable[[], object]) -> object:
        try:
            return ask()
        except _USUAL_FAILURES:
            raise
        except Exception as error:
            raise self._fault(path, f"{type(error).__name__}: {error}") from error

    def _fault(self, path: Path, what: str) -> InputError:
        right = "report it to the authors of that package"
        return InputError(f"{path.name!r} cannot be read: {self._owner} fails: {what}", right, ("file",))


@cache
def readers() -> Mapping[str, Reader]:
    """The reader of every ending that can be read. Faulty readers of other packages are left out, with a warning."""
    package = importlib.import_module(_ROOM)
    found: dict[str, Reader] = {}
    for info in pkgutil.iter_modules(package.__path__):
        if not info.name.startswith("_"):
            module = cast(ReaderModule, importlib.import_module(f"{_ROOM}.{info.name}"))
            found.update(dict.fromkeys(module.SUFFIXES, _BuiltIn(module)))
    for name in entry_points_of(GROUP):
        try:
            reader = _FromPackage(name, load_plugin(GROUP, name, "reader", lambda offered: _fault_of(offered, found)))
        except InputError as error:
            warn_once(str(error))
        else:
            found.update(dict.fromkeys(reader.suffixes, reader))
    return found


def _fault_of(offered: object, taken: Mapping[str, Reader]) -> str | None:
    """The fault that keeps an object from being a reader, as the end of a sentence about it; None: no fault."""
    if not (inspect.isclass(offered) and issubclass(offered, Reader)):
        return "is not a subclass of moviemaker.data.readers.Reader"
    if inspect.isabstract(offered):
        return f"lacks the method {', '.join(sorted(offered.__abstractmethods__))}"
    for name in ("suffixes", "compressible"):
        endings: object = getattr(offered, name)
        if isinstance(endings, str) or not isinstance(endings, Sequence) or not all(map(_is_ending, endings)):
            return f"has {name} that are not a tuple of endings such as ('.abc',)"
    if not offered.suffixes:
        return "lacks suffixes, such as ('.abc',)"
    claimed = [suffix for suffix in offered.suffixes if suffix in taken]
    if claimed:
        return f"claims {', '.join(claimed)}, which another reader has"
    offered()  # whatever this raises is reported
    return None


def _is_ending(value: object) -> bool:
    return isinstance(value, str) and len(value) > 1 and value.startswith(".") and value == value.lower()


def choose_reader(path: Path) -> Reader | None:
    """The reader for a file: by its ending, else by its first bytes, as DICOM files often have no ending."""
    known = readers()
    suffix = suffix_of(path)
    if path.is_dir() or is_address(path):
        return known[".zarr"]
    if suffix in known:
        return known[".ncdf" if suffix == ".nc" and _is_of_amber(path) else suffix]
    check_regular(path)
    with path.open("rb") as file:
        start = file.read(FIRST_BYTES)
    return next((reader for reader in dict.fromkeys(known.values()) if reader.recognizes(start)), None)


def _is_of_amber(path: Path) -> bool:
    """Whether a NetCDF is a trajectory of AMBER, by the attributes in its header."""
    if not path.is_file():
        return False
    check_regular(path)
    with path.open("rb") as file:
        start = file.read(8 * FIRST_BYTES)
    return start.startswith(b"CDF") and b"AMBER" in start and b"ConventionVersion" in start


def first_look(reader: Reader, path: Path) -> Probe | None:
    """How another process looks at a file before its reader opens it; None: the reader calls no compiled library."""
    if isinstance(reader, _BuiltIn):
        return reader.first_look(path)
    return reader.first_look() if isinstance(reader, _FromPackage) else None


def reader_of_package(path: Path) -> type[Reader] | None:
    """The class, of another package, that reads a file; None: it is read by a built-in reader, or not at all."""
    if not entry_points_of(GROUP) or is_in_memory(path):
        return None
    try:
        reader = choose_reader(path)
    except (OSError, InputError):
        return None
    return reader.made_from if isinstance(reader, _FromPackage) else None


def last_two_suffixes(path: Path) -> str:
    """The last two endings, such as `.nii.gz`."""
    return "".join(path.suffixes[-2:]).lower()


def suffix_of(path: Path) -> str:
    """The ending of the format: without that of a compression, unless the format has both, as `.nii.gz`."""
    if last_two_suffixes(path) in readers():
        return last_two_suffixes(path)
    name = path.with_suffix("") if path.suffix.lower() in COMPRESSED else path
    return name.suffix.lower()
