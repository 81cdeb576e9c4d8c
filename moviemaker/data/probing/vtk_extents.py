"""Whether the pieces of a grid in VTK's XML formats fill it. VTK leaves what no piece holds as memory happens to be."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

SUFFIXES = (".vti", ".vtr", ".vts", ".pvti", ".pvtr", ".pvts")

_BLOCK = 1 << 20
_LONGEST_TAG = 1 << 13
_TAG = re.compile(rb"<(?:P?(?:ImageData|RectilinearGrid|StructuredGrid)|Piece|AppendedData)\b[^<>]*>")
_EXTENT = re.compile(rb"""\b(Whole)?Extent\s*=\s*["']([-+\d\s]*)["']""")


def missing_cells(path: Path) -> str | None:
    """Why a grid cannot be used whose pieces are too few; None: they may fill it, or nothing is known.

    The cells of the pieces are counted. Pieces that overlap can hide others that are missing.
    """
    whole: list[int] | None = None
    held = 0
    for named_whole, extent in _extents(path):
        if named_whole:
            whole = extent
        elif whole is not None:
            held += _cells(extent, whole)
    if whole is None or held >= (expected := _cells(whole, whole)):
        return None
    return f"its pieces hold {held} of the {expected} cells of its WholeExtent {' '.join(map(str, whole))}"


def _cells(extent: list[int], whole: list[int]) -> int:
    """Cells of a part of a grid. Along an axis on which the whole grid has one sample, it counts as one cell."""
    count = 1
    for axis in range(0, 6, 2):
        flat = whole[axis] == whole[axis + 1]
        count *= 1 if flat else max(extent[axis + 1] - extent[axis], 0)
    return count


def _extents(path: Path) -> Iterator[tuple[bool, list[int]]]:
    """The extents that the elements of a file name, in order, and whether each is that of the whole grid."""
    for tag in _tags(path):
        found = _EXTENT.search(tag)
        numbers = [int(text) for text in found[2].split()] if found else []
        if found and len(numbers) == 6:
            yield bool(found[1]), numbers


def _tags(path: Path) -> Iterator[bytes]:
    """The elements of a file that may name an extent, up to where raw bytes begin."""
    rest = b""
    with path.open("rb") as file:
        while block := file.read(_BLOCK):
            text, end = rest + block, 0
            for found in _TAG.finditer(text):
                if found[0].startswith(b"<AppendedData"):
                    return
                yield found[0]
                end = found.end()
            rest = text[max(end, len(text) - _LONGEST_TAG) :]
