"""Compressed files: `.gz`, `.bz2` or `.xz` follows the ending of the format."""

from __future__ import annotations

from pathlib import Path
from typing import IO

COMPRESSED = (".gz", ".bz2", ".xz")


def open_binary(path: Path) -> IO[bytes]:
    """Opens a file for reading, and decompresses it on the fly if its ending asks for that."""
    # Modules are imported only when they are needed, so that `moviemaker check` starts fast.
    match path.suffix.lower():
        case ".gz":
            import gzip

            return gzip.open(path, "rb")  # type: ignore[return-value]
        case ".bz2":
            import bz2

            return bz2.open(path, "rb")
        case ".xz":
            import lzma

            return lzma.open(path, "rb")
    return path.open("rb")


def is_compressed(path: Path) -> bool:
    """Whether the ending is that of a compression."""
    return path.suffix.lower() in COMPRESSED
