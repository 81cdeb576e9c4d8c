"""Whether players, YouTube and domes can show a movie correctly, from its facts. Pure.

Sources: YouTube's page on upload encoding (https://support.google.com/youtube/answer/1722171) and on 360 degrees
(https://support.google.com/youtube/answer/6178631), Google's specification of VR180
(https://github.com/google/spatial-media/blob/master/docs/vr180.md), the naming rules of Skybox, DeoVR, Rad TV and the
Quest's gallery, and the AFDI dome master specification 1.0 (http://www.imersa.org).
"""

from __future__ import annotations

import shlex
from dataclasses import dataclass
from fractions import Fraction
from itertools import combinations
from pathlib import PurePath
from typing import cast, get_args

from moviemaker.film.dome_description import described_stereo
from moviemaker.film.inspect.probe import Facts
from moviemaker.film.layout import EYE_ASPECT, PictureLayout, Projection, StereoMode, name_tokens

_EXTENSIONS = {
    "MP4": (".mp4", ".m4v", ".mov"),
    "MOV": (".mov", ".qt", ".mp4"),
    "Matroska": (".mkv", ".mk3d"),
    "WebM": (".webm", ".mkv"),
    "GIF": (".gif",),
}
_YOUTUBE_RATES = (24, 25, 30, 48, 50, 60)
_DOME_RATES = (24, 25, 30, 48, 60)
_DOME_SIZES = (720, 1024, 1536, 2048, 3200, 3600, 4096, 8192)
_TOLERANCE = Fraction(1, 100)  # of width by height: sizes are rounded to what a codec takes

Objection = tuple[str, str]
"""A problem, and how to solve it."""


@dataclass(frozen=True)
class Verdict:
    """Whether one sort of player can show a movie correctly.

    Attributes:
        audience: the sort of player.
        objections: what prevents a correct picture; empty: it is correct.
        advice: possible improvements.
    """

    audience: str
    objections: tuple[Objection, ...]
    advice: tuple[Objection, ...] = ()


def picture_layout(facts: Facts) -> PictureLayout:
    """Projection and stereo mode of the picture: by its metadata or description, else by its name, else flat.

    Where metadata disagree, V2 takes precedence over V1, as its specification says. Metadata without a projection leave
    it to the others. A projection that `PictureLayout` cannot express, such as a mesh, counts as flat.
    """
    if facts.description:  # only dome masters have one
        return PictureLayout("fisheye", cast(StereoMode, described_stereo(facts.description)))
    tokens = name_tokens(facts.name)
    said = sorted(facts.readings, key=lambda reading: ("V2", "Matroska", "V1", "Apple").index(reading.source))
    projection: str | None = next((reading.projection for reading in said if reading.projection), None)
    stereo: str | None = next((reading.stereo for reading in said), None)
    if not said:
        projection, stereo = tokens.projection, tokens.stereo
    return PictureLayout(
        cast(Projection, projection if projection in get_args(Projection) else "rectangular"),
        cast(StereoMode, stereo if stereo in get_args(StereoMode) else "mono"),
    )


def contradictions(facts: Facts) -> tuple[Objection, ...]:
    """Contradictions between the metadata of a file, its name and its picture."""
    layout, tokens = picture_layout(facts), name_tokens(facts.name)
    found: list[Objection] = [
        (fault, "render the output again: only what is missing is computed") for fault in facts.faults
    ]
    fitting = _EXTENSIONS.get(facts.container, ())
    extension = PurePath(facts.name).suffix.lower()
    if fitting and extension not in fitting:
        found.append(
            (f"it is named {extension or 'without an extension'} and is {facts.container}", f"name it {fitting[0]}")
        )
    for one, other in combinations(facts.readings, 2):
        projections = {reading.projection for reading in (one, other) if reading.projection}
        if len(projections) > 1 or one.stereo != other.stereo:
            found.append((f"its metadata disagree: {one}; {other}", _tag(facts, layout, " --force")))
    if facts.readings:
        right = (
            f"let its name end in {layout.name_suffix}{extension}"
            if layout.name_suffix
            else "take that out of the name"
        )
        if tokens.projection and tokens.projection != layout.projection:
            what = f"its name says {tokens.projection} and its metadata say {layout.projection}"
            found.append((what, right))
        if tokens.stereo and tokens.stereo != layout.stereo:
            found.append((f"its name says {tokens.stereo} and its metadata say {layout.stereo}", right))
    wanted = EYE_ASPECT.get(layout.projection)
    if facts.size and wanted and not _fits(facts.size, layout):
        width, height = layout.eye_size(facts.size)
        ratio = f"{float(width / height):.3g}:1"
        article = "an" if layout.projection == "equirectangular" else "a"
        per_eye = "" if layout.stereo == "mono" else " per eye"
        found.append(
            (
                f"{article} {layout.projection} picture is {float(wanted):g}:1{per_eye}, and this one is {ratio}",
                "render it with a size of that ratio, or correct its metadata and its name if it is another picture",
            )
        )
    return tuple(found)


