"""Frames of GROMACS's XTC and TRR, whose sizes are held against the file before a compiled library reads them.

That library takes numbers of atoms and lengths from the file on trust: it reads beyond its memory if they lie.
"""

from __future__ import annotations

import struct
from pathlib import Path
from typing import IO

_XTC, _XTC_LONG, _TRR = 1995, 2023, 1993
_BARE_ATOMS = 9
"""Most atoms whose positions XTC does not compress."""
_FIRST_SMALL, _LAST_SMALL = 9, 72
"""Bounds of an index into the table of sizes that XTC's compression knows."""
_MOST_ATOMS = 300_000_000
_TAG = b"GMX_trn_file"


def check_frames(path: Path) -> None:
    """Walks over the headers of all frames.

    Raises:
        ValueError: a number does not fit the file, or the numbers of atoms differ.
    """
    size = path.stat().st_size
    walk = _skip_xtc if path.suffix.lower() == ".xtc" else _skip_trr
    atoms = None
    with path.open("rb") as file:
        frame = 0
        while file.tell() < size:
            try:
                found, length = walk(file)
            except struct.error:
                raise ValueError(f"it ends in the header of frame {frame}") from None
            if not 0 < found <= _MOST_ATOMS or (atoms is not None and found != atoms):
                raise ValueError(f"its frame {frame} declares {found} atoms")
            if not 0 <= length <= size - file.tell():
                left = size - file.tell()
                raise ValueError(f"its frame {frame} declares {length} bytes, and {left} of them are there")
            atoms = found
            file.seek(length, 1)
            frame += 1
    if not frame:
        raise ValueError("it holds no frame")


def _unpacked(file: IO[bytes], kinds: str) -> tuple[int, ...]:
    return struct.unpack(f">{kinds}", file.read(struct.calcsize(f">{kinds}")))


def _skip_xtc(file: IO[bytes]) -> tuple[int, int]:
    """Number of atoms, and bytes from here to the next frame."""
    magic, atoms, _ = _unpacked(file, "iii")
    if magic not in (_XTC, _XTC_LONG):
        raise ValueError(f"a frame begins with {magic} and not with {_XTC}")
    _unpacked(file, "10f")
    if _unpacked(file, "i") != (atoms,):
        raise ValueError("a frame has two numbers of atoms")
    if atoms <= _BARE_ATOMS:
        return atoms, 12 * atoms
    _unpacked(file, "f")
    low, high = _unpacked(file, "3i"), _unpacked(file, "3i")
    (small,) = _unpacked(file, "i")
    if not _FIRST_SMALL <= small <= _LAST_SMALL or any(a > b for a, b in zip(low, high, strict=True)):
        raise ValueError("the sizes of a compressed frame are impossible")
    (count,) = _unpacked(file, "q" if magic == _XTC_LONG else "i")
    return atoms, count + -count % 4


def _skip_trr(file: IO[bytes]) -> tuple[int, int]:
    """Number of atoms, and bytes from here to the next frame."""
    magic, _, length = _unpacked(file, "iii")
    if magic != _TRR or length != len(_TAG) or file.read(length) != _TAG:
        raise ValueError("a frame does not begin as one of TRR")
    sizes = _unpacked(file, "10i")
    atoms, _, _ = _unpacked(file, "iii")
    if min(sizes) < 0 or any(size not in (0, 12 * atoms, 24 * atoms) for size in sizes[7:]):
        raise ValueError(f"a frame of {atoms} atoms declares {sum(sizes)} bytes")
    if sizes[2] not in (0, 36, 72) or any(sizes[n] for n in (0, 1, 3, 4, 5, 6)):
        raise ValueError("a frame declares parts that TRR does not have")
    double = sizes[2] == 72 or (sizes[2] == 0 and atoms > 0 and max(sizes[7:]) == 24 * atoms)
    if any(size and size != (24 if double else 12) * atoms for size in sizes[7:]):
        raise ValueError("a frame has numbers of two precisions")
    _unpacked(file, "dd" if double else "ff")
    return atoms, sum(sizes)
