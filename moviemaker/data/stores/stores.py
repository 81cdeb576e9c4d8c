"""Stores of Zarr: a folder, a zip file, or an address on the web.

What their files say is not believed: names stay inside of the store, also those that are links, only regular files are
opened, and no file is read beyond what belongs in it.
"""

from __future__ import annotations

import importlib
import json
import os
import re
import threading
import zipfile
from collections.abc import Iterable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from functools import lru_cache
from pathlib import Path
from typing import Any, Protocol

from moviemaker.core.errors import InputError
from moviemaker.core.machine.network import local_network_is_allowed
from moviemaker.core.machine.regular_files import open_regular

Metadata = dict[str, Any]
"""Content of a JSON file."""

METADATA = ("zarr.json", ".zarray", ".zgroup")
PROTOCOLS = ("https", "http", "s3", "gs", "gcs")
ZIPPED = (".zarr.zip", ".ozx", ".zip")
"""Endings of zip files: that of OME-Zarr is `.ozx`."""

MOST_METADATA = 1 << 24
"""Most bytes of a file of metadata."""


class Store(Protocol):
    """Files below a root, named by their paths from there."""

    def metadata(self, name: str) -> Metadata | None:
        """Content of a metadata file; None: no such file.

        Raises:
            ValueError: the file does not hold a mapping, or lies outside of the store.
            OSError: the file cannot be read.
            InputError: at `file`: the server does not answer, or may not be asked.
        """
        ...

    def answering(self) -> AbstractContextManager[None]:
        """A context for reading arrays, which turns errors of a connection into an InputError at `file`."""
        ...

    def inside(self, group: str) -> list[str]:
        """Names of the possible arrays and groups in a group, sorted; empty: unknown."""
        ...

    def written(self, array: str) -> frozenset[str] | None:
        """Names of the files of an array, relative to the array; None: unknown."""
        ...

    def read(self, name: str, start: int | None, stop: int | None, most: int) -> bytes | None:
        """Bytes of a file.

        Args:
            name: of the file.
            start, stop: a range of its bytes; a start below 0 counts from the end; None: the whole file.
            most: bytes that belong in this range.

        Returns:
            The bytes; None: no such file.

        Raises:
            ValueError: there are more, or the file lies outside of the store.
            OSError: the file cannot be read.
            InputError: at `file`: the server does not answer, or may not be asked.
        """
        ...


class Folder:
    """Files in a folder."""

    def __init__(self, path: Path):
        self._path = path
        self._root = os.path.realpath(path)

    def metadata(self, name: str) -> Metadata | None:
        """Content of a metadata file."""
        found = self.read(name, None, None, MOST_METADATA)
        return None if found is None else _mapping(found, name)

    def read(self, name: str, start: int | None, stop: int | None, most: int) -> bytes | None:
        """Bytes of a file."""
        path = self._inside(name)
        try:
            file = open_regular(path)
        except (FileNotFoundError, NotADirectoryError, IsADirectoryError):
            return None
        except ValueError:
            raise ValueError(f"its {name} is a pipe or a device") from None
        with file:
            first, last, _ = slice(start, stop).indices(os.fstat(file.fileno()).st_size)
            _check_length(max(last - first, 0), most, name)
            file.seek(first)
            return file.read(max(last - first, 0))

    def inside(self, group: str) -> list[str]:
        """The folders in a group. Links to other places in the store are left out: they are found there."""
        found = []
        for each in Path(self._inside(group)).iterdir():
            name = joined(group, each.name)
            if each.is_dir() and not (each.is_symlink() and self._inside(name)):
                found.append(name)
        return sorted(found)

    def written(self, array: str) -> frozenset[str]:
        """The files of an array."""
        start = self._path / array
        return frozenset(
            os.path.relpath(os.path.join(folder, name), start).replace(os.sep, "/")
            for folder, _, files in os.walk(start)
            for name in files
        )

    def answering(self) -> AbstractContextManager[None]:
        """Does nothing."""
        return nullcontext()

    def _inside(self, name: str) -> str:
        """The path of a file or folder.

        Raises:
            ValueError: it lies outside of the store.
        """
        _check_name(name)
        path = os.path.realpath(os.path.join(self._root, *name.split("/"))) if name else self._root
        if path != self._root and not path.startswith(os.path.join(self._root, "")):
            raise ValueError(f"its {name!r} is a link that leads out of it")
        return path


