"""Pictures that a flat photograph cannot show: views around the viewer, and a map from pixels into their plates.

The views are the faces of a cube around the viewer, each cut down to the part that the picture needs, so a picture of
half the sphere costs half. All have the same number of pixels per unit of tangent: in the middle of a face as many as
the picture has there. A scene that is drawn by rays alone does not need flat views. Its views are equiangular, with
three fifths of the pixels (C. Brown, "Bringing pixels front and center in VR video", 2017, on equi-angular cubemaps).
"""

from __future__ import annotations

import math
from abc import abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, ClassVar

import numpy as np

from moviemaker.core.camera import Camera, View
from moviemaker.core.errors import UserError
from moviemaker.core.projection import Projection
from moviemaker.core.values import TRUTH, number_between
from moviemaker.lens._cube_faces import MARGIN, Plan, cube_views, cuts, plan, plan_of_rows
from moviemaker.lens._lens import Lens, SeenOn, Size

SUPERSAMPLE = number_between(1, 4, "a number from 1 to 4")


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

    def strip_bound(self, size: Size, rows: int) -> float:
        """All of a face of the cube: a row may be a ring on it."""
        return self.largest_view_bound(size) ** 2

    def develop(self, plates: Sequence[np.ndarray], size: Size, equiangular: bool = False) -> np.ndarray:
        """The picture, with the plates' own type and channels, zero where the lens sees nothing."""
        pixels = np.concatenate([plate.reshape(-1, plate.shape[2]) for plate in plates])
        return _resampled(pixels, plan(self, size, equiangular))

    def distances(self, plates: Sequence[np.ndarray], size: Size) -> np.ndarray:
        """The distance in the nearest pixel of the plates; infinite where the lens sees nothing."""
        return _picked(np.concatenate([plate.reshape(-1) for plate in plates]), plan(self, size))

    @property
    def draws_rows(self) -> bool:
        """Whether the subclass leaves views and their development as they are, and can finish a few rows."""
        own, base = type(self), Panorama
        if own.finish is not Lens.finish and own.finish_rows is Lens.finish_rows:
            return False
        return (own.views, own.develop, own.distances) == (base.views, base.develop, base.distances)

    def views_of_rows(self, eye: Camera, size: Size, strip: range, equiangular: bool = False) -> tuple[View, ...]:
        """The rectangles of the faces that the rows need."""
        parts = cuts(self, size, equiangular, strip)
        whole = cube_views(eye, self.picture_frame(eye), [cut.sheet.seen for cut in parts], self.supersample)
        return tuple(
            view.part(cut.left, cut.top, cut.right, cut.bottom) for view, cut in zip(whole, parts, strict=True)
        )

    def develop_rows(
        self, pixels: np.ndarray, size: Size, strip: range, rows: range, equiangular: bool = False
    ) -> np.ndarray:
        """The rows, resampled."""
        return _resampled(pixels, plan_of_rows(self, size, equiangular, strip, rows))

    def distances_of_rows(self, pixels: np.ndarray, size: Size, strip: range, rows: range) -> np.ndarray:
        """The distance in the nearest pixel of the plates."""
        return _picked(pixels, plan_of_rows(self, size, False, strip, rows))


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


def _resampled(pixels: np.ndarray, planned: Plan) -> np.ndarray:
    """A picture, or some rows of it, from the pixels (n, channels) of all plates."""
    from moviemaker.lens._resampling import resample  # compiled code, which `check` does not need

    picture = np.empty((*planned.corner.shape, pixels.shape[1]), dtype=pixels.dtype)
    half = 0.0 if pixels.dtype == np.float32 else 0.5
    resample(pixels, planned.corner, planned.stride, planned.across, planned.down, half, picture)
    return picture


def _picked(pixels: np.ndarray, planned: Plan) -> np.ndarray:
    """Distances in a picture, or in some rows of it, from those of the pixels (n,) of all plates."""
    from moviemaker.lens._resampling import pick

    picture = np.empty(planned.corner.shape, np.float32)
    pick(pixels, planned.corner, planned.stride, planned.across, planned.down, picture)
    return picture
