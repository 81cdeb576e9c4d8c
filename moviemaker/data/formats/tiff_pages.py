"""The chain of pages of a TIFF file (Adobe, TIFF 6.0, section 2; BigTIFF), followed before a library follows it."""

from __future__ import annotations

import struct
from pathlib import Path

_SHORTEST = 6
"""Bytes of a page without entries."""


def check_pages(path: Path) -> None:
    """Follows the offsets from page to page. An offset beyond the end is left to whoever reads the file.

    Raises:
        ValueError: a page leads back to one before it, or there are more pages than the file has room for.
    """
    size = path.stat().st_size
    with path.open("rb") as file:
        head = file.read(16)
        order = {b"II": "<", b"MM": ">"}.get(head[:2])
        if order is None or len(head) < 8:
            return
        big = struct.unpack_from(f"{order}H", head, 2)[0] == 43
        count_kind, offset_kind, entry = ("Q", "Q", 20) if big else ("H", "I", 12)
        if big and len(head) < 16:
            return
        (offset,) = struct.unpack_from(order + offset_kind, head, 8 if big else 4)
        seen: set[int] = set()
        while 0 < offset < size:
            if offset in seen or len(seen) > size // _SHORTEST:
                raise ValueError(f"its pages lead back to each other: the one at byte {offset} comes twice")
            seen.add(offset)
            file.seek(offset)
            count = file.read(struct.calcsize(count_kind))
            if len(count) < struct.calcsize(count_kind):
                return
            after = offset + len(count) + entry * struct.unpack(order + count_kind, count)[0]
            if after >= size:
                return
            file.seek(after)
            found = file.read(struct.calcsize(offset_kind))
            if len(found) < struct.calcsize(offset_kind):
                return
            (offset,) = struct.unpack(order + offset_kind, found)