class Zipped:
    """Files in a zip file, at its top or in its only folder."""

    def __init__(self, path: Path):
        self._file = zipfile.ZipFile(path)
        self._lock = threading.Lock()
        self._names = frozenset(self._file.namelist())
        tops = {name.split("/")[0] for name in self._names}
        self._root = "" if len(tops) > 1 or tops & {*METADATA} else f"{next(iter(tops), '')}/"

    def metadata(self, name: str) -> Metadata | None:
        """Content of a metadata file."""
        found = self.read(name, None, None, MOST_METADATA)
        return None if found is None else _mapping(found, name)

    def read(self, name: str, start: int | None, stop: int | None, most: int) -> bytes | None:
        """Bytes of a file, of which no more are unpacked than belong there."""
        if self._root + name not in self._names:
            return None
        with self._lock:
            info = self._file.getinfo(self._root + name)
            if info.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
                raise ValueError(f"its {name} is packed by a rare method of zip; pack it anew with zip -0")
            first, last, _ = slice(start, stop).indices(info.file_size)
            _check_length(max(last - first, 0), most, name)
            with self._file.open(info) as file:
                file.seek(first)
                return file.read(max(last - first, 0))

    def inside(self, group: str) -> list[str]:
        """The folders in a group."""
        return _below(group, (name.removeprefix(self._root) for name in self._names))

    def written(self, array: str) -> frozenset[str]:
        """The files of an array."""
        start = self._root + (f"{array}/" if array else "")
        return frozenset(name.removeprefix(start) for name in self._names if name.startswith(start))

    def answering(self) -> AbstractContextManager[None]:
        """Does nothing."""
        return nullcontext()


class Remote:
    """Files on the web that need no login. Metadata are kept once they are read.

    Args:
        address: with its protocol.
        local: whether addresses of this machine and its network may be connected to.

    Raises:
        InputError: at `file`: the address cannot be used, or its server does not answer.
    """

    def __init__(self, address: str, local: bool):
        self._address = address.rstrip("/")
        self._web = importlib.import_module("moviemaker.data.stores.web").Web(self._address, local)
        self._read: dict[str, Metadata | None] = {}
        self._all: set[str] | None = None
        self._take_together()

    def _take_together(self) -> None:
        """Reads the metadata of all arrays and groups from one file, if they are consolidated there."""
        top = self.metadata("zarr.json")
        together = (top or {}).get("consolidated_metadata")
        found = {f"{name}/zarr.json": each for name, each in _dictionary(together, "metadata").items()}
        if top is None:
            found = _dictionary(self.metadata(".zmetadata"), "metadata")
        self._read |= {name: each if isinstance(each, dict) else None for name, each in found.items()}
        self._all = set(found) or None

    def metadata(self, name: str) -> Metadata | None:
        """Content of a metadata file."""
        if name not in self._read and self._all is not None and "/" in name:
            return None  # consolidated metadata would contain it
        if name not in self._read:
            self._read[name] = self._fetched(name)
        return self._read[name]

    def _fetched(self, name: str) -> Metadata | None:
        _check_name(name)
        with self.answering():
            try:
                found = self._web.read(name, MOST_METADATA)
            except (FileNotFoundError, PermissionError):
                return None
        return _mapping(found, name)

    def read(self, name: str, start: int | None, stop: int | None, most: int) -> bytes | None:
        """Bytes of a file."""
        _check_name(name)
        try:
            found: bytes = self._web.read(name, most, start, stop)
            return found
        except FileNotFoundError:
            return None
        except PermissionError:
            raise OSError(f"the server asks for a login to read {name}") from None

    @contextmanager
    def answering(self) -> Iterator[None]:
        """Turns errors of a connection into an InputError."""
        try:
            yield
        except InputError:
            raise
        except (OSError, ValueError) as e:
            reason = str(e).split("\n")[0][:160] or type(e).__name__
            what = f"{self._address!r} cannot be read: {reason}"
            raise InputError(what, "check the address and the connection, and try again", ("file",)) from e

    def inside(self, group: str) -> list[str]:
        """Names from the consolidated metadata, or from a listing."""
        if self._all is not None:
            return _below(group, self._all)
        return sorted(joined(group, name) for name in self._web.inside(group))

    def written(self, array: str) -> None:
        """Unknown: asking for every file would take longer than reading them."""
        return


