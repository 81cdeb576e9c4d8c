"""Boxes of MP4 and MOV files: finds them, and writes a file with a changed index.

A file is a list of boxes, each with a 32-bit size and four letters (ISO/IEC 14496-12, section 4.2; QuickTime calls them
atoms). `mdat` holds the pictures and `moov` the index. The `stco` and `co64` tables of the index hold the position in
the *file* of each chunk of data. A change of the size or position of `moov` changes all of them.
"""

from __future__ import annotations

import os
import shutil
import struct
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO

import numpy as np

from moviemaker.core.errors import InputError
from moviemaker.core.machine.files import whole_file
from moviemaker.film.copy_range import copy_range, write_at

_LARGEST_INDEX = 1 << 29  # bytes; hours of video at 60 frames per second take some 10 MB

# Which box is opened inside which, and how many bytes precede the first box in it. All other boxes are kept unopened.
_INSIDE = {b"moov": b"trak", b"trak": b"mdia", b"mdia": b"minf", b"minf": b"stbl", b"stbl": b"stsd"}
_LEADING = {b"stsd": 8}
SAMPLE_ENTRY_LEADING = 78
"""Bytes of a VisualSampleEntry before its boxes (ISO/IEC 14496-12, section 12.1.3), after its own size and letters."""


@dataclass
class Box:
    """One box.

    Attributes:
        kind: its four letters.
        content: the bytes before its children; all bytes of a box without children.
        children: boxes in it; None for a box that is not opened.
        tail: bytes after the children; QuickTime ends some lists with four zeros.
    """

    kind: bytes
    content: bytes
    children: list[Box] | None = None
    tail: bytes = b""

    def __len__(self) -> int:
        inside = len(self.content) + sum(map(len, self.children or ())) + len(self.tail)
        return inside + (8 if inside + 8 < 2**32 else 16)

    def __bytes__(self) -> bytes:
        size, inside = len(self), b"".join((self.content, *map(bytes, self.children or ()), self.tail))
        head = struct.pack(">I4s", size, self.kind) if size < 2**32 else struct.pack(">I4sQ", 1, self.kind, size)
        return head + inside

    def all(self, kind: bytes) -> list[Box]:
        """The children of a kind."""
        return [child for child in self.children or () if child.kind == kind]

    def find(self, *path: bytes) -> Box | None:
        """The first box on a path of kinds below this one."""
        found: Box | None = self
        for kind in path:
            found = next(iter(found.all(kind)), None) if found else None
        return found

    def open(self, leading: int = 0) -> None:
        """Parses the content from byte `leading` on into child boxes.

        Raises:
            InputError: those bytes are not boxes.
        """
        if self.children is None:
            self.children, self.tail = parse_boxes(self.content[leading:])
            self.content = self.content[:leading]


def parse_boxes(data: bytes, parent: bytes = b"") -> tuple[list[Box], bytes]:
    """The boxes one after another in some bytes, and the remaining bytes (fewer than 8).

    Raises:
        InputError: a box is larger than the data around it.
    """
    boxes, at = [], 0
    while len(data) - at >= 8:
        size, kind = struct.unpack_from(">I4s", data, at)
        header = 8
        if size == 1 and len(data) - at >= 16:
            (size,), header = struct.unpack_from(">Q", data, at + 8), 16
        if not header <= size <= len(data) - at:
            raise _damaged(f"a box {_letters(kind)} in its index has an impossible size")
        box = Box(kind, data[at + header : at + size])
        if _INSIDE.get(parent) == kind or (kind == b"moov" and not parent):
            leading = _LEADING.get(kind, 0)
            children, tail = parse_boxes(box.content[leading:], kind)
            box = Box(kind, box.content[:leading], children, tail)
        boxes.append(box)
        at += size
    return boxes, data[at:]


@dataclass(frozen=True)
class Span:
    """Where a box lies in the file: `size` bytes from `start` on, of which the first `header` are its head."""

    kind: bytes
    start: int
    header: int
    size: int


@dataclass(frozen=True)
class Index:
    """The outermost boxes of a file, and its parsed `moov`.

    Attributes:
        spans: the boxes, in the order of the file.
        moov: the index; `rewrite` writes its changes.
        place: position of `moov` among the spans.
    """

    spans: tuple[Span, ...]
    moov: Box = field(compare=False)
    place: int

    @property
    def is_fragmented(self) -> bool:
        """Whether the index is in pieces between the data, as in streams."""
        return any(span.kind == b"moof" for span in self.spans) or bool(self.moov.all(b"mvex"))

    @property
    def is_first(self) -> bool:
        """Whether the index precedes the data, so that a player can start before it has the whole file."""
        return not any(span.kind == b"mdat" for span in self.spans[: self.place])


def read_index(file: BinaryIO) -> Index:
    """Finds the boxes of a file and reads its `moov`.

    Raises:
        InputError: the file is cut short or damaged, or does not hold a movie.
    """
    spans = tuple(_spans(file))
    place = next((i for i, span in enumerate(spans) if span.kind == b"moov"), None)
    if place is None:
        raise InputError("it has no index (moov box): its writer was stopped, or it is not a movie", "make it again")
    span = spans[place]
    if span.size > _LARGEST_INDEX:
        raise _damaged(f"its index would be {span.size} bytes")
    file.seek(span.start + span.header)
    content = file.read(span.size - span.header)
    moov = Box(b"moov", b"", *parse_boxes(content, b"moov"))
    if moov.all(b"cmov"):
        raise InputError("its index is compressed", "copy it with ffmpeg -c copy first")
    return Index(spans, moov, place)


