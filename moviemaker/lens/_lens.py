"""What every lens can do."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

import numpy as np

from moviemaker.core.camera import Camera, View
from moviemaker.core.kinds import Kind
from moviemaker.core.projection import Projection


class Lens(Kind):
    """Says which plain views a picture is made of, and develops their plates into it.

    Attributes:
        projection: what players have to know of the picture: `rectangular`, `equirectangular`, `half-equirectangular`,
            `cubemap` or `fisheye`.
        default_format: the format of the file where the scene names none.
        all_around: whether the picture is more than one view, and so many of its pixels are an angle.
        eyes: the kinds of eyes that stereo pictures have, the default first: `fixed`, `ods`; none has no stereo.
    """

    projection: ClassVar[str] = "rectangular"
    default_format: ClassVar[str] = "mp4"
    all_around: ClassVar[bool] = False
    eyes: ClassVar[tuple[str, ...]] = ()

    def check_size(self, size: tuple[int, int]) -> None:
        """Whether an eye's picture of (width, height) pixels can be made.

        Raises:
            InputError: at its size, if not.
        """

    def views(self, eye: Camera, size: tuple[int, int], equiangular: bool = False) -> tuple[View, ...]:
        """The photographs to take for one eye's picture of (width, height) pixels.

        Args:
            eye: the eye.
            size: of its picture.
            equiangular: whether the lens may ask for pixels that are equally wide in angle instead of in tangent, of
                which it needs fewer: only rays through volumes can be bent so.
        """
        raise NotImplementedError

    def cone(self, eye: Camera, size: tuple[int, int]) -> tuple[float, float]:
        """How much of the world a picture of (width, height) pixels shows, and how finely, both in radians.

        Returns:
            The angle between the middle and the edge of a round cone that holds all of it (of parallel rays 0), and
            the width of a pixel (of parallel rays in scene units).
        """
        raise NotImplementedError

    def develop(self, plates: Sequence[np.ndarray], size: tuple[int, int], equiangular: bool = False) -> np.ndarray:
        """One eye's picture, (height, width, 3) of the plates' own type, from plates in the order of the views."""
        (plate,) = plates
        return plate

    def distances(self, plates: Sequence[np.ndarray], size: tuple[int, int]) -> np.ndarray:
        """How far what is opaque is in one eye's picture, (height, width), from such plates in the order of the views.

        Nothing is mixed: between what is near and what is far there is nothing.
        """
        (plate,) = plates
        return plate

    def charts(self, eye: Camera, size: tuple[int, int]) -> tuple[Projection, ...]:
        """Where the directions are in one eye's picture of (width, height) pixels, for the parts of it: for light.

        It is the inverse of what `develop` does.
        """
        raise NotImplementedError

    def finish(self, picture: np.ndarray, size: tuple[int, int]) -> np.ndarray:
        """The picture that `develop` has given and light was added to, with what comes over all of it."""
        return picture
