"""Two eyes: side by side, one above the other, in files of their own, or as an anaglyph.

```yaml
stereo: {packing: top-bottom, ipd: 0.1, pole_merge: [60, 75]}
```

`ipd` is the distance between the eyes in scene units (default: a thirtieth of the first camera's distance to its
target), `convergence` the distance at which both eyes see the same (default: parallel). Flat pictures and VR180 have
two fixed eyes along the camera's right. Pictures all around are omni-directional: the eye is at right angles to every
pixel's own direction, and the distance of the eyes fades between the latitudes `pole_merge` (or with their `cosine`),
since straight up there is no right and left.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace
from typing import Annotated, Any, Literal, Self

import numpy as np

from moviemaker.core.camera import Camera, Ods
from moviemaker.core.colors import linear_from_srgb, srgb_from_linear
from moviemaker.core.errors import InputError
from moviemaker.core.kinds import Kind
from moviemaker.core.values import INTERVAL, POSITIVE, Value, choice, optional
from moviemaker.rig.mono import Size
from moviemaker.timeline.tracks import Moving

DISTANCE_TO_IPD = 30
"""The usual ratio of what is looked at to the eyes' distance, for a comfortable picture."""

# E. Dubois, "A projection method to generate anaglyph stereo images", Proc. IEEE ICASSP 2001, for red-cyan glasses;
# rows are the red, green and blue that are shown, of the linear red, green and blue of an eye's picture.
_DUBOIS_LEFT = np.array([[0.456, 0.500, 0.176], [-0.040, -0.038, -0.016], [-0.015, -0.021, -0.005]], np.float32)
_DUBOIS_RIGHT = np.array([[-0.043, -0.088, -0.002], [0.378, 0.734, -0.018], [-0.072, -0.113, 1.226]], np.float32)


def _parse_merge(value: Any) -> Any:
    right = "write two latitudes in degrees such as [60, 75], or cosine"
    if value == "cosine":
        return value
    if isinstance(value, str):
        raise InputError(f"{value!r} is not a way to merge the eyes", right)
    low, high = INTERVAL.parse(value)
    if not 0 <= low < high <= 90:
        raise InputError(f"the latitudes [{low:g}, {high:g}] are not right", f"{right}, ascending and from 0 to 90")
    return (low, high)


POLE_MERGE = Value(
    "two latitudes in degrees such as [60, 75], or cosine",
    _parse_merge,
    {"anyOf": [{"const": "cosine"}, INTERVAL.schema]},
    mix=None,
)


class Stereo(Kind):
    """Two eyes and the way they share the frame."""

    packing: Literal["left-right", "top-bottom", "separate", "anaglyph"]
    ipd: Annotated[Any, Moving(POSITIVE, optional=True)] = None
    convergence: Annotated[Any, Moving(POSITIVE, optional=True)] = None
    pole_merge: Annotated[Any, POLE_MERGE] = (60.0, 75.0)
    eyes: Annotated[str | None, optional(choice("fixed", "ods", noun="kind of eyes"))] = None

    @property
    def layout(self) -> str:
        """What players have to know of a file: how two pictures share it, or that it holds one."""
        return self.packing if self.packing in ("left-right", "top-bottom") else "mono"

    @property
    def files(self) -> tuple[str, ...]:
        """Names of the files that a movie needs: `L` and `R`, or one without a name."""
        return ("L", "R") if self.packing == "separate" else ("",)

    def resolve(self, distance: float) -> Self:
        """The same with the eyes' distance made definite.

        Args:
            distance: of the first camera to its target, scene units.
        """
        return self if self.ipd is not None else self.model_copy(update={"ipd": distance / DISTANCE_TO_IPD})

    def eye_size(self, size: Size) -> Size:
        """Size of one eye's picture in a frame of (width, height) pixels.

        Raises:
            InputError: the frame cannot be halved.
        """
        width, height = size
        halved = {"left-right": width, "top-bottom": height}.get(self.packing, 0)
        if halved % 2:
            what = f"{width} x {height} cannot be shared {self.packing.replace('-', ' and ')}"
            raise InputError(what, "write an even size", ("size",))
        if self.packing == "left-right":
            return width // 2, height
        return (width, height // 2) if self.packing == "top-bottom" else size

    def check_eyes(self, offered: Sequence[str]) -> None:
        """Whether a lens offers these eyes.

        Raises:
            InputError: it has others, or none.
        """
        if not offered:
            raise InputError("this lens has no stereo", "leave stereo out, or take another lens", ("stereo",))
        if self.eyes is not None and self.eyes not in offered:
            raise InputError(f"this lens has no {self.eyes} eyes", f"write {' or '.join(offered)}", ("stereo", "eyes"))

    def eyes_at(self, camera: Camera, offered: Sequence[str], file: str = "") -> tuple[Camera, ...]:
        """The eyes that a file shows, left before right.

        Args:
            camera: between the eyes.
            offered: the kinds of eyes that the lens has, its default first.
            file: which of the files.
        """
        half = self.ipd / 2
        kind = self.eyes or offered[0]
        make = self._ods_eye if kind == "ods" else self._fixed_eye
        pair = (make(camera, -half), make(camera, half))
        return {"": pair, "L": pair[:1], "R": pair[1:]}[file]

    def _ods_eye(self, camera: Camera, radius: float) -> Camera:
        merge = (0.0, -1.0) if self.pole_merge == "cosine" else tuple(math.radians(angle) for angle in self.pole_merge)
        return replace(camera, ods=Ods(radius, camera.vertical, (merge[0], merge[1])))

    def _fixed_eye(self, camera: Camera, offset: float) -> Camera:
        # The frusta are sheared, never toed in: both picture planes coincide at the distance of convergence.
        shear = 0.0 if self.convergence is None else -offset / self.convergence
        return replace(camera, position=camera.position + offset * camera.right, shear=shear)

    def pack(self, pictures: Sequence[np.ndarray]) -> np.ndarray:
        """The frame, (height, width, 3), from the pictures of a file's eyes."""
        if self.packing == "left-right":
            return np.hstack(pictures)
        if self.packing == "top-bottom":
            return np.vstack(pictures)
        if self.packing == "anaglyph":
            return _anaglyph(*pictures)
        (picture,) = pictures
        return picture


def _anaglyph(left: np.ndarray, right: np.ndarray) -> np.ndarray:
    white = np.iinfo(left.dtype).max
    light = linear_from_srgb(np.arange(white + 1) / white).astype(np.float32)
    mixed = light[left] @ _DUBOIS_LEFT.T + light[right] @ _DUBOIS_RIGHT.T
    shown: np.ndarray = np.rint(white * srgb_from_linear(mixed)).astype(left.dtype)
    return shown