def verdicts(facts: Facts) -> tuple[Verdict, ...]:
    """The verdict of each sort of player."""
    if facts.container.startswith(("PNG", "EXR")):
        return (_domes(facts),)
    return _youtube_360(facts), _youtube_vr180(facts), _headsets(facts), _domes(facts)


def _fits(size: tuple[int, int], layout: PictureLayout) -> bool:
    """Whether the picture has its projection's ratio, with each eye in full size or squeezed into half a frame."""
    wanted = EYE_ASPECT[layout.projection]
    ratios = (Fraction(*layout.eye_size(size)), Fraction(*size))
    return any(abs(ratio / wanted - 1) <= _TOLERANCE for ratio in ratios)


def _at_rate(fps: Fraction | None, rates: tuple[int, ...]) -> bool:
    return fps is None or any(abs(fps / rate - factor) < 1e-4 for rate in rates for factor in (1, 1000 / 1001))


def _youtube(facts: Facts) -> tuple[list[Objection], list[Objection]]:
    objections: list[Objection] = []
    advice: list[Objection] = []
    if facts.container not in ("MP4", "MOV", "Matroska", "WebM"):
        objections.append((f"{facts.container} cannot carry the metadata", "render with format: mp4"))
    elif facts.container in ("Matroska", "WebM"):
        advice.append((f"YouTube asks for MP4, and this is {facts.container}", "render with format: mp4"))
    if facts.clear:
        advice.append(("YouTube does not show its alpha channel", "render with a background of a colour"))
    if facts.fragmented:
        objections.append(("its index is in pieces", "copy it with ffmpeg -c copy -movflags +faststart"))
    if facts.edit_list:
        advice.append(("it has an edit list, which YouTube may process wrongly", "render it here, which writes none"))
    if facts.index_first is False:
        advice.append(("its index is behind the pictures", "copy it with ffmpeg -c copy -movflags +faststart"))
    if not _at_rate(facts.fps, _YOUTUBE_RATES):
        rates = ", ".join(map(str, _YOUTUBE_RATES))
        advice.append((f"{_rate(facts.fps)} frames per second are not YouTube's", f"render with fps of {rates}"))
    return objections, advice


def _youtube_360(facts: Facts) -> Verdict:
    objections, advice = _youtube(facts)
    layout = picture_layout(facts)
    if layout.projection != "equirectangular":
        return Verdict("YouTube 360", (_wrong_lens(layout, "equirectangular"),))
    if not facts.readings:
        cure = f"{_tag(facts, layout)}: YouTube goes by the metadata"
        objections.append(("only its name says that it is 360 degrees", cure))
    if layout.stereo == "left-right":
        objections.append(("YouTube shows 360 degrees in stereo only from top-bottom", "use packing: top-bottom"))
    small, large = ((7168, 3584), (8192, 4096)) if layout.stereo == "mono" else ((5120, 5120), (8192, 8192))
    if facts.size and facts.size[0] < small[0]:
        advice.append((f"{_by(facts.size)} looks soft in a headset", f"YouTube suggests {_by(small)} to {_by(large)}"))
    if facts.size and (facts.size[0] > large[0] or facts.size[1] > large[1]):
        advice.append((f"{_by(facts.size)} is more than YouTube shows", f"{_by(large)} is enough"))
    return Verdict("YouTube 360", tuple(objections), tuple(advice))


def _youtube_vr180(facts: Facts) -> Verdict:
    objections, advice = _youtube(facts)
    layout, sources = picture_layout(facts), {reading.source for reading in facts.readings}
    if layout.projection != "half-equirectangular":
        return Verdict("YouTube VR180", (_wrong_lens(layout, "vr180"),))
    if not sources & {"V2", "Matroska"}:
        objections.append(("it has no V2 metadata, the only ones that can say VR180", _tag(facts, layout)))
    if "V1" in sources:
        objections.append(("its V1 metadata say 360 degrees", _tag(facts, layout, " --force")))
    if layout.stereo != "left-right":
        objections.append((f"it is {layout.stereo}, and VR180 is left-right", "render with packing: left-right"))
    return Verdict("YouTube VR180", tuple(objections), tuple(advice))


