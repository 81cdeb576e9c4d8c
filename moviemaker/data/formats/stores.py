"""Stores of Zarr: a folder, a zip file, or an address on the web. Metadata are read without the zarr library."""

from __future__ import annotations

import importlib
import json
import os
import re
import zipfile
from collections.abc import Iterable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from functools import lru_cache
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any, Protocol

from moviemaker.core.errors import InputError
from moviemaker.data.formats.extras import extra

if TYPE_CHECKING:
    import zarr

Metadata = dict[str, Any]
"""Content of a JSON file."""

METADATA = ("zarr.json", ".zarray", ".zgroup")
ZIPPED = (".zarr.zip", ".ozx", ".zip")
"""Endings of zip files: that of OME-Zarr is `.ozx`."""

_ANONYMOUS: dict[str, dict[str, object]] = {"s3": {"anon": True}, "gs": {"token": "anon"}, "gcs": {"token": "anon"}}
"""Options of a protocol for access without a login."""
_NEEDED = {"http": "aiohttp", "https": "aiohttp", "s3": "s3fs", "gs": "gcsfs", "gcs": "gcsfs"}
"""The package by which fsspec speaks a protocol."""


class Store(Protocol):
    """Files below a root, named by their paths from there."""

    def metadata(self, name: str) -> Metadata | None:
        """Content of a metadata file; None: no such file.

        Raises:
            ValueError: the file does not hold a mapping.
            OSError: the file cannot be read.
            InputError: at `file`: the server does not answer.
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

    def array(self, name: str) -> zarr.Array:
        """The array, opened by the zarr library.

        Raises:
            InputError: the library is not installed.
        """
        ...


class Folder:
    """Files in a folder."""

    def __init__(self, path: Path):
        self._path = path

    def metadata(self, name: str) -> Metadata | None:
        """Content of a metadata file."""
        path = self._path / name
        return _mapping(path.read_bytes(), name) if path.is_file() else None

    def inside(self, group: str) -> list[str]:
        """The folders in a group."""
        return sorted(joined(group, each.name) for each in (self._path / group).iterdir() if each.is_dir())

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

    def array(self, name: str) -> zarr.Array:
        """The array."""
        return _library(self._path).open_array(str(self._path / name), mode="r")


class Zipped:
    """Files in a zip file, at its top or in its only folder."""

    def __init__(self, path: Path):
        self._path = path
        with zipfile.ZipFile(path) as file:
            self._names = frozenset(file.namelist())
        tops = {name.split("/")[0] for name in self._names}
        self._root = "" if len(tops) > 1 or tops & {*METADATA} else f"{next(iter(tops), '')}/"

    def metadata(self, name: str) -> Metadata | None:
        """Content of a metadata file."""
        if self._root + name not in self._names:
            return None
        with zipfile.ZipFile(self._path) as file:
            return _mapping(file.read(self._root + name), name)

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

    def array(self, name: str) -> zarr.Array:
        """The array."""
        library = _library(self._path)
        store = importlib.import_module("zarr.storage").ZipStore(self._path, mode="r")
        return library.open_array(store, path=(self._root + name).rstrip("/"), mode="r")


class Remote:
    """Files on the web that need no login. Metadata are kept once they are read.

    Raises:
        InputError: at `file`: a library for the protocol is not installed.
    """

    def __init__(self, address: str):
        self._address = address.rstrip("/")
        protocol = address.partition(":")[0]
        self._options = _ANONYMOUS.get(protocol, {})
        self._path = path_of(address)
        fsspec = extra(self._path, "fsspec", "fsspec", "web")
        try:
            self._files, self._root = fsspec.core.url_to_fs(self._address, **self._options)
        except ImportError:
            needed = _NEEDED.get(protocol, f"what fsspec needs for {protocol}")
            extra(self._path, needed, needed, "web")
            raise
        except ValueError:
            what = f"{protocol!r} is not a protocol of the web"
            raise InputError(what, "write an address that begins with https:// or s3://", ("file",)) from None
        self._read: dict[str, Metadata | None] = {}
        self._all: set[str] | None = None
        self._take_together()

    def _take_together(self) -> None:
        """Reads the metadata of all arrays and groups from one file, if they are consolidated there."""
        top = self.metadata("zarr.json")
        together = (top or {}).get("consolidated_metadata") or {}
        found = {f"{name}/zarr.json": each for name, each in (together.get("metadata") or {}).items()}
        if top is None:
            found = (self.metadata(".zmetadata") or {}).get("metadata") or {}
        self._read |= found
        self._all = set(found) or None

    def metadata(self, name: str) -> Metadata | None:
        """Content of a metadata file."""
        if name not in self._read and self._all is not None and "/" in name:
            return None  # consolidated metadata would contain it
        if name not in self._read:
            self._read[name] = self._fetched(name)
        return self._read[name]

    def _fetched(self, name: str) -> Metadata | None:
        with self.answering():
            try:
                found = self._files.cat_file(f"{self._root}/{name}")
            except (FileNotFoundError, PermissionError):  # a server may report missing files as forbidden
                return None
        return _mapping(found, name)

    @contextmanager
    def answering(self) -> Iterator[None]:
        """Turns errors of a connection into an InputError."""
        try:
            yield
        except InputError:
            raise
        except Exception as e:  # each protocol has errors of its own
            reason = str(e).split("\n")[0][:160] or type(e).__name__
            what = f"{self._address!r} cannot be read: {reason}"
            raise InputError(what, "check the address and the connection, and try again", ("file",)) from e

    def inside(self, group: str) -> list[str]:
        """Names from the consolidated metadata, or from a listing."""
        if self._all is not None:
            return _below(group, self._all)
        try:
            found = self._files.ls(f"{self._root}/{group}".rstrip("/"), detail=False)
        except Exception:  # most servers give no listing
            return []
        return sorted({joined(group, name.rstrip("/").rpartition("/")[2]) for name in found})

    def written(self, array: str) -> None:
        """Unknown: asking for every file would take longer than reading them."""
        return

    def array(self, name: str) -> zarr.Array:
        """The array."""
        library = _library(self._path)
        address = joined(self._address, name)
        store = importlib.import_module("zarr.storage").FsspecStore.from_url(
            address, storage_options=self._options or None, read_only=True
        )
        return library.open_array(store, mode="r")


def store_of(path: Path) -> Store:
    """The store at a path, or at an address as a path.

    Raises:
        InputError: at `file`: a library for the address is not installed.
        OSError: it cannot be read.
        zipfile.BadZipFile: the file is not a zip file.
    """
    if is_address(path):
        return _remote(address_of(path))
    return Zipped(path) if path.is_file() else Folder(path)


@lru_cache(maxsize=16)
def _remote(address: str) -> Remote:
    return Remote(address)


def path_of(address: str) -> Path:
    """An address such as `https://host/cube.zarr` as a path, because readers take paths.

    A path merges the two slashes into one; `address_of` restores them.
    """
    return Path(address)


def is_address(path: Path | str) -> bool:
    """Whether a path is an address on the web."""
    return _PROTOCOL.match(path.as_posix() if isinstance(path, Path) else path) is not None


def address_of(path: Path) -> str:
    """The address that a path stands for."""
    return _PROTOCOL.sub(r"\1://", path.as_posix())


_PROTOCOL = re.compile(r"([a-z][a-z0-9]+):/+")


def joined(group: str, name: str) -> str:
    """The path of a name in a group."""
    return f"{group}/{name}" if group else name


def _below(group: str, names: Iterable[str]) -> list[str]:
    start = f"{group}/" if group else ""
    found = {name[len(start) :].split("/")[0] for name in names if name.startswith(start)}
    return sorted(start + name for name in found if name and name not in METADATA)


def _mapping(text: bytes, name: str) -> Metadata:
    found = json.loads(text)
    if not isinstance(found, dict):
        raise ValueError(f"its {name} does not hold metadata")
    return found


def _library(path: Path) -> ModuleType:
    return extra(path, "zarr", "zarr 3", "zarr")
