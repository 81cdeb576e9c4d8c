"""Files in zip archives: `run.zip/snap_000.npz` names one, `run.zip/snap_*.npz` several.

They are unpacked into a folder for temporary files that only this user may enter, shared with the worker processes and
deleted when the program ends. Nothing is unpacked of an archive that declares, or turns out to hold, a thousand times
its own size (see `declared_size`), or more than the disk has room for. Names in it that lead elsewhere, links and
devices are passed over.
"""

from __future__ import annotations

import fnmatch
import os
import re
import shutil
import stat
import struct
import tempfile
import threading
import time
import zipfile
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import IO

from moviemaker.core.errors import InputError, nearest
from moviemaker.core.fingerprint import fingerprint
from moviemaker.core.machine.leftovers import unfinished_token
from moviemaker.core.machine.memory import size_text
from moviemaker.core.machine.regular_files import open_regular
from moviemaker.core.machine.temporary import temporary_folder
from moviemaker.data.files.boundary import reading
from moviemaker.data.formats.declared_size import HARMLESS, check_packed, ratio
from moviemaker.data.stores.stores import METADATA

ENDING = ".zip"
MOST_MEMBERS = 100_000

_FOLDER = "MOVIEMAKER_UNPACKED"
"""Environment variable by which worker processes find the folder of the process that started them."""
_NAMING = (".pvd", ".series", ".pvtp", ".pvtu", ".pvts", ".pvti", ".pvtr", ".mhd", ".nhdr")
"""Endings of files that name others, which lie below their folder."""
_PART = re.compile(r".+[.]\d+[.](hdf5|h5)")
_PIECE = 1 << 20
_LAST_RECORD = 22 + 65_535 + 20 + 56
"""Most bytes of the records at the end of an archive: the last, its comment, and those of archives with many files."""
_LONG_ENTRY = 300
"""Bytes in the table of contents for a file with a long name."""
_ALONE = threading.Lock()


@dataclass(frozen=True)
class Member:
    """A file in an archive.

    Attributes:
        name: its path there.
        size: bytes once it is unpacked.
    """

    name: str
    size: int


def archive_of(path: Path) -> tuple[Path, str] | None:
    """The archive and the path in it that a path such as `a.zip/b/c.csv` names; None: it leads into none."""
    if ENDING not in str(path).lower():
        return None
    for outer in reversed(path.parents):
        if outer.suffix.lower() == ENDING and outer.is_file():
            return outer, path.relative_to(outer).as_posix()
    return None


def is_archive(path: Path) -> bool:
    """Whether a path leads to a zip archive that does not hold Zarr.

    Raises:
        InputError: at `file`: its table of contents cannot be read.
    """
    if path.suffix.lower() != ENDING or not path.is_file():
        return False
    tops = ("", *{f"{member.name.split('/')[0]}/" for member in members(path)})
    names = {member.name for member in members(path, hidden=True)}
    return not any(f"{top}{name}" in names for top in tops for name in METADATA)


def members(archive: Path, hidden: bool = False) -> tuple[Member, ...]:
    """The files in an archive.

    Args:
        archive: its path.
        hidden: whether those are included that file managers hide or add.

    Raises:
        InputError: at `file`: its table of contents cannot be read.
    """
    with reading(archive), _opened(archive) as file:
        found = _members(file)
        return tuple(Member(name, info.file_size) for name, info in found.items() if hidden or not _is_hidden(name))


def unpacked(archive: Path, pattern: str) -> tuple[Path, ...]:
    """The files that a path or a pattern in an archive names, unpacked; a folder if it names a folder.

    Raises:
        InputError: at `file`: none is there, one cannot be read, or they do not fit on the disk.
    """
    with reading(archive), _opened(archive) as file:
        found = _members(file)
        inner = pattern.strip("/")
        if inner in found:
            chosen = [inner]
        elif below := [name for name in found if name.startswith(f"{inner}/")]:
            _unpack(archive, file, {name: found[name] for name in below})
            return (_root(archive) / inner,)
        else:
            chosen = [name for name in found if not _is_hidden(name) and _matches(name, inner)]
        if not chosen:
            what = f"no file {inner!r} in {archive.name!r}"
            near = nearest(inner, (name for name in found if not _is_hidden(name)))
            hint = "" if near is None else f"did you mean {near!r}? "
            raise InputError(what, f"{hint}it holds {contents_in_words(found)}", ("file",))
        _unpack(archive, file, {name: found[name] for name in _with_companions(chosen, found)})
        return tuple(_root(archive) / name for name in chosen)


def contents_in_words(names: Iterable[str]) -> str:
    """How many files of each ending lie where: `609 .csv in consol, a.txt`."""
    groups: dict[tuple[str, str], list[str]] = {}
    for name in names:
        path = PurePosixPath(name)
        if not _is_hidden(name):
            groups.setdefault((str(path.parent), path.suffix.lower()), []).append(name)
    words = [
        found[0] if len(found) == 1 else f"{len(found)} {ending or 'without an ending'}{_in(parent)}"
        for (parent, ending), found in sorted(groups.items(), key=lambda item: -len(item[1]))
    ]
    return ", ".join([*words[:6], *(["..."] if len(words) > 6 else [])]) or "no files"


def _in(parent: str) -> str:
    return "" if parent == "." else f" in {parent}"


@contextmanager
def _opened(archive: Path) -> Iterator[zipfile.ZipFile]:
    with open_regular(archive) as content:
        _check_count(content)
        with zipfile.ZipFile(content) as file:
            yield file


