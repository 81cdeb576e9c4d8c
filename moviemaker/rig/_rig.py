"""The base class of all rigs, and what a rig is asked for."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import Literal, Self

import numpy as np

from moviemaker.core.camera import Camera
from moviemaker.core.kinds import Kind

Size = tuple[int, int]
"""Width and height in pixels."""

Layout = Literal["mono", "left-right", "top-bottom"]
"""How the pictures of two eyes share a file."""


class Rig(Kind, ABC):
    """Puts eyes at the camera, and packs their pictures into frames."""

    packing: str
    """How the eyes share the frame."""

    @property
    @abstractmethod
    def layout(self) -> Layout:
        """What players are told of a file: how two pictures share it, or that it holds one."""

    @property
    def files(self) -> tuple[str, ...]:
        """Names of the files that a movie needs; default: one, without a name."""
        return ("",)

    @property
    def eye_distance(self) -> float | None:
        """The distance between the eyes of a frozen, resolved rig, scene units; None: there is one eye."""
        return None

    def resolve(self, distance: float) -> Self:
        """The same rig with the eyes' distance made definite; default: nothing is left open.

        Args:
            distance: of the first camera to its target, scene units.
        """
        return self

    @abstractmethod
    def eye_size(self, size: Size) -> Size:
        """Size of one eye's picture in a frame of (width, height) pixels.

        Raises:
            InputError: the frame cannot be divided.
        """

    def check_eyes(self, offered: Sequence[str]) -> None:
        """Checks whether a lens offers the eyes that the rig needs; default: every lens does.

        Args:
            offered: the kinds of eyes that the lens has, its default first; none: it has no stereo.

        Raises:
            InputError: the lens has others, or none.
        """

    @abstractmethod
    def eyes_at(self, camera: Camera, offered: Sequence[str], file: str = "") -> tuple[Camera, ...]:
        """The eyes that a file shows, left before right.

        Args:
            camera: between the eyes.
            offered: the kinds of eyes that the lens has, its default first.
            file: which of the files.
        """

    @abstractmethod
    def pack(self, pictures: Sequence[np.ndarray]) -> np.ndarray:
        """The frame from the pictures of a file's eyes in the order of `eyes_at`, with their type and channels."""

    @property
    def packs_rows(self) -> bool:
        """Whether pictures that are too large to be drawn whole can be packed a few rows at a time: `pack_rows`."""
        return type(self).pack_rows is not Rig.pack_rows

    def pack_rows(self, pictures: Sequence[np.ndarray], first: int, frame: np.ndarray) -> None:
        """Puts some rows of the eyes' pictures, from the row `first` on, to their places in a frame. Optional."""
        raise NotImplementedError
