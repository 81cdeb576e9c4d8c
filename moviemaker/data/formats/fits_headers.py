"""The headers of a FITS file (FITS Standard 4.0, sections 3 and 4), looked at before a library parses them.

Astropy takes minutes for a text without its closing quote, so such headers are refused.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import IO

from moviemaker.data.formats.compressed import open_binary

_BLOCK, _CARD = 2880, 80
_MOST_BLOCKS = 10_000
_TEXT = re.compile(rb" *'(?:[^']|'')*'")
_NUMBER = re.compile(rb" *(-?[0-9]{1,18}) *(?:/|$)")


def check_headers(path: Path) -> None:
    """Walks over the headers as far as their sizes lead.

    Raises:
        ValueError: a text has no end.
    """
    with open_binary(path) as file:
        while sizes := _sizes(file):
            bits, count, more, groups, shape = sizes
            length = groups * (more + shape) * abs(bits) // 8 if count else 0
            if not 0 <= length < 1 << 62:
                return
            file.seek(length + -length % _BLOCK, 1)


def _sizes(file: IO[bytes]) -> tuple[int, int, int, int, int] | None:
    """BITPIX, NAXIS, PCOUNT, GCOUNT and the product of the axes of the next header; None: no more headers."""
    known: dict[bytes, int] = {}
    for card in _cards(file):
        if card[8:10] == b"= ":
            value = card[10:]
            if value.lstrip(b" ").startswith(b"'") and not _TEXT.match(value):
                raise ValueError(f"the text of {card[:8].decode('ascii', 'replace').strip()} in its header has no end")
            found = _NUMBER.match(value)
            if found:
                known[card[:8].strip()] = int(found[1])
    if b"BITPIX" not in known:
        return None
    count = known.get(b"NAXIS", 0)
    shape = 1
    for axis in range(1, min(count, 999) + 1):
        shape *= known.get(f"NAXIS{axis}".encode(), 1)
    return known[b"BITPIX"], count, known.get(b"PCOUNT", 0), known.get(b"GCOUNT", 1), shape


def _cards(file: IO[bytes]) -> Iterator[bytes]:
    """The cards of a header up to END."""
    for _ in range(_MOST_BLOCKS):
        block = file.read(_BLOCK)
        for start in range(0, len(block), _CARD):
            card = block[start : start + _CARD]
            if card.rstrip(b" \0") == b"END":
                return
            yield card
        if len(block) < _BLOCK:
            return