def _headsets(facts: Facts) -> Verdict:
    objections: list[Objection] = []
    advice: list[Objection] = []
    layout, tokens = picture_layout(facts), name_tokens(facts.name)
    if facts.codec not in ("H.264", "H.265", "AV1", "VP9"):
        objections.append((f"headsets do not play {facts.codec}", "render with codec: h265"))
    elif facts.container not in ("MP4", "MOV"):
        advice.append((f"some headsets do not open {facts.container}", "render with format: mp4"))
    if facts.tag == "hev1":
        objections.append(("Apple's players show no picture of H.265 tagged hev1", "render it here, which writes hvc1"))
    if facts.size and facts.codec == "H.264" and max(facts.size) > 4096:
        objections.append(
            (f"headsets decode H.264 up to 4096 pixels, not {_by(facts.size)}", "render with codec: h265")
        )
    elif facts.size and max(facts.size) > 8192:
        objections.append((f"headsets decode up to 8192 pixels, not {_by(facts.size)}", "render it smaller"))
    suffix = layout.name_suffix
    said = (tokens.projection, tokens.stereo) if suffix[:2] in ("_1", "_3") else (tokens.stereo,)
    missing = [word for word, known in zip(suffix.split("_")[1:], said, strict=False) if known is None]
    if missing:
        name = PurePath(facts.name)
        objections.append(
            (
                f"players that go by the name look for {' and '.join(missing)}",
                f"name it {name.stem}{suffix}{name.suffix}",
            )
        )
    if layout.projection == "cubemap":
        objections.append(("few players show a cubemap", "render with lens: equirectangular"))
    if layout.projection == "fisheye":
        advice.append(("it is a dome's circle; players do not detect it", "render with lens: equirectangular or vr180"))
    if layout.projection != "rectangular" and not _at_rate(facts.fps, (30, 48, 50, 60, 72, 90)):
        advice.append((f"{_rate(facts.fps)} frames per second judder when the head turns", "render with fps: 60"))
    return Verdict("headset players", tuple(objections), tuple(advice))


def _domes(facts: Facts) -> Verdict:
    objections: list[Objection] = []
    advice: list[Objection] = []
    layout = picture_layout(facts)
    if layout.projection not in ("rectangular", "fisheye"):
        return Verdict("domes", (_wrong_lens(layout, "domemaster"),))
    if layout.stereo != "mono":
        objections.append((f"it is {layout.stereo}: domes take each eye by itself", "use packing: separate"))
    elif facts.size and facts.size[0] != facts.size[1]:
        objections.append((f"a dome master is square, and this is {_by(facts.size)}", "render with lens: domemaster"))
    elif facts.size and facts.size[0] not in _DOME_SIZES:
        sizes = ", ".join(map(str, _DOME_SIZES))
        advice.append((f"{facts.size[0]} pixels are not in the dome master list", f"theatres expect {sizes}"))
    if not _at_rate(facts.fps, _DOME_RATES):
        advice.append((f"{_rate(facts.fps)} frames per second are not in the dome master list", "use fps: 30 or 60"))
    elif facts.fps and not _at_rate(facts.fps, (30, 60)):
        advice.append((f"dome masters are best at 30 or 60 frames per second, not {_rate(facts.fps)}", "use fps: 30"))
    if not facts.container.startswith(("PNG", "EXR")):
        advice.append(("a theatre slices the frames themselves", "render with format: png, and keep this as a preview"))
    if facts.description.get("Guides", "none") != "none":
        objections.append(("guides are drawn onto its pictures", "render with guides: false"))
    objections += [(fault, "render the output again: only what is missing is computed") for fault in facts.faults]
    return Verdict("domes", tuple(objections), tuple(advice))


def tag_command(facts: Facts, layout: PictureLayout) -> str | None:
    """The command that writes the metadata of a layout into a movie; None if it has no place for them."""
    if facts.container not in ("MP4", "MOV", "Matroska", "WebM") or not layout.word:
        return None
    return f"moviemaker tag {shlex.quote(facts.name)} --like {layout.word}"


def _tag(facts: Facts, layout: PictureLayout, option: str = "") -> str:
    command = tag_command(facts, layout)
    return f"put them back with {command}{option}" if command else "render it here"


def _wrong_lens(layout: PictureLayout, lens: str) -> Objection:
    flat = layout.projection == "rectangular"
    return f"the picture is {'flat' if flat else layout.projection}", f"render with lens: {lens}"


def _by(size: tuple[int, int]) -> str:
    return f"{size[0]} x {size[1]}"


def _rate(fps: Fraction | None) -> str:
    return f"{float(fps or 0):.5g}"
