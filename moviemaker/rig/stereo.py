"""Two eyes: side by side, one above the other, in files of their own, or as an anaglyph.

```yaml
stereo: {packing: top-bottom, ipd: 0.1, pole_merge: [60, 75]}
```

`stereo: top-bottom` is short for `stereo: {packing: top-bottom}`.

The lens decides which eyes there are. Flat pictures and VR180 have two fixed eyes, to the left and to the right of the
camera. Their frusta are sheared, never toed in: `convergence` is the distance at which both eyes see the same. Pictures
all around have omni-directional eyes (ODS): for each pixel the eye is at right angles to the pixel's own direction, on
a circle around the camera. Straight up there is neither right nor left, so the distance between the eyes fades to 0
between the latitudes `pole_merge`, or with the cosine of the latitude.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace
from typing import Annotated, Literal, Self

import numpy as np

from moviemaker.core.camera import Camera, Ods
from moviemaker.core.colors import linear_from_srgb, seen_opacity, srgb_from_linear
from moviemaker.core.errors import InputError
from moviemaker.core.values import INTERVAL, POSITIVE, Value, choice, optional
from moviemaker.rig._rig import Layout, Rig, Size
from moviemaker.timeline.tracks import Moving

DISTANCE_TO_IPD = 30
"""The usual ratio of the distance of what is looked at to the distance between the eyes, for a comfortable picture."""

# E. Dubois, "A projection method to generate anaglyph stereo images", Proc. IEEE ICASSP 2001, for red-cyan glasses;
# each row gives the displayed red, green or blue from the linear red, green and blue of an eye's picture.
_DUBOIS_LEFT = np.array([[0.456, 0.500, 0.176], [-0.040, -0.038, -0.016], [-0.015, -0.021, -0.005]], np.float32)
_DUBOIS_RIGHT = np.array([[-0.043, -0.088, -0.002], [0.378, 0.734, -0.018], [-0.072, -0.113, 1.226]], np.float32)


def _parse_merge(value: object) -> object:
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


class Stereo(Rig):
    """Two eyes and how they share the frame."""

    packing: Literal["left-right", "top-bottom", "separate", "anaglyph"]
    """How the eyes share the frame: side by side (`left-right`), the left one above the right one (`top-bottom`), in
    files of their own (`separate`), or as one picture for red-cyan glasses (`anaglyph`)."""

    ipd: Annotated[float | None, Moving(POSITIVE, optional=True)] = None
    """Distance between the eyes in scene units, default: a thirtieth of the first camera's distance to its target.
    It may move: `{0: 0.1, 10: 0.3}`."""

    convergence: Annotated[float | None, Moving(POSITIVE, optional=True)] = None
    """Distance in scene units at which both eyes of a flat picture see a point in the same place, default: infinite
    (parallel eyes). It may move."""

    pole_merge: Annotated[Literal["cosine"] | tuple[float, float], POLE_MERGE] = (60.0, 75.0)
    """Latitudes in degrees between which omni-directional eyes come together, default `[60, 75]`; or `cosine` for a
    fade over all latitudes."""

    eyes: Annotated[str | None, optional(choice("fixed", "ods", noun="kind of eyes"))] = None
    """The kind of eyes, of those that the lens offers: `fixed` (beside the camera) or `ods` (omni-directional).
    Default: the lens decides."""

    @property
    def layout(self) -> Layout:
        """Side by side, one above the other, or one picture in a file."""
        return self.packing if self.packing in ("left-right", "top-bottom") else "mono"

    @property
    def files(self) -> tuple[str, ...]:
        """`L` and `R` for separate eyes."""
        return ("L", "R") if self.packing == "separate" else ("",)

    @property
    def eye_distance(self) -> float | None:
        """The `ipd`."""
        return self.ipd

    def resolve(self, distance: float) -> Self:
        """The same rig with a definite `ipd`."""
        return self if self.ipd is not None else self.model_copy(update={"ipd": distance / DISTANCE_TO_IPD})

    def eye_size(self, size: Size) -> Size:
        """Half the frame, or all of it.

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
        """Checks whether a lens offers these eyes.

        Raises:
            InputError: it has others, or none.
        """
        if not offered:
            raise InputError("this lens has no stereo", "leave stereo out, or take another lens", ("stereo",))
        if self.eyes is not None and self.eyes not in offered:
            raise InputError(f"this lens has no {self.eyes} eyes", f"write {' or '.join(offered)}", ("stereo", "eyes"))

    def eyes_at(self, camera: Camera, offered: Sequence[str], file: str = "") -> tuple[Camera, ...]:
        """The left and the right eye, or the one that a file is for."""
        assert self.ipd is not None, "the rig is resolved"
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
        """The pictures side by side, one above the other, mixed into an anaglyph, or alone."""
        if self.packing == "left-right":
            return np.hstack(pictures)
        if self.packing == "top-bottom":
            return np.vstack(pictures)
        if self.packing == "anaglyph":
            return _anaglyph(*pictures)
        (picture,) = pictures
        return picture

    def pack_rows(self, pictures: Sequence[np.ndarray], first: int, frame: np.ndarray) -> None:
        """The same rows of the frame, or of each half of it."""
        if self.packing != "top-bottom":
            frame[first : first + len(pictures[0])] = self.pack(pictures)
            return
        for top, picture in zip((0, len(frame) // 2), pictures, strict=True):
            frame[top + first : top + first + len(picture)] = picture


def _anaglyph(left: np.ndarray, right: np.ndarray) -> np.ndarray:
    if left.dtype == np.float32:  # linear light
        lit = np.maximum(left[..., :3] @ _DUBOIS_LEFT.T + right[..., :3] @ _DUBOIS_RIGHT.T, 0)
        return np.concatenate([lit, np.maximum(left, right)[..., 3:]], axis=2)
    white = np.iinfo(left.dtype).max
    light = linear_from_srgb(np.arange(white + 1) / white).astype(np.float32)
    mixed = light[left[..., :3]] @ _DUBOIS_LEFT.T + light[right[..., :3]] @ _DUBOIS_RIGHT.T
    shown: np.ndarray = np.rint(white * srgb_from_linear(mixed)).astype(left.dtype)
    if left.shape[2] == 4:  # as opaque as the more opaque eye
        shown = seen_opacity(np.concatenate([shown, np.maximum(left, right)[..., 3:]], axis=2))
    return shown
