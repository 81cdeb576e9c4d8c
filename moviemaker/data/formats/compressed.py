"""Files that are compressed as a whole: `.gz`, `.bz2` and `.xz` after the ending that says what they are."""

from __future__ import annotations

from pathlib import Path
from typing import IO

COMPRESSED = (".gz", ".bz2", ".xz")


def open_binary(path: Path) -> IO[bytes]:
    """The file for reading, unpacked on the way if its ending says that it is compressed."""
    # Each module is imported only when it is needed: `moviemaker check` counts milliseconds.
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
    """Whether the ending says so."""
    return path.suffix.lower() in COMPRESSED
