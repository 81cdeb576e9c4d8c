"""The base class of all lenses, and what a lens is asked for."""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import ClassVar, Literal, Self

import numpy as np

from moviemaker.core.camera import Camera, View, viewer_frame
from moviemaker.core.errors import UserError
from moviemaker.core.kinds import Kind
from moviemaker.core.projection import Projection

Size = tuple[int, int]
"""Width and height in pixels."""

SeenOn = Literal["screen", "headset", "dome"]
"""How viewers see a picture."""


class Lens(Kind, ABC):
    """Says which plain views a picture is made of, and develops their plates into the picture.

    A lens of another package derives from `Lens`, `Flat`, `Surround` or `Panorama` and names itself by a field such as
    `lens: Literal["mercator"] = "mercator"`. Only `views` and `cone` are required; all other methods have a default.

    Attributes:
        projection: what players are told of the picture: `equirectangular`, `half-equirectangular`, `cubemap` or
            `fisheye`. Anything else, such as `rectangular` (the default), tells them nothing.
        default_format: the format of the file where the scene names none.
        all_around: whether the picture is made of more than one view, so that many of its pixels are an angle.
        eyes: the kinds of eyes that stereo pictures have, the default first: `fixed`, `ods`. Empty: no stereo.
        seen_on: how viewers see the picture: on a `screen`, in a `headset` or on a `dome`. Comfort warnings depend on
            it.
    """

    projection: ClassVar[str] = "rectangular"
    default_format: ClassVar[str] = "mp4"
    all_around: ClassVar[bool] = False
    eyes: ClassVar[tuple[str, ...]] = ()
    seen_on: ClassVar[SeenOn] = "screen"

    lens: str
    """The kind of lens, such as `equirectangular`. It decides what the picture looks like."""

    def check_size(self, size: Size) -> None:
        """Checks whether an eye's picture of (width, height) pixels can be made.

        Raises:
            InputError: at its size, if not.
        """

    @abstractmethod
    def views(self, eye: Camera, size: Size, equiangular: bool = False) -> tuple[View, ...]:
        """The photographs to take for one eye's picture of (width, height) pixels.

        Args:
            eye: the eye.
            size: of its picture.
            equiangular: whether the lens may ask for pixels that are equally wide in angle instead of in tangent, of
                which it needs fewer. Only rays through volumes can be bent so.
        """

    @abstractmethod
    def cone(self, eye: Camera, size: Size) -> tuple[float, float]:
        """How much of the world a picture of (width, height) pixels shows, and how finely, both in radians.

        Returns:
            The angle between the middle and the edge of a round cone that holds all of it (of parallel rays 0), and
            the width of a pixel (of parallel rays in scene units).
        """

    def develop(self, plates: Sequence[np.ndarray], size: Size, equiangular: bool = False) -> np.ndarray:
        """One eye's picture from plates in the order of the views, with their own type and channels.

        Plates have three channels, or four of a transparent picture: colours times opacity, and opacity.
        """
        (plate,) = plates
        return plate

    def distances(self, plates: Sequence[np.ndarray], size: Size) -> np.ndarray:
        """Distances of opaque things in one eye's picture, (height, width), from such plates in the order of the views.

        Distances are picked, never mixed: nothing lies half way between near and far things.
        """
        (plate,) = plates
        return plate

    @property
    def can_glow(self) -> bool:
        """Whether glowing particles can be drawn through this lens: it has a method `projections`."""
        return type(self).projections is not Lens.projections

    def projections(self, eye: Camera, size: Size) -> tuple[Projection, ...]:
        """The mappings from the world to one eye's picture of (width, height) pixels, one for each part of it.

        Glowing particles are drawn with them. They are the inverse of what `develop` does.

        Raises:
            UserError: the lens cannot draw glowing particles.
        """
        raise UserError(f"the lens {self.lens} cannot draw glowing particles; take another shape or another lens")

    def finish(self, picture: np.ndarray, size: Size) -> np.ndarray:
        """The finished picture, from what `develop` gave and glow was added to; default: unchanged."""
        return picture

    @property
    def draws_rows(self) -> bool:
        """Whether pictures that are too large to be drawn whole can be drawn a few rows at a time; default: not.

        If so, the lens defines the four methods that follow.
        """
        return False

    def views_of_rows(self, eye: Camera, size: Size, strip: range, equiangular: bool = False) -> tuple[View, ...]:
        """The photographs to take for some rows, the strip, of one eye's picture: parts of the views of all of it.

        Other arguments as for `views`.
        """
        raise NotImplementedError

    def develop_rows(
        self, pixels: np.ndarray, size: Size, strip: range, rows: range, equiangular: bool = False
    ) -> np.ndarray:
        """Some rows of one eye's picture, the same as those that `develop` gives.

        Args:
            pixels: (n, channels), those of the plates of a strip, one plate after the other.
            size: of the whole picture.
            strip: rows of the picture that the plates are for.
            rows: rows to develop, all of which are in the strip.
            equiangular: as for `views_of_rows`.
        """
        raise NotImplementedError

    def distances_of_rows(self, pixels: np.ndarray, size: Size, strip: range, rows: range) -> np.ndarray:
        """Distances in some rows of one eye's picture, as `distances` gives them, from such pixels (n,)."""
        raise NotImplementedError

    def finish_rows(self, picture: np.ndarray, size: Size, rows: range) -> np.ndarray:
        """Some rows of the finished picture, as `finish` gives them; default: unchanged."""
        return picture

    @property
    def keeps_level(self) -> bool:
        """Whether the viewer's horizon stays level, whatever the camera's pitch and roll."""
        return False

    def viewer_frame(self, camera: Camera) -> np.ndarray:
        """The viewer's right, up and ahead as columns of a matrix (3, 3): world from viewer."""
        return viewer_frame(camera, self.keeps_level)

    def sees(self, camera: Camera, offsets: np.ndarray, size: Size) -> np.ndarray:
        """Which points are in the picture; default: those in the cone that holds all of it.

        Args:
            camera: between the eyes.
            offsets: (n, 3), the points as seen from the camera, scene units. The camera's own place is always seen.
            size: (width, height) of one eye's picture in pixels.

        Returns:
            (n,) bool.
        """
        angle, _ = self.cone(camera, size)
        if not 0 < angle < math.pi:  # parallel rays, or all around
            return np.ones(len(offsets), dtype=bool)
        return np.asarray(offsets @ camera.forward >= np.linalg.norm(offsets, axis=1) * math.cos(angle))

    def scaled(self, unit: float) -> Self:
        """The lens for a scene whose lengths have been divided by a unit; default: nothing in it is a length."""
        return self

    def drawn_pixels(self, size: Size) -> float:
        """About how many pixels are drawn for a picture of (width, height) pixels."""
        return size[0] * size[1]

    def strip_bound(self, size: Size, rows: int) -> float:
        """About how many pixels the plates of the costliest strip of so few rows have at most."""
        return self.drawn_pixels(size) * rows / size[1]

    def largest_view_bound(self, size: Size) -> float:
        """An upper bound of the width and height of all views, pixels, that is quick to compute; infinite: unknown."""
        return math.inf
