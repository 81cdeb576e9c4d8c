"""Projection and stereo mode in Matroska and WebM: their own elements, and V1 as a tag.

`StereoMode` and `Projection` are children of the `Video` element of a video track (RFC 9559, section 5.1.4.1.28; the V2
specification of spherical video says the same). The V1 XML is a tag `spherical-video` of that track. ffmpeg's command
line can write `StereoMode` and the tag, but not `Projection`.
"""

from __future__ import annotations

from pathlib import Path

from moviemaker.core.errors import InputError
from moviemaker.film.containers.ebml import (
    TAGS,
    TRACKS,
    Element,
    Head,
    element,
    parse,
    read_element,
    read_head,
    rewrite,
    unsigned,
)
from moviemaker.film.containers.spherical import Reading, projection_data, read_projection_data, read_v1, v1_text
from moviemaker.film.layout import PictureLayout

TRACK_ENTRY, TRACK_UID, TRACK_TYPE, VIDEO = 0xAE, 0x73C5, 0x83, 0xE0
_STEREO_MODE, _OLD_STEREO_MODE, _PROJECTION = 0x53B8, 0x53B9, 0x7670
_PROJECTION_TYPE, _PROJECTION_PRIVATE = 0x7671, 0x7672
_TAG, _TARGETS, _TAG_TRACK_UID, _SIMPLE_TAG, _TAG_NAME, _TAG_STRING = 0x7373, 0x63C0, 0x63C5, 0x67C8, 0x45A3, 0x4487
_TARGET_TYPE_VALUE, _TARGET_TYPE = 0x68CA, 0x63CA
_V1_NAME = b"spherical-video"

_IS_VIDEO = 1  # of TRACK_TYPE
_STEREO_MODES = {"mono": 0, "left-right": 1, "bottom-top": 2, "top-bottom": 3, "right-left": 11}
_PROJECTION_TYPES = {b"equi": 1, b"cbmp": 2, b"mshp": 3}
_VERSION = 4  # of Matroska: the first with projections


def write_metadata(path: Path, layout: PictureLayout) -> None:
    """Puts the metadata of a layout into a file, and replaces those that were there; see `ebml.rewrite`.

    Raises:
        InputError: the file is damaged, holds no video, was written into a pipe, or lacks room before its pictures.
        OSError: it cannot be read or replaced.
    """
    with open(path, "rb") as file:
        tracks = _video_tracks(read_head(file))
    if not tracks:
        raise InputError("it has no video", "name a movie")
    uids = [unsigned(_first(track, TRACK_UID)) for track in tracks]
    text = v1_text(layout)

    def edit(content: bytes) -> bytes:
        return b"".join(_edited_track(id, inside, layout) for id, inside in parse(content))

    def retag(content: bytes) -> bytes:
        kept = b"".join(_without_v1(id, inside) for id, inside in parse(content))
        return kept + b"".join(_v1_tag(uid, text) for uid in uids if text is not None)

    rewrite(path, edit, retag, 0 if layout.is_plain else _VERSION)


def read_metadata(path: Path) -> tuple[Reading, ...]:
    """The metadata of the first video track, V1 first.

    Raises:
        InputError: the file is damaged.
        struct.error: the metadata are cut short.
    """
    with open(path, "rb") as file:
        head = read_head(file)
        tags = [content for id, content in head.first if id == TAGS]
        tags += [read_element(file, place) for place in head.last if place.id == TAGS]
    tracks = _video_tracks(head)
    if not tracks:
        return ()
    found: list[Reading | None] = []
    uid = unsigned(_first(tracks[0], TRACK_UID))
    for _, tag in (child for content in tags for child in parse(content)):
        parts = parse(tag)
        target = parse(_first(parts, _TARGETS) or b"")
        if unsigned(_first(target, _TAG_TRACK_UID)) in (0, uid):
            simple = [parse(content) for id, content in parts if id == _SIMPLE_TAG]
            texts = [_first(one, _TAG_STRING) or b"" for one in simple if _is_v1(one)]
            found += [read_v1(text.decode(errors="replace")) for text in texts]
    video = parse(_first(tracks[0], VIDEO) or b"")
    found.append(_read_video(video))
    return tuple(reading for reading in found if reading)


