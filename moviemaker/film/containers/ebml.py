"""Elements of Matroska and WebM files: finds them, and writes a file with a changed head. RFC 8794, RFC 9559.

A file is an EBML header and a Segment. The children of the Segment are the SeekHead (positions of the others), Info,
Tracks, Tags, then Clusters of pictures and Cues. Positions count from the first child of the Segment. They stay right
as long as the Clusters do not move. Changed elements therefore have to fit before the Clusters, where ffmpeg and
mkvmerge leave room. Tags may also go behind everything else.
"""

from __future__ import annotations

import os
import shutil
import struct
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from moviemaker.core.errors import InputError
from moviemaker.core.machine.files import whole_file
from moviemaker.film.copy_range import copy_range, write_at

EBML, SEGMENT, SEEK_HEAD, INFO, TRACKS = 0x1A45DFA3, 0x18538067, 0x114D9B74, 0x1549A966, 0x1654AE6B
CLUSTER, CUES, TAGS, VOID, CRC = 0x1F43B675, 0x1C53BB6B, 0x1254C367, 0xEC, 0xBF
DOC_TYPE, DOC_TYPE_VERSION = 0x4282, 0x4287
_SEEK, _SEEK_ID, _SEEK_POSITION = 0x4DBB, 0x53AB, 0x53AC
_LARGEST_HEAD = 1 << 28  # bytes; attached pictures and fonts count too

Element = tuple[int, bytes]
"""An element's ID and its content."""


@dataclass(frozen=True)
class Place:
    """Where an element lies in the file: its head from `start`, its content from `body` to `end` (None: unknown)."""

    id: int
    start: int
    body: int
    end: int | None


@dataclass(frozen=True)
class Head:
    """The elements at the beginning of a file, and the positions of the others.

    Attributes:
        header: content of the EBML header.
        segment: place of the Segment.
        first: ID and content of the children of the Segment before the first Cluster, without fillers and checksums.
        clusters: where the first Cluster begins; the end of the Segment in a file without Clusters.
        last: places of the children after the first Cluster, without Clusters.
        is_complete: whether all sizes are known. They are unknown in a file that was written into a pipe.
    """

    header: bytes
    segment: Place
    first: tuple[Element, ...]
    clusters: int
    last: tuple[Place, ...]
    is_complete: bool

    def content(self, id: int) -> bytes | None:
        """The content of the first element with an ID before the Clusters."""
        return next((content for found, content in self.first if found == id), None)


def read_head(file: BinaryIO) -> Head:
    """Finds the elements of a file and reads those before the first Cluster.

    Raises:
        InputError: the file is damaged or cut short.
    """
    end = file.seek(0, os.SEEK_END)
    header = _place(file, 0, end)
    if header.id != EBML or header.end is None:
        raise damaged("it does not begin with an EBML header")
    segment = _place(file, header.end, end)
    if segment.id != SEGMENT:
        raise damaged("it has no Segment")
    first: list[Element] = []
    last: list[Place] = []
    stop, clusters, complete = segment.end or end, None, segment.end is not None
    for place in _children(file, segment.body, stop):
        if place.id == CLUSTER:
            clusters = place.start if clusters is None else clusters
            complete &= place.end is not None
        elif clusters is not None:
            last.append(place)
        elif place.end is None or place.end - segment.body > _LARGEST_HEAD:
            raise damaged("an element before the pictures has no size, or an impossible one")
        elif place.id not in (VOID, CRC):
            first.append((place.id, _read(file, place)))
    found = stop if clusters is None else clusters
    return Head(_read(file, header), segment, tuple(first), found, tuple(last), complete)


def read_element(file: BinaryIO, place: Place) -> bytes:
    """The content of an element.

    Raises:
        InputError: its size is unknown or implausibly large.
    """
    if place.end is None or place.end - place.body > _LARGEST_HEAD:
        raise damaged("an element behind the pictures has no size, or an impossible one")
    return _read(file, place)


def _read(file: BinaryIO, place: Place) -> bytes:
    assert place.end is not None
    file.seek(place.body)
    return file.read(place.end - place.body)


