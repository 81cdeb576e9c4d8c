"""Spherical metadata as both families of containers hold it: the V1 text, and the V2 projection data.

V1: https://github.com/google/spatial-media/blob/master/docs/spherical-video-rfc.md
V2: https://github.com/google/spatial-media/blob/master/docs/spherical-video-v2-rfc.md

VR180 is written as an equirectangular picture with a quarter cropped from the left and from the right, as the VR180
creator and the `--bounds` of Google's own tool do; V1 cannot say that and is left out.
"""

from __future__ import annotations

import re
import struct
from dataclasses import dataclass

from moviemaker.film.layout import PictureLayout

SOURCE = "moviemaker"
"""Who made the metadata; without a version, so that the same movie has the same bytes."""

_QUARTER = 0x3FFFFFFF  # of the whole width, as a 0.32 fixed point number


@dataclass(frozen=True)
class Reading:
    """What one sort of metadata in a file says.

    Attributes:
        source: `V1`, `V2`, `Apple` or `Matroska`.
        projection: a `Projection`, or another word such as `mesh`; None where it says nothing.
        stereo: a `StereoMode`, or another word such as `right-left` or `multiview`.
    """

    source: str
    projection: str | None
    stereo: str = "mono"

    def __str__(self) -> str:
        return f"{self.source}: {self.projection + ', ' if self.projection else ''}{self.stereo}"


def v1_text(layout: PictureLayout) -> str | None:
    """The V1 XML, elements in the order in which Google's own tool writes them; None where V1 has no words."""
    if layout.projection != "equirectangular":
        return None
    facts = {"Spherical": "true", "Stitched": "true", "StitchingSoftware": SOURCE, "ProjectionType": "equirectangular"}
    if layout.stereo != "mono":
        facts["StereoMode"] = layout.stereo
    inner = "".join(f"<GSpherical:{key}>{value}</GSpherical:{key}>" for key, value in facts.items())
    return (
        '<?xml version="1.0"?><rdf:SphericalVideo xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" '
        f'xmlns:GSpherical="http://ns.google.com/videos/1.0/spherical/">{inner}</rdf:SphericalVideo>'
    )


def read_v1(text: str) -> Reading | None:
    """What a V1 XML says; None where it says that the video is not spherical."""
    # Three known elements of a text from anywhere: no XML parser, which could be made to run out of memory.
    facts = dict(re.findall(r"<(?:\w+:)?(Spherical|ProjectionType|StereoMode)>\s*([^<]*?)\s*<", text))
    if facts.get("Spherical", "").lower() not in ("true", "1"):
        return None
    return Reading("V1", facts.get("ProjectionType", "equirectangular"), facts.get("StereoMode", "mono"))


def projection_data(layout: PictureLayout) -> tuple[bytes, bytes] | None:
    """V2's projection: four letters and the payload, version and flags included; None for a flat picture."""
    if layout.projection == "equirectangular":
        return b"equi", struct.pack(">5I", 0, 0, 0, 0, 0)  # version and flags; top, bottom, left, right
    if layout.projection == "half-equirectangular":
        return b"equi", struct.pack(">5I", 0, 0, 0, _QUARTER, _QUARTER)
    if layout.projection == "cubemap":
        return b"cbmp", struct.pack(">3I", 0, 0, 0)  # version and flags; layout 0, no padding
    return None


def read_projection_data(kind: bytes, payload: bytes) -> str:
    """The projection that V2 data stand for, in a word of `Projection` where there is one.

    Raises:
        struct.error: they are cut short.
    """
    if kind == b"cbmp":
        _, arrangement, _ = struct.unpack_from(">3I", payload)
        return "cubemap" if arrangement == 0 else "cubemap of another arrangement"
    if kind == b"mshp":
        return "mesh"
    _, *bounds = struct.unpack_from(">5I", payload)
    top, bottom, left, right = (bound / 2**32 for bound in bounds)
    if not any(bounds):
        return "equirectangular"
    if max(top, bottom) < 0.01 and abs(left - 0.25) < 0.01 and abs(right - 0.25) < 0.01:
        return "half-equirectangular"
    return "cropped equirectangular"
