"""Names that become parts of the names of files: they stay inside of their folder, and are theirs alone."""

from __future__ import annotations

import unicodedata

from moviemaker.core.machine.terminal import visible

SCENES = (".yaml", ".yml")
"""Endings of scene files."""

MOST_BYTES = 100
"""Longest part of a name: the name of a scene, of an output, and what is added to them fit into 255 bytes."""


def name_fault(name: str) -> str:
    """Why a text cannot be part of the name of a file; empty: it can.

    >>> [name_fault(each) for each in ("film", "été", "../film", "-y", "a" * 101)]
    ['', '', 'it holds a slash', "it begins with '-'", 'it has 101 bytes, of at most 100']
    """
    if not name:
        return "it is empty"
    if "/" in name:
        return "it holds a slash"
    if name[0] in ".-":
        return f"it begins with {name[0]!r}"
    if visible(name, lines=False) != name:
        return "it holds characters that cannot be seen"
    size = len(name.encode("utf-8", "surrogateescape"))
    return f"it has {size} bytes, of at most {MOST_BYTES}" if size > MOST_BYTES else ""


def same_file(name: str) -> str:
    """A text that is equal for names that some file systems take for the same: they ignore case or composed letters.

    >>> same_file("HD") == same_file("hd"), same_file("e\u0301") == same_file("\u00e9")
    (True, True)
    """
    return unicodedata.normalize("NFC", unicodedata.normalize("NFC", name).casefold())