def store_of(path: Path) -> Store:
    """The store at a path, or at an address as a path.

    Raises:
        InputError: at `file`: the address cannot be used, or its server does not answer.
        OSError: it cannot be read.
        zipfile.BadZipFile: the file is not a zip file.
    """
    if is_address(path):
        return _remote(address_of(path), local_network_is_allowed())
    return Zipped(path) if path.is_file() else Folder(path)


@lru_cache(maxsize=16)
def _remote(address: str, local: bool) -> Remote:
    return Remote(address, local)


def path_of(address: str) -> Path:
    """An address such as `https://host/cube.zarr` as a path, because readers take paths.

    A path merges the two slashes into one; `address_of` restores them.

    Raises:
        InputError: at `file`: data are not read by its protocol.
    """
    protocol = _ADDRESS.match(address)
    name = "" if protocol is None else protocol[1].lower()
    if name not in PROTOCOLS or (protocol and protocol[2]):
        what = f"no data are read by the protocol {(protocol[0] if protocol else address)[:60]!r}"
        web = "write an address that begins with https://, s3:// or gs://"
        right = "write the path of the file" if name == "file" else web
        raise InputError(what, f"{right}, or download the data and name the file", ("file",))
    return Path(address)


def is_address(path: Path | str) -> bool:
    """Whether a path is an address, whether or not data are read by its protocol."""
    return _ADDRESS.match(path.as_posix() if isinstance(path, Path) else path) is not None


def address_of(path: Path) -> str:
    """The address that a path stands for."""
    return _ADDRESS.sub(lambda found: f"{found[1].lower()}{found[2] or ''}://", path.as_posix())


_ADDRESS = re.compile(r"([A-Za-z][A-Za-z0-9+.-]+)(::.*?)?:/+")
"""A protocol, those that are chained to it, and the slashes."""


def _check_length(length: int, most: int, name: str) -> None:
    if length > most:
        raise ValueError(f"its {name} has {length} bytes, where at most {most} belong")


def _check_name(name: str) -> None:
    if name and any(part in ("", ".", "..") or "\0" in part or "\\" in part for part in name.split("/")):
        raise ValueError(f"its metadata name {name[:80]!r}, which may lie outside of it")


def _dictionary(found: object, key: str) -> Metadata:
    inner = found.get(key) if isinstance(found, dict) else None
    return inner if isinstance(inner, dict) else {}


def joined(group: str, name: str) -> str:
    """The path of a name in a group."""
    return f"{group}/{name}" if group else name


def _below(group: str, names: Iterable[str]) -> list[str]:
    start = f"{group}/" if group else ""
    found = {name[len(start) :].split("/")[0] for name in names if name.startswith(start)}
    return sorted(start + name for name in found if name and name not in METADATA)


def _mapping(text: bytes, name: str) -> Metadata:
    try:
        found = json.loads(text)
    except RecursionError:
        raise ValueError(f"its {name} is nested too deeply") from None
    except ValueError as error:
        raise ValueError(f"its {name} is not JSON: {error}") from None
    if not isinstance(found, dict):
        raise ValueError(f"its {name} does not hold metadata")
    return found


def is_node(store: Store, name: str) -> bool:
    """Whether an array or a group of Zarr has this name in a store."""
    return any(store.metadata(joined(name, each)) is not None for each in METADATA)


def is_zarr(path: Path) -> bool:
    """Whether a folder or an address holds an array or a group of Zarr, whatever its name.

    Raises:
        InputError: at `file`: a library for the address is not installed, or the server does not answer.
    """
    if is_address(path):
        return is_node(store_of(path), "")
    return path.is_dir() and any((path / name).is_file() for name in METADATA)
