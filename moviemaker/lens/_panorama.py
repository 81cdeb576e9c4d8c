"""Pictures that a flat photograph cannot show: views around the viewer, and a map from pixels into their plates.

The views are the faces of a cube around the viewer, each cut down to the part that the picture needs, so a picture of
half the sphere costs half. All have the same number of pixels per unit of tangent: in the middle of a face as many as
the picture has there. A scene that is drawn by rays alone does not need flat views. Its views are equiangular, with
three fifths of the pixels (C. Brown, "Bringing pixels front and center in VR video", 2017, on equi-angular cubemaps).
"""

from __future__ import annotations

import math
from abc import abstractmethod
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Annotated, ClassVar

import numpy as np

from moviemaker.core.camera import Camera, Frustum, View
from moviemaker.core.errors import UserError
from moviemaker.core.projection import Projection
from moviemaker.core.values import TRUTH, number_between
from moviemaker.lens._lens import Lens, SeenOn, Size

Face = tuple[int, Frustum, Size]
"""A face of the cube, the part of it that is seen, and the size of that part in pixels."""

MARGIN = 2
"""Pixels by which a view reaches beyond what the picture needs, so that interpolation never leaves it."""

ROWS = 64
"""Rows of the picture that are worked on at once: few, to stay in the caches and to save memory."""

# Forward, right and up of each face, in axes x to the right, y up, z ahead.
FACES = np.array(
    [
        [[0, 0, 1], [1, 0, 0], [0, 1, 0]],
        [[1, 0, 0], [0, 0, -1], [0, 1, 0]],
        [[0, 0, -1], [-1, 0, 0], [0, 1, 0]],
        [[-1, 0, 0], [0, 0, 1], [0, 1, 0]],
        [[0, 1, 0], [1, 0, 0], [0, 0, -1]],
        [[0, -1, 0], [1, 0, 0], [0, 0, 1]],
    ],
    dtype=np.float64,
)
FRONT, RIGHT, BACK, LEFT, UP, DOWN = range(6)

SUPERSAMPLE = number_between(1, 4, "a number from 1 to 4")


@dataclass(frozen=True, eq=False)
class Plan:
    """How a picture is resampled from plates.

    Attributes:
        faces: for each view its face, its frustum and its size in pixels.
        corner: (H, W) int32, index of the upper left one of the four pixels that a pixel of the picture lies between,
            counted through all plates; -1 outside the picture.
        stride: (H, W) uint16, width of the plate of these four pixels.
        across, down: (H, W) uint16, place between the four pixels, in 1/65535.
    """

    faces: tuple[Face, ...]
    corner: np.ndarray
    stride: np.ndarray
    across: np.ndarray
    down: np.ndarray


class Surround(Lens):
    """A lens that sees all around, or more than a pinhole can."""

    all_around: ClassVar[bool] = True
    eyes: ClassVar[tuple[str, ...]] = ("ods",)
    seen_on: ClassVar[SeenOn] = "headset"

    level: Annotated[bool, TRUTH] = True
    """Whether the horizon stays level, whatever the camera's pitch and roll; default true."""

    @property
    def keeps_level(self) -> bool:
        """The field `level`."""
        return self.level

    def sees(self, camera: Camera, offsets: np.ndarray, size: Size) -> np.ndarray:
        """All points."""
        return np.ones(len(offsets), dtype=bool)