def _children(file: BinaryIO, at: int, end: int) -> Iterator[Place]:
    while at < end:
        place = _place(file, at, end)
        yield place
        if place.end is None:  # the next element begins at an unknown position: stop here
            return
        at = place.end


def _place(file: BinaryIO, at: int, end: int) -> Place:
    file.seek(at)
    id, size, length = _element_head(file.read(12), 0)
    stop = None if size is None else at + length + size
    if stop is not None and stop > end:
        raise damaged(f"its element {id:X} at byte {at} is cut short or has an impossible size")
    return Place(id, at, at + length, stop)


def _element_head(data: bytes, at: int) -> tuple[int, int | None, int]:
    """ID, size (None: unknown) and length of the head of the element at a byte of some data.

    Raises:
        InputError: the data at this byte are not a whole head of an element.
    """
    head = data[at : at + 12]
    id_length = 9 - head[0].bit_length() if head else 9
    size_length = 9 - head[id_length].bit_length() if len(head) > id_length else 9
    if id_length > 4 or size_length > 8 or len(head) < id_length + size_length:
        raise damaged("no element where one should begin")
    size = int.from_bytes(head[id_length : id_length + size_length], "big") & ((1 << 7 * size_length) - 1)
    unknown = size == (1 << 7 * size_length) - 1
    return int.from_bytes(head[:id_length], "big"), None if unknown else size, id_length + size_length


def parse(data: bytes) -> list[Element]:
    """The elements one after another in some bytes, without fillers and checksums.

    Raises:
        InputError: the bytes are damaged.
    """
    elements, at = [], 0
    while at < len(data):
        id, size, length = _element_head(data, at)
        if size is None or at + length + size > len(data):
            raise damaged(f"its element {id:X} has an impossible size")
        if id not in (VOID, CRC):
            elements.append((id, data[at + length : at + length + size]))
        at += length + size
    return elements


def unsigned(content: bytes | None, default: int = 0) -> int:
    """The whole number in an element; the default for a missing element."""
    return default if content is None else int.from_bytes(content, "big")


def number(content: bytes | None) -> float | None:
    """The floating point number in an element; None for a missing element, or one that is not 4 or 8 bytes long."""
    kind = {4: ">f", 8: ">d"}.get(len(content or b""))
    return struct.unpack(kind, content)[0] if kind and content else None