def _check_count(content: IO[bytes]) -> None:
    """Refuses an archive with too many files by the record at its end, before its table of contents is read."""
    length = content.seek(0, os.SEEK_END)
    content.seek(max(0, length - _LAST_RECORD))
    end = content.read()
    found = end.rfind(b"PK\5\6")
    if found >= 0 and len(end) - found >= 22:
        count, size = struct.unpack_from("<HI", end, found + 10)
        wide = end.rfind(b"PK\6\6", 0, found)
        if count == 0xFFFF and 0 <= wide <= found - 56:
            count, size = struct.unpack_from("<QQ", end, wide + 32)
        if count > MOST_MEMBERS or size > MOST_MEMBERS * _LONG_ENTRY:
            raise ValueError(f"it holds {count} files, more than {MOST_MEMBERS}; unpack it")
    content.seek(0)


def _members(file: zipfile.ZipFile) -> dict[str, zipfile.ZipInfo]:
    """The regular files with names that stay below a folder and that file systems can hold."""
    if len(file.filelist) > MOST_MEMBERS:
        raise ValueError(f"it holds {len(file.filelist)} files, more than {MOST_MEMBERS}; unpack it")
    found: dict[str, zipfile.ZipInfo] = {}
    for info in file.filelist:
        kind = stat.S_IFMT(info.external_attr >> 16)
        parts = info.filename.split("/")
        safe = not {"", ".", ".."} & set(parts) and not set(info.filename) & {"\0", "\\"}
        short = all(len(part.encode("utf-8", "replace")) < 256 for part in parts)
        if safe and short and kind in (0, stat.S_IFREG) and not info.is_dir():
            found[info.filename] = info
    return found


def _is_hidden(name: str) -> bool:
    return any(part.startswith((".", "__MACOSX")) for part in name.split("/"))


def _matches(name: str, pattern: str) -> bool:
    """Whether a path matches a pattern, in which `*` stays inside a folder and `**` stands for any folders."""

    patterns = re.sub(r"(\*\*/)+", "**/", pattern).split("/")
    reached = {0}  # numbers of patterns that the parts so far can have used up
    for part in name.split("/"):
        reached |= {number + 1 for number in sorted(reached) if patterns[number : number + 1] == ["**"]}
        fits = {number for number in reached if number < len(patterns)}
        reached = {
            number if patterns[number] == "**" else number + 1
            for number in fits
            if patterns[number] == "**" or fnmatch.fnmatchcase(part, patterns[number])
        }
    return any(set(patterns[number:]) <= {"**"} for number in reached)


def _with_companions(chosen: Sequence[str], found: Iterable[str]) -> Iterator[str]:
    """The chosen files and those that belong to them: files of the same name but for the ending, and named pieces."""
    paths = [PurePosixPath(name) for name in chosen]
    stems = {(path.parent, path.name.split(".")[0]) for path in paths}
    naming = {f"{path.parent}/" if str(path.parent) != "." else "" for path in paths if path.suffix.lower() in _NAMING}
    parts = {path.parent for path in paths if _PART.fullmatch(path.name)}
    wanted = set(chosen)
    for name in found:
        path = PurePosixPath(name)
        belongs = (path.parent, path.name.split(".")[0]) in stems or any(name.startswith(start) for start in naming)
        if name in wanted or belongs or (path.parent in parts and _PART.fullmatch(path.name)):
            yield name


def _unpack(archive: Path, file: zipfile.ZipFile, infos: dict[str, zipfile.ZipInfo]) -> None:
    """Writes files to their places, unless they are there."""
    size = archive.stat().st_size
    with _ALONE:
        root = _root(archive)
        missing = {name: info for name, info in infos.items() if not (root / name).exists()}
        _check(archive, missing.values(), size, root)
        for name, info in missing.items():
            target = root / name
            target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            part = target.parent / f".{unfinished_token()}"
            with file.open(info) as packed, open(part, "xb") as made:
                while piece := packed.read(_PIECE):  # never more than it declares
                    made.write(piece)
            with suppress(OverflowError, ValueError):
                changed = time.mktime((*info.date_time, 0, 0, -1))
                os.utime(part, (changed, changed))  # large files are told apart by it
            os.replace(part, target)


def _check(archive: Path, infos: Iterable[zipfile.ZipInfo], size: int, root: Path) -> None:
    """Refuses what grows without end, is encrypted, or does not fit on the disk."""
    whole = packed = 0
    for info in infos:
        if info.flag_bits & 1:
            what = f"{info.filename!r} in {archive.name!r} is encrypted"
            raise InputError(what, "unpack it with its password first", ("file",))
        check_packed((info.file_size,), 1, info.compress_size, "characters")
        whole, packed = whole + info.file_size, packed + info.compress_size
    if packed > size or whole > max(ratio() * size, HARMLESS):
        raise ValueError(f"its files would be {size_text(whole)}, which lie over each other in its {size_text(size)}")
    free = shutil.disk_usage(root.parent if root.parent.is_dir() else tempfile.gettempdir()).free
    if whole > 0.95 * free:
        what = f"unpacking {archive.name!r} takes {size_text(whole)}, and {size_text(free)} are free in {root.parent}"
        raise InputError(what, "free some space, set TMPDIR to another folder, or unpack it yourself", ("file",))


def _root(archive: Path) -> Path:
    """The folder for the files of an archive, by its path and its state."""
    found = archive.stat()
    key = fingerprint(os.path.realpath(archive), found.st_size, found.st_mtime_ns, found.st_ino)
    return temporary_folder(_FOLDER) / key[:16]
