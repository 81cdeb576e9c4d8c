"""The picture for a planetarium's dome: a circle in the azimuthal equidistant projection, with the front at the bottom.

```yaml
lens: domemaster
size: [2048, 2048]
aperture: 180
tilt: 15
```

The picture of an eye is a square. The middle of the circle is the dome's axis, and the rim is `aperture / 2` degrees
away from it; distance in the picture is angle. `tilt` tips the axis from the zenith towards the front. `mirror: true`
swaps left and right, for a picture that is projected by way of a mirror. Stereo pictures have omni-directional eyes.
Geometry: "Dome Master Show File Format 1.0" of the AFDI group.

`guides: true` draws onto the picture, for previews: rings of altitude and spokes of azimuth every 30 degrees, F, R, B
and L for front, right, back and left, the spring line (blue), the scene's horizon where the dome is tilted (orange),
and the safe-action area of theatres whose seats all face the front (green): 50 degrees to both sides of it, 10 to 60
degrees of altitude. All but the horizon are measured on the dome: `tilt` does not move them.

`truncate` leaves black what a truncated dome does not show, in degrees from the rim along the line from front to back.
The edge is straight, as the frame of a projector or of a film cuts a fisheye's circle. A theatre that shows 180 x 122
degrees has

```yaml
lens: domemaster
size: [4096, 4096]
truncate: {back: 58}
```
"""

from __future__ import annotations

import math
from typing import Annotated, ClassVar, Literal

import numpy as np
from pydantic import model_validator

from moviemaker.core.camera import Camera
from moviemaker.core.errors import InputError
from moviemaker.core.kinds import Kind
from moviemaker.core.projection import Projection
from moviemaker.core.values import TRUTH, number_between
from moviemaker.lens._cube_faces import ROWS
from moviemaker.lens._dome_disk import Disk, edge, outside
from moviemaker.lens._dome_guides import SAFE_ALTITUDE, SAFE_AZIMUTH, lay_over
from moviemaker.lens._lens import SeenOn, Size
from moviemaker.lens._panorama import Panorama

CUT = number_between(0, 360, "degrees from 0 up to the aperture")


class Truncation(Kind):
    """What a truncated dome does not show, in degrees from the rim."""

    front: Annotated[float, CUT] = 0.0
    """Degrees that are cut off at the front (the lower edge of the picture), default 0."""

    back: Annotated[float, CUT] = 0.0
    """Degrees that are cut off at the back (the upper edge of the picture), default 0."""


