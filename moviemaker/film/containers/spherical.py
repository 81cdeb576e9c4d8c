"""Spherical metadata as both families of containers hold it: the V1 text, and the V2 projection data.

V1: https://github.com/google/spatial-media/blob/master/docs/spherical-video-rfc.md
V2: https://github.com/google/spatial-media/blob/master/docs/spherical-video-v2-rfc.md

VR180 is written as an equirectangular picture with a quarter cropped from the left and from the right, as the VR180
creator and the `--bounds` of Google's own tool do. V1 cannot express that and is left out.
"""

from __future__ import annotations

import re
import struct
from dataclasses import dataclass

from moviemaker.film.layout import PictureLayout

SOURCE = "moviemaker"
"""The program that wrote the metadata, without a version, so that the same movie has the same bytes."""

_QUARTER = 0x3FFFFFFF  # of the whole width, as a 0.32 fixed point number


@dataclass(frozen=True)
class Reading:
    """The content of one sort of metadata in a file.

    Attributes:
        source: `V1`, `V2`, `Apple` or `Matroska`.
        projection: a `Projection`, or another word such as `mesh`; None if it is not given.
        stereo: a `StereoMode`, or another word such as `right-left` or `multiview`.
    """

    source: str
    projection: str | None
    stereo: str = "mono"

    def __str__(self) -> str:
        return f"{self.source}: {self.projection + ', ' if self.projection else ''}{self.stereo}"


def v1_text(layout: PictureLayout) -> str | None:
    """The V1 XML, elements in the order of Google's own tool; None for a layout that V1 cannot express."""
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
    """The content of a V1 XML; None for a video that it does not call spherical."""
    # The text may come from anywhere, and a crafted one can make an XML parser run out of memory: only three elements
    # are searched.
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
    """The projection of V2 data: a word of `Projection` if one fits, else another word.

    Raises:
        struct.error: the data are cut short.
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