class Panorama(Surround):
    """A lens whose picture is resampled from the plates of its views, as a map from pixels to directions says.

    A subclass defines `rows` and `pixels_per_radian`. One that defines `places` as well draws glowing particles.

    Attributes:
        wraps: whether the picture spans a whole turn, so that its left edge goes on at its right edge.
    """

    wraps: ClassVar[bool] = False

    supersample: Annotated[float, SUPERSAMPLE] = 1.0
    """How many times finer than the picture the views are drawn each way, 1 to 4, default 1. With 2, fine patterns in
    volumes, slices and textures do not flicker."""

    @abstractmethod
    def rows(self, first: int, last: int, size: Size) -> np.ndarray:
        """Directions of the pixels of some rows, in the frame of `picture_frame`.

        Args:
            first, last: the rows from `first` up to, and without, `last`; row 0 is the top one.
            size: (width, height) of the picture in pixels.

        Returns:
            (last - first, width, 3) unit vectors; not finite where the picture is black.
        """

    @abstractmethod
    def pixels_per_radian(self, size: Size) -> float:
        """How fine the picture is where it is finest without being stretched."""

    def places(self, directions: np.ndarray, size: Size) -> np.ndarray:
        """Where directions are in the picture: the inverse of `rows`. Optional: needed for glowing particles.

        Args:
            directions: (n, 3) unit vectors in the frame of `picture_frame`.
            size: (width, height) of the picture in pixels.

        Returns:
            (n, 2), columns and rows in pixels from the upper left corner, so that the middle of the first pixel is at
            (0.5, 0.5); NaN where a direction is not in the picture.

        Raises:
            UserError: the lens does not define it.
        """
        raise UserError(f"the lens {self.lens} cannot say where a direction is in its picture: it has no `places`")

    def picture_frame(self, eye: Camera) -> np.ndarray:
        """The axes x, y and z of the directions in `rows` and `places`, as columns of (3, 3): world from picture.

        Default: the viewer's right, up and ahead.
        """
        return self.viewer_frame(eye)

    def views(self, eye: Camera, size: Size, equiangular: bool = False) -> tuple[View, ...]:
        """A view for each face of the cube that the picture needs some of."""
        return cube_views(eye, self.picture_frame(eye), plan(self, size, equiangular).faces, self.supersample)

    def cone(self, eye: Camera, size: Size) -> tuple[float, float]:
        """All around, whatever part of it the picture shows."""
        return math.pi, 1 / self.pixels_per_radian(size)

    def sees(self, camera: Camera, offsets: np.ndarray, size: Size) -> np.ndarray:
        """The points that have a place in the picture; all if the lens does not define `places`."""
        if not self._has_places:
            return super().sees(camera, offsets, size)
        lengths = np.linalg.norm(offsets, axis=1)
        seen: np.ndarray = lengths == 0
        away = np.flatnonzero(lengths)
        directions = (offsets[away] / lengths[away, None]) @ self.picture_frame(camera)
        places = _Mapping(self, size).places(directions)
        seen[away] = ((places >= 0) & (places <= size)).all(axis=1)  # not where they are NaN
        return seen

    @property
    def can_glow(self) -> bool:
        """Whether the subclass defines `places` or `projections`."""
        return self._has_places or type(self).projections is not Panorama.projections

    @property
    def _has_places(self) -> bool:
        return type(self).places is not Panorama.places

    def projections(self, eye: Camera, size: Size) -> tuple[Projection, ...]:
        """One, made of `rows` and `places`.

        Raises:
            UserError: the lens does not define `places`.
        """
        if not self._has_places:
            return super().projections(eye, size)
        axes, turn = self.picture_frame(eye).T, size[0] if self.wraps else 0
        mapping = _Mapping(self, size)
        return (Projection("mapped", eye.position, axes, size=size, turn=turn, ods=eye.ods, mapping=mapping),)

    def drawn_pixels(self, size: Size) -> float:
        """About `supersample` times `supersample` for each pixel of the picture."""
        return size[0] * size[1] * self.supersample**2

    def largest_view_bound(self, size: Size) -> float:
        """A face of the cube spans 2 units of tangent, and has a margin."""
        return 2 * (self.pixels_per_radian(size) * self.supersample + MARGIN) + 1

    def develop(self, plates: Sequence[np.ndarray], size: Size, equiangular: bool = False) -> np.ndarray:
        """The picture, with the plates' own type and channels, zero where the lens sees nothing."""
        # Compiled code, which `check` does not need.
        from moviemaker.lens._resampling import resample

        planned = plan(self, size, equiangular)
        pixels = np.concatenate([plate.reshape(-1, plate.shape[2]) for plate in plates])
        width, height = size
        picture = np.empty((height, width, pixels.shape[1]), dtype=pixels.dtype)
        half = 0.0 if pixels.dtype == np.float32 else 0.5
        resample(pixels, planned.corner, planned.stride, planned.across, planned.down, half, picture)
        return picture

    def distances(self, plates: Sequence[np.ndarray], size: Size) -> np.ndarray:
        """The distance in the nearest pixel of the plates; infinite where the lens sees nothing."""
        from moviemaker.lens._resampling import pick

        planned = plan(self, size)
        picture = np.empty(size[::-1], np.float32)
        pixels = np.concatenate([plate.reshape(-1) for plate in plates])
        pick(pixels, planned.corner, planned.stride, planned.across, planned.down, picture)
        return picture