class Domemaster(Panorama):
    """The circle that a planetarium shows on its dome."""

    lens: Literal["domemaster"] = "domemaster"
    """The kind of lens: the circle of a planetarium's dome."""

    aperture: Annotated[float, number_between(90, 360, "degrees from 90 to 360")] = 180.0
    """Degrees of the sky from rim to rim, 90 to 360, default 180 (a hemisphere)."""

    tilt: Annotated[float, number_between(-90, 90, "degrees from -90 to 90")] = 0.0
    """Degrees by which the dome's axis is tipped from the zenith towards the front, -90 to 90, default 0."""

    mirror: Annotated[bool, TRUTH] = False
    """Whether left and right are swapped, for projection by way of a mirror; default false."""

    truncate: Truncation = Truncation()
    """What a truncated dome does not show, such as `{back: 58}`; it stays black. Default: nothing is cut off."""

    guides: Annotated[bool, TRUTH] = False
    """Whether rings, spokes, the horizon and the safe-action area are drawn onto the picture, for previews; default
    false."""

    projection: ClassVar[str] = "fisheye"
    default_format: ClassVar[str] = "png"
    seen_on: ClassVar[SeenOn] = "dome"

    @model_validator(mode="after")
    def _check_truncation(self) -> Domemaster:
        cut = self.truncate.front + self.truncate.back
        if cut >= self.aperture:
            what = f"truncate takes {cut:g} of the {self.aperture:g} degrees of the aperture"
            raise InputError(what, f"write less than {self.aperture:g} degrees in all", ("truncate",))
        return self

    def check_size(self, size: Size) -> None:
        """Checks whether an eye's picture of (width, height) is a square.

        Raises:
            InputError: it is not.
        """
        if size[0] != size[1]:
            side = min(size)
            raise InputError(
                f"a domemaster of {size[0]} x {size[1]} is not a square",
                f"write [{side}, {side}] for one eye",
                ("size",),
            )

    def disk(self, size: Size) -> Disk:
        """The geometry of a picture of (width, height) pixels."""
        return Disk(size[0], self.aperture, self.tilt, self.mirror, self.truncate.front, self.truncate.back)

    def rows(self, first: int, last: int, size: Size) -> np.ndarray:
        """The angle from the dome's axis is the distance from the middle; the front is below the middle.

        Directions reach one pixel beyond the rim, since pixels on the edge are mixed with black.
        """
        disk = self.disk(size)
        seen = disk.rows(first, last)
        angle = np.minimum(seen.radius, 1.0) * math.radians(self.aperture) / 2
        outward = np.sin(angle) / np.where(seen.radius > 0, seen.radius, 1.0)
        directions = np.stack([outward * seen.x, np.cos(angle), outward * seen.y], axis=-1)
        directions[disk.inside(seen) < -1] = np.nan
        return directions

    def pixels_per_radian(self, size: Size) -> float:
        """The pixels along a radius."""
        return size[0] / math.radians(self.aperture)

    def projections(self, eye: Camera, size: Size) -> tuple[Projection, ...]:
        """The disk, and directions beyond its rim as well: `finish` makes them black."""
        scale, half = size[0] / math.radians(self.aperture), size[0] / 2
        axes = self.picture_frame(eye).T
        scales = (-scale if self.mirror else scale, scale)
        return (Projection("disk", eye.position, axes, scales, (half, half), (0, 0), size, ods=eye.ods),)

    def picture_frame(self, eye: Camera) -> np.ndarray:
        """The viewer's right, the dome's axis and the direction at right angles to both, as columns."""
        cos, sin = math.cos(math.radians(self.tilt)), math.sin(math.radians(self.tilt))
        world: np.ndarray = self.viewer_frame(eye) @ np.array([[1, 0, 0], [0, cos, -sin], [0, sin, cos]])
        return world

    def sees(self, camera: Camera, offsets: np.ndarray, size: Size) -> np.ndarray:
        """The points within the aperture, whether or not the dome is truncated."""
        axis = self.picture_frame(camera)[:, 1]
        rim = math.cos(math.radians(self.aperture) / 2)
        return np.asarray(offsets @ axis >= np.linalg.norm(offsets, axis=1) * rim)

    def finish(self, picture: np.ndarray, size: Size) -> np.ndarray:
        """The disk with an edge that is antialiased against black or transparency, and the guides over it."""
        pixels, disk = picture.reshape(-1, picture.shape[2]), self.disk(size)
        picture[outside(disk, ROWS)] = 0
        indices, inside = edge(disk, ROWS)
        mixed = pixels[indices] * inside[:, None]
        pixels[indices] = mixed if picture.dtype == np.float32 else np.rint(mixed)
        if self.guides:
            lay_over(picture, disk, ROWS)
        return picture

    def strip_bound(self, size: Size, rows: int) -> float:
        """A few rows cross the faces of the cube and are bent on them: a quarter of a face."""
        return self.largest_view_bound(size) ** 2 / 4

    def finish_rows(self, picture: np.ndarray, size: Size, rows: range) -> np.ndarray:
        """The same in some rows."""
        disk = self.disk(size)
        for first in range(0, len(rows), ROWS):
            part = picture[first : first + ROWS]
            depth = disk.inside(disk.rows(rows[first], rows[first] + len(part)))
            part[depth < -1] = 0
            on_edge = (depth < 0.5) & (depth >= -1)
            mixed = part[on_edge] * np.clip(depth[on_edge] + 0.5, 0, 1)[:, None]
            part[on_edge] = mixed if picture.dtype == np.float32 else np.rint(mixed)
        if self.guides:
            lay_over(picture, disk, ROWS, rows)
        return picture

    def theatre_facts(self) -> dict[str, str]:
        """What a theatre that shows the pictures has to know, in words."""
        cuts = [f"{cut:g} degrees of the {where}" for where, cut in self.truncate if cut]
        side = "left" if self.mirror else "right"
        low, high = SAFE_ALTITUDE
        return {
            "Projection": "azimuthal equidistant fisheye (domemaster)",
            "Orientation": f"front at the bottom, the viewer's right on the {side}",
            "Mirrored": "yes" if self.mirror else "no",
            "Aperture": f"{self.aperture:g} degrees",
            "Tilt": f"{self.tilt:g} degrees, from the zenith towards the front",
            "Truncated": f"{' and '.join(cuts)}, a straight edge, black" if cuts else "no",
            "Outside the circle": "black",
            "Safe action area": f"{SAFE_AZIMUTH:g} degrees to both sides of the front, "
            f"{low:g} to {high:g} degrees above the spring line",
            "Guides": "drawn onto the pictures: a preview, not for show" if self.guides else "none",
        }

    def alignment_frame(self, size: Size, title: str) -> np.ndarray:
        """A test picture to align a dome's projectors by: (height, width, 3) uint8.

        Args:
            size: (width, height) of the frames.
            title: what is written on it.
        """
        from moviemaker.lens._dome_chart import alignment_chart

        return alignment_chart(self.disk(size), title)