def video_track(head: Head) -> list[Element] | None:
    """The elements of the first video track."""
    return next(iter(_video_tracks(head)), None)


def _video_tracks(head: Head) -> list[list[Element]]:
    tracks = [parse(content) for id, content in parse(head.content(TRACKS) or b"") if id == TRACK_ENTRY]
    return [track for track in tracks if unsigned(_first(track, TRACK_TYPE)) == _IS_VIDEO]


def _first(elements: list[Element], id: int) -> bytes | None:
    return next((content for found, content in elements if found == id), None)


def _edited_track(id: int, content: bytes, layout: PictureLayout) -> bytes:
    parts = parse(content)
    if id != TRACK_ENTRY or unsigned(_first(parts, TRACK_TYPE)) != _IS_VIDEO:
        return element(id, content)
    return element(id, b"".join(element(i, _edited_video(c, layout) if i == VIDEO else c) for i, c in parts))


def _edited_video(content: bytes, layout: PictureLayout) -> bytes:
    replaced = (_STEREO_MODE, _OLD_STEREO_MODE, _PROJECTION)
    edited = b"".join(element(id, inside) for id, inside in parse(content) if id not in replaced)
    if layout.stereo != "mono":
        edited += element(_STEREO_MODE, _STEREO_MODES[layout.stereo])
    projection = projection_data(layout)
    if projection is not None:
        kind, payload = projection
        private = element(_PROJECTION_PRIVATE, payload)
        edited += element(_PROJECTION, element(_PROJECTION_TYPE, _PROJECTION_TYPES[kind]) + private)
    return edited


def _read_video(video: list[Element]) -> Reading | None:
    mode, inside = _first(video, _STEREO_MODE), _first(video, _PROJECTION)
    stereo = next((word for word, code in _STEREO_MODES.items() if code == unsigned(mode)), f"mode {unsigned(mode)}")
    projection = None
    if inside is not None:
        parts = parse(inside)
        code, payload = unsigned(_first(parts, _PROJECTION_TYPE)), _first(parts, _PROJECTION_PRIVATE)
        kind = next((kind for kind, number in _PROJECTION_TYPES.items() if number == code), None)
        if kind is not None:
            # Without data an equirectangular picture is not cropped (RFC 9559, section 5.1.4.1.28.43).
            projection = read_projection_data(kind, payload or bytes(20))
    return Reading("Matroska", projection, stereo) if unsigned(mode) or projection else None


def _is_v1(simple_tag: list[Element]) -> bool:
    return (_first(simple_tag, _TAG_NAME) or b"").lower() == _V1_NAME


def _without_v1(id: int, content: bytes) -> bytes:
    """A tag without its V1 text; empty if the V1 text was all of it."""
    parts = parse(content)
    kept = [(i, inside) for i, inside in parts if i != _SIMPLE_TAG or not _is_v1(parse(inside))]
    if id != _TAG or len(kept) == len(parts):
        return element(id, content)
    if not any(i == _SIMPLE_TAG for i, _ in kept):
        return b""
    return element(id, b"".join(element(i, inside) for i, inside in kept))


def _v1_tag(uid: int, text: str) -> bytes:
    target = element(_TARGET_TYPE_VALUE, 30) + element(_TARGET_TYPE, b"TRACK") + element(_TAG_TRACK_UID, uid)
    simple = element(_TAG_NAME, _V1_NAME) + element(_TAG_STRING, text.encode())
    return element(_TAG, element(_TARGETS, target) + element(_SIMPLE_TAG, simple))
