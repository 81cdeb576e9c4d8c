"""Compressed files: `.gz`, `.bz2` or `.xz` follows the ending of the format."""

from __future__ import annotations

import io
import os
from pathlib import Path
from typing import IO, TYPE_CHECKING

from moviemaker.core.machine.memory import check_memory, size_text
from moviemaker.data.formats.declared_size import check_read

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

COMPRESSED = (".gz", ".bz2", ".xz")

_PIECE = 1 << 20
_LOOKED_AT = 64 << 20
"""Bytes after which the memory that is still free is looked at again."""


def open_binary(path: Path) -> IO[bytes]:
    """Opens a file for reading, and decompresses it on the fly if its ending asks for that.

    Reading raises ValueError where a compressed file unpacks to many more bytes than it has, see `declared_size`.
    """
    suffix = path.suffix.lower()
    if suffix not in COMPRESSED:
        return path.open("rb")
    return unpacked(path.open("rb"), suffix, path.stat().st_size)


def unpacked(file: IO[bytes], suffix: str, packed: int) -> IO[bytes]:
    """The decompressed bytes of an open file, from where it stands.

    Args:
        file: which is closed with the result.
        suffix: one of `COMPRESSED`.
        packed: number of compressed bytes.
    """
    # Modules are imported only when they are needed, so that `moviemaker check` starts fast.
    stream: IO[bytes]
    match suffix:
        case ".gz":
            import gzip

            stream = gzip.GzipFile(fileobj=file)  # type: ignore[assignment]
        case ".bz2":
            import bz2

            stream = bz2.BZ2File(file)
        case _:
            import lzma

            stream = lzma.LZMAFile(file)  # noqa: SIM115 - closed with the result
    return io.BufferedReader(_Limited(stream, file, packed), 1 << 16)


class _Limited(io.RawIOBase):
    """A decompressed stream that ends with an error where it grows without end."""

    def __init__(self, stream: IO[bytes], file: IO[bytes], packed: int):
        self._stream, self._file, self._packed = stream, file, packed
        self._at = 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def readinto(self, buffer: WriteableBuffer) -> int:
        view = memoryview(buffer).cast("B")
        found = self._stream.read(len(view))
        view[: len(found)] = found
        self._at += len(found)
        check_read(self._at, self._packed)
        return len(found)

    def readall(self) -> bytes:
        parts: list[bytes] = []
        size = 0
        while found := self._stream.read(_PIECE):
            parts.append(found)
            size += len(found)
            self._at += len(found)
            check_read(self._at, self._packed)
            if size % _LOOKED_AT < _PIECE:  # the parts are joined into one
                what = f"the {size_text(size)} that it unpacks to"
                check_memory(size + _LOOKED_AT, what, "free memory, or store fewer or smaller samples", ("file",))
        return b"".join(parts)

    def seek(self, offset: int, whence: int = os.SEEK_SET, /) -> int:
        target = offset + self._at if whence == os.SEEK_CUR else offset
        if whence == os.SEEK_END or target < 0:
            raise io.UnsupportedOperation("a compressed file is read from its beginning")
        if target < self._at:
            self._at = self._stream.seek(0)
        while self._at < target and (found := self._stream.read(min(_PIECE, target - self._at))):
            self._at += len(found)
            check_read(self._at, self._packed)
        return self._at

    def tell(self) -> int:
        return self._at

    def close(self) -> None:
        if not self.closed:
            self._stream.close()
            self._file.close()
        super().close()


def is_compressed(path: Path) -> bool:
    """Whether the ending is that of a compression."""
    return path.suffix.lower() in COMPRESSED