def _spans(file: BinaryIO) -> Iterator[Span]:
    end = file.seek(0, os.SEEK_END)
    at = 0
    while at < end:
        file.seek(at)
        head = file.read(16)
        if len(head) < 8:
            raise _damaged(f"it is cut short at byte {at}")
        size, kind = struct.unpack_from(">I4s", head)
        header = 8
        if size == 1 and len(head) == 16:
            (size,), header = struct.unpack_from(">Q", head, 8), 16
        elif size == 0:  # up to the end of the file
            size = end - at
        if size < header or at + size > end:
            raise _damaged(f"its box {_letters(kind)} at byte {at} is cut short or has an impossible size")
        yield Span(kind, at, header, size)
        at += size


def video_tracks(moov: Box) -> list[Box]:
    """The `trak` boxes whose handler is video."""
    found = []
    for trak in moov.all(b"trak"):
        handler = trak.find(b"mdia", b"hdlr")
        if handler is not None and handler.content[8:12] == b"vide":
            found.append(trak)
    return found


def sample_entries(trak: Box) -> list[Box]:
    """The opened sample entries of a video track, one for each coding of its pictures.

    Raises:
        InputError: the entries are damaged.
    """
    table = trak.find(b"mdia", b"minf", b"stbl", b"stsd")
    entries = (table.children or []) if table is not None else []
    for entry in entries:
        if entry.children is None and len(entry.content) < SAMPLE_ENTRY_LEADING:
            raise _damaged("its description of the pictures is cut short")
        entry.open(SAMPLE_ENTRY_LEADING)
    return entries


def rewrite(path: Path, edit: Callable[[Box], None]) -> None:
    """Changes the index of a file and moves it before the data. The file is replaced as a whole.

    Data are copied in constant memory. An interrupted call leaves the file unchanged. A file that would not change is
    not written.

    Args:
        path: the movie.
        edit: changes the `moov` in place, except chunk offsets, which are corrected afterwards.

    Raises:
        InputError: the file is damaged, or fragmented, or encrypted.
        OSError: it cannot be read or replaced.
    """
    with open(path, "rb") as source:
        index = read_index(source)
        _refuse(index)
        before = bytes(index.moov)
        edit(index.moov)
        order = _order(index)
        moov = _with_moved_chunks(index, order)
        if order == list(index.spans) and moov == before:
            return
        with whole_file(path) as partial, open(partial, "xb", buffering=0) as target:
            at = 0
            for span in order:
                if span.kind == b"moov":
                    write_at(target.fileno(), moov, at)
                    at += len(moov)
                else:
                    copy_range(source.fileno(), target.fileno(), span.start, span.size, at)
                    at += span.size
            target.truncate(at)
            shutil.copymode(path, partial)


def _refuse(index: Index) -> None:
    if index.is_fragmented:
        raise InputError("it is fragmented", "copy it into one piece with ffmpeg -c copy first")
    for trak in index.moov.all(b"trak"):
        table = trak.find(b"mdia", b"minf", b"stbl")
        if table is not None and table.all(b"saio"):
            raise InputError(
                "it is encrypted, or has data of a kind that cannot be moved", "use the movie it was made of"
            )


def _order(index: Index) -> list[Span]:
    """The boxes in the order of the new file: an index behind the data moves directly before the first of them."""
    spans = list(index.spans)
    if not index.is_first:
        moov = spans.pop(index.place)
        spans.insert(next(i for i, span in enumerate(spans) if span.kind == b"mdat"), moov)
    if any(span.kind == b"moov" for i, span in enumerate(index.spans) if i != index.place):
        raise _damaged("it has two indexes")
    return spans


def _with_moved_chunks(index: Index, order: list[Span]) -> bytes:
    """The bytes of the index with the chunk offsets of the new order. Tables become 64 bits wide where needed."""
    tables = [(box, _offsets(box)) for box in _chunk_tables(index.moov)]
    starts = np.array([span.start for span in index.spans], np.uint64)
    end = index.spans[-1].start + index.spans[-1].size
    if any(len(old) and int(old.max()) > end for _, old in tables):
        raise _damaged("its index points behind its end")
    # A table that becomes 64 bits wide makes the index longer, which moves the chunks again.
    while True:
        moved, at = {}, 0
        for span in order:
            moved[span] = at - span.start
            at += len(index.moov) if span.kind == b"moov" else span.size
        shifts = np.array([moved[span] for span in index.spans], np.int64)
        widened = False
        for box, old in tables:
            new = old + shifts[np.searchsorted(starts, old, side="right") - 1].astype(np.uint64)  # modulo 2^64
            if box.kind == b"stco" and len(new) and int(new.max()) >= 2**32:
                box.kind, widened = b"co64", True
            table = new.astype(">u8" if box.kind == b"co64" else ">u4")
            box.content = box.content[:8] + table.tobytes()
        if not widened:
            return bytes(index.moov)


def _chunk_tables(moov: Box) -> list[Box]:
    tables = []
    for trak in moov.all(b"trak"):
        stbl = trak.find(b"mdia", b"minf", b"stbl")
        tables += stbl.all(b"stco") + stbl.all(b"co64") if stbl is not None else []
    return tables


def _offsets(table: Box) -> np.ndarray:
    width = 8 if table.kind == b"co64" else 4
    count = struct.unpack_from(">I", table.content, 4)[0] if len(table.content) >= 8 else -1
    if count < 0 or len(table.content) < 8 + width * count:
        raise _damaged("its table of chunks is cut short")
    return np.frombuffer(table.content, f">u{width}", count, 8).astype(np.uint64)


def _letters(kind: bytes) -> str:
    return repr(kind.decode("latin-1"))


def _damaged(what: str) -> InputError:
    return InputError(what, "the file is damaged, or is not MP4 or MOV; make it again")