def element(id: int, content: bytes | int, least: int = 1) -> bytes:
    """The bytes of an element.

    Args:
        id: its ID.
        content: bytes, or a number, which is written in as few bytes as possible.
        least: the smallest number of bytes in which its size is written.
    """
    if isinstance(content, int):
        content = content.to_bytes(max(1, (content.bit_length() + 7) // 8), "big")
    return id.to_bytes((id.bit_length() + 7) // 8, "big") + _size(len(content), least) + content


def _size(value: int, least: int = 1) -> bytes:
    length = next(n for n in range(least, 9) if value < (1 << 7 * n) - 1)
    return (value | 1 << 7 * length).to_bytes(length, "big")


def rewrite(path: Path, edit: Callable[[bytes], bytes], retag: Callable[[bytes], bytes], version: int) -> None:
    """Changes Tracks and Tags of a file. The file is replaced as a whole: an interrupted call leaves it unchanged.

    Args:
        path: the movie.
        edit: returns the new content of Tracks for the old one.
        retag: returns the new content of Tags for the old one, with all Tags of the file joined.
        version: of Matroska that the changed elements need; WebM uses the same numbers.

    Raises:
        InputError: the file is damaged, was written into a pipe, or lacks room before its pictures.
        OSError: it cannot be read or replaced.
    """
    with open(path, "rb") as source:
        end = source.seek(0, os.SEEK_END)
        head = read_head(source)
        if not head.is_complete or head.segment.end is None:
            raise InputError("it was written into a pipe and does not say how long its parts are", _REMUX)
        before = [(id, edit(content) if id == TRACKS else content) for id, content in head.first]
        tagged = [content for id, content in head.first if id == TAGS]
        tagged += [read_element(source, place) for place in head.last if place.id == TAGS]
        tags = retag(b"".join(tagged))
        others = [(id, content) for id, content in before if id not in (TAGS, SEEK_HEAD)]
        room = head.clusters - head.segment.body
        # Tags go before the pictures if they fit there, else behind everything.
        last, stop = _without_tags(head)
        front = _front(others + ([(TAGS, tags)] if tags else []), last, head.segment.body, room)
        back = b""
        if front is None:
            behind = [(id, at) for id, at in last if at < stop - head.segment.body]
            behind += [(TAGS, stop - head.segment.body)] if tags else []
            front, back = _front(others, behind, head.segment.body, room), element(TAGS, tags) if tags else b""
        if front is None:
            raise InputError("it has no room for metadata before its pictures", _REMUX)
        with whole_file(path) as partial, open(partial, "xb", buffering=0) as target:
            start = _opening(head, version, stop + len(back))
            write_at(target.fileno(), start + front, 0)
            copy_range(source.fileno(), target.fileno(), head.clusters, stop - head.clusters, head.clusters)
            for place in head.last:
                if place.id == TAGS and place.start < stop:
                    assert place.end is not None
                    write_at(target.fileno(), _void(place.end - place.start), place.start)
            write_at(target.fileno(), back, stop)
            rest = stop + len(back)
            copy_range(source.fileno(), target.fileno(), head.segment.end, end - head.segment.end, rest)
            target.truncate(rest + end - head.segment.end)
            shutil.copymode(path, partial)


_REMUX = "copy it into a file with ffmpeg -c copy first, which leaves room and writes sizes"


def _without_tags(head: Head) -> tuple[list[tuple[int, int]], int]:
    """(ID, position in the Segment) of the elements behind the pictures except Tags, and the end without Tags."""
    assert head.segment.end is not None
    stop, kept = head.segment.end, list(head.last)
    while kept and kept[-1].id in (TAGS, VOID):
        stop = kept.pop().start
    listed = [place for place in kept if place.id not in (TAGS, VOID, CRC)]
    return [(place.id, place.start - head.segment.body) for place in listed], stop


def _front(elements: list[Element], last: list[tuple[int, int]], body: int, room: int) -> bytes | None:
    """The bytes before the pictures: a SeekHead, the elements, and a filler; None if they do not fit."""
    written = [(id, element(id, content)) for id, content in elements]
    # Every position takes at least four bytes, so that the size of the SeekHead does not depend on the positions.
    length = len(_seek_head([(id, 0) for id, _ in written] + last))
    positions, at = [], length
    for id, data in written:
        positions.append((id, at))
        at += len(data)
    front = _seek_head(positions + last) + b"".join(data for _, data in written)
    if len(front) == room or len(front) + 2 <= room:
        return front + _void(room - len(front))
    return None


def _seek_head(positions: list[tuple[int, int]]) -> bytes:
    entries = []
    for id, position in positions:
        where = position.to_bytes(max(4, (position.bit_length() + 7) // 8), "big")
        name = id.to_bytes((id.bit_length() + 7) // 8, "big")
        entries.append(element(_SEEK, element(_SEEK_ID, name) + element(_SEEK_POSITION, where)))
    return element(SEEK_HEAD, b"".join(entries))


def _void(length: int) -> bytes:
    """A filler of `length` bytes: 0, or at least 2."""
    if length == 0:
        return b""
    head = 2 if length < 2 + 127 else 9
    return element(VOID, bytes(length - head), head - 1)


def _opening(head: Head, version: int, end: int) -> bytes:
    """The EBML header and the head of the Segment, in as many bytes as before."""
    parts, at = bytearray(head.header), 0
    while at < len(parts):
        id, size, length = _element_head(bytes(parts), at)
        if id == DOC_TYPE_VERSION and size == 1:
            parts[at + length] = max(version, parts[at + length])
        at += length + (size or 0)
    ebml = element(EBML, bytes(parts), head.segment.start - len(parts) - 4)
    place = head.segment
    width = place.body - place.start - 4
    if end - place.body >= (1 << 7 * width) - 1:
        raise InputError("its size cannot be written where it stands", _REMUX)
    return ebml + element(SEGMENT, b"")[:4] + _size(end - place.body, width)


def damaged(what: str) -> InputError:
    """The error for a file that is damaged or in another format."""
    return InputError(what, "the file is damaged, or is not Matroska or WebM; make it again")