@dataclass(frozen=True)
class _Mapping:
    """The map between the pixels of a panorama and directions, as glow asks for it."""

    lens: Panorama
    size: Size

    def places(self, directions: np.ndarray) -> np.ndarray:
        with np.errstate(divide="ignore", invalid="ignore"):  # a formula may be infinite at a pole
            return self.lens.places(directions, self.size)

    def rows(self, first: int, last: int) -> np.ndarray:
        return self.lens.rows(first, last, self.size)


def cube_views(
    eye: Camera, world_from_cube: np.ndarray, faces: Iterable[Face], fineness: float = 1.0
) -> tuple[View, ...]:
    """Views through faces of a cube whose axes in the world are the columns of a matrix (3, 3)."""
    return tuple(
        View(
            position=eye.position,
            forward=world_from_cube @ FACES[face, 0],
            up=world_from_cube @ FACES[face, 2],
            projection=frustum,
            size=size,
            ods=eye.ods,
            fineness=fineness,
        )
        for face, frustum, size in faces
    )


@lru_cache(maxsize=4)
def plan(lens: Panorama, size: Size, equiangular: bool = False) -> Plan:
    """The plan of a lens's picture of (width, height) pixels. It is the same for every frame, so it is made once.

    Places on a face are tangents, or angles in radians if the views are `equiangular`.
    """
    width, height = size
    scale = lens.pixels_per_radian(size) * lens.supersample
    face = np.full((height, width), 255, dtype=np.uint8)
    place = np.zeros((height, width, 2), dtype=np.float32)
    low, high = np.full((6, 2), np.inf), np.full((6, 2), -np.inf)
    for first in range(0, height, ROWS):
        part = slice(first, min(first + ROWS, height))
        face[part], place[part] = _on_cube(lens.rows(part.start, part.stop, size))
        if equiangular:
            place[part] = np.arctan(place[part])
        for index in range(6):
            found = place[part][face[part] == index]
            if len(found):
                low[index], high[index] = np.minimum(low[index], found.min(0)), np.maximum(high[index], found.max(0))
    faces: list[Face] = []
    corner = np.full((height, width), -1, dtype=np.int32)
    stride = np.zeros((height, width), dtype=np.uint16)
    across, down = np.zeros((height, width), np.uint16), np.zeros((height, width), np.uint16)
    begin = 0
    for index in range(6):
        if low[index, 0] > high[index, 0]:
            continue
        pixels = np.ceil((high[index] - low[index]) * scale).astype(int) + 2 * MARGIN
        left, top = low[index, 0] - MARGIN / scale, high[index, 1] + MARGIN / scale
        edges = np.array([left, left + pixels[0] / scale, top - pixels[1] / scale, top])
        west, east, south, north = (np.tan(edges) if equiangular else edges).tolist()
        frustum = Frustum(west, east, south, north, equiangular)
        faces.append((index, frustum, (int(pixels[0]), int(pixels[1]))))
        here = face == index
        x = (place[here, 0] - left) * scale - 0.5
        y = (top - place[here, 1]) * scale - 0.5
        corner[here] = begin + np.floor(y).astype(np.int32) * pixels[0] + np.floor(x).astype(np.int32)
        stride[here] = pixels[0]
        across[here], down[here] = np.rint(65535 * (x % 1)), np.rint(65535 * (y % 1))
        begin += int(pixels[0] * pixels[1])
    return Plan(tuple(faces), corner, stride, across, down)


def _on_cube(directions: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The face (255: none) that each direction (..., 3) falls on, and its place there as tangents (..., 2)."""
    known = np.isfinite(directions[..., 0])
    largest = np.argmax(np.abs(np.nan_to_num(directions)), axis=-1)
    ahead = np.take_along_axis(directions, largest[..., None], axis=-1)[..., 0] > 0
    face = np.where(ahead, np.array([RIGHT, UP, FRONT])[largest], np.array([LEFT, DOWN, BACK])[largest])
    forward, right, up = (np.einsum("...i,...i", directions, FACES[face, axis]) for axis in range(3))
    place = np.stack([right / forward, up / forward], axis=-1)
    return np.where(known, face, 255), np.where(known[..., None], place, 0)
