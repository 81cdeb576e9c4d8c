"""Projection and stereo mode in MP4 and MOV: Google's V1 and V2, and Apple's.

- V1: the XML of `spherical.py` in a `uuid` box, the last one in each video `trak`.
- V2: `st3d` and `sv3d` in the first sample entry of each video track, after the boxes that set up its decoder and
  before `clap` and `pasp`; `sv3d` holds `svhd` first (FFmpeg insists on it), then `proj` with `prhd` and `equi` or
  `cbmp`. Further sample entries, which few files have, get none: FFmpeg cannot open a file with a second `st3d`.
- Apple's `vexu`, for H.265 with the tag `hvc1`: the eyes (`eyes`/`stri`), the projection (`proj`/`prji`), and how the
  eyes share a frame (`pack`/`pkin`): https://developer.apple.com/av-foundation/Stereo-Video-ISOBMFF-Extensions.pdf.
  It follows the others: FFmpeg cannot open a file in which it precedes `st3d`, and does not know the stereo mode of a
  file without `pack`.

Numbers are big-endian.
"""

from __future__ import annotations

import struct
from uuid import UUID

from moviemaker.core.errors import InputError
from moviemaker.film.containers.mp4_boxes import Box, parse_boxes, sample_entries, video_tracks
from moviemaker.film.containers.spherical import (
    SOURCE,
    Reading,
    projection_data,
    read_projection_data,
    read_v1,
    v1_text,
)
from moviemaker.film.layout import PictureLayout

_V1 = UUID("ffcc8263-f855-4a93-8814-587a02521fdd").bytes
_OURS = (b"st3d", b"sv3d", b"vexu")
_DECODER_SETUP = (b"avcC", b"hvcC", b"lhvC", b"av1C", b"vpcC", b"vvcC", b"dvcC", b"dvvC", b"glbl", b"esds", b"SMI ")
_FULL = b"\0\0\0\0"  # version 0 and no flags, with which the content of a "full" box begins

_ST3D = {"mono": 0, "top-bottom": 1, "left-right": 2, "custom": 3, "right-left": 4}
_PRJI = {"rectangular": b"rect", "equirectangular": b"equi", "half-equirectangular": b"hequ"}
_PKIN = {"left-right": b"side", "top-bottom": b"over"}


def write_metadata(moov: Box, layout: PictureLayout) -> None:
    """Puts the metadata of a layout into an index, and replaces those that were there.

    Raises:
        InputError: the index holds no video, or is damaged.
    """
    tracks = video_tracks(moov)
    if not tracks:
        raise InputError("it has no video", "name a movie")
    text = v1_text(layout)
    for trak in tracks:
        trak.children = [child for child in trak.children or () if not _is_v1(child)]
        if text is not None:
            trak.children.append(Box(b"uuid", _V1 + text.encode()))
        for number, entry in enumerate(sample_entries(trak)):
            kept = [child for child in entry.children or () if child.kind not in _OURS]
            place, new = _place(kept), _boxes(layout, entry.kind) if number == 0 else []
            entry.children = [*kept[:place], *new, *kept[place:]]


def read_metadata(moov: Box) -> tuple[Reading, ...]:
    """The metadata of the first video track, V1 first.

    Raises:
        InputError: the metadata are damaged.
        struct.error: the metadata are cut short.
    """
    found: list[Reading | None] = []
    for trak in video_tracks(moov)[:1]:
        found += [read_v1(box.content[16:].decode(errors="replace")) for box in trak.children or () if _is_v1(box)]
        for entry in sample_entries(trak)[:1]:
            found += [_read_v2(entry), _read_apple(entry)]
    return tuple(reading for reading in found if reading)


def _is_v1(box: Box) -> bool:
    return box.kind == b"uuid" and box.content.startswith(_V1)


def _place(boxes: list[Box]) -> int:
    """Position of the metadata among the boxes of a sample entry: behind the last one that sets up the decoder."""
    return max((i + 1 for i, box in enumerate(boxes) if box.kind in _DECODER_SETUP), default=0)


def _boxes(layout: PictureLayout, codec: bytes) -> list[Box]:
    boxes = []
    if layout.stereo != "mono":
        boxes.append(Box(b"st3d", _FULL + bytes([_ST3D[layout.stereo]])))
    projection = projection_data(layout)
    if projection is not None:
        kind, payload = projection
        head = Box(b"prhd", _FULL + struct.pack(">3i", 0, 0, 0))  # yaw, pitch, roll: the picture is level
        source = Box(b"svhd", _FULL + SOURCE.encode() + b"\0")
        boxes.append(Box(b"sv3d", b"", [source, Box(b"proj", b"", [head, Box(kind, payload)])]))
    if codec == b"hvc1" and layout.projection in _PRJI and not layout.is_plain:
        boxes.append(_vexu(layout))
    return boxes


def _vexu(layout: PictureLayout) -> Box:
    inside = []
    if layout.stereo != "mono":
        inside.append(Box(b"eyes", b"", [Box(b"stri", _FULL + b"\x03")]))  # holds both eyes
    inside.append(Box(b"proj", b"", [Box(b"prji", _FULL + _PRJI[layout.projection])]))
    if layout.stereo != "mono":
        inside.append(Box(b"pack", b"", [Box(b"pkin", _FULL + _PKIN[layout.stereo])]))
    return Box(b"vexu", b"", inside)


def _read_v2(entry: Box) -> Reading | None:
    st3d, sv3d = entry.find(b"st3d"), entry.find(b"sv3d")
    stereo = "mono"
    if st3d is not None:
        (mode,) = struct.unpack_from("B", st3d.content, 4)
        stereo = next((word for word, code in _ST3D.items() if code == mode), f"stereo mode {mode}")
    projection = None
    if sv3d is not None:
        for child in _inside(sv3d, b"proj"):
            if child.kind in (b"equi", b"cbmp", b"mshp"):
                projection = read_projection_data(child.kind, child.content)
    return Reading("V2", projection, stereo) if st3d is not None or projection else None


def _read_apple(entry: Box) -> Reading | None:
    vexu = entry.find(b"vexu")
    if vexu is None:
        return None
    eyes = next((box.content[4] for box in _inside(vexu, b"eyes") if box.kind == b"stri" and len(box.content) > 4), 0)
    pack = next((box.content[4:8] for box in _inside(vexu, b"pack") if box.kind == b"pkin"), None)
    kind = next((box.content[4:8] for box in _inside(vexu, b"proj") if box.kind == b"prji"), None)
    stereo = "mono"
    if eyes & 3 == 3:
        stereo = next((word for word, code in _PKIN.items() if code == pack), "multiview")
        stereo = {"left-right": "right-left", "top-bottom": "bottom-top"}.get(stereo, stereo) if eyes & 8 else stereo
    words = {code: word for word, code in _PRJI.items()}
    return Reading("Apple", words.get(kind, kind.decode("latin-1")) if kind else None, stereo)


def _inside(box: Box, kind: bytes) -> list[Box]:
    """The boxes in the first child of a kind; both boxes stay unopened."""
    for child in box.children if box.children is not None else parse_boxes(box.content)[0]:
        if child.kind == kind:
            return child.children if child.children is not None else parse_boxes(child.content)[0]
    return []
