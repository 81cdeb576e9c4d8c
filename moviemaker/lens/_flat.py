"""Lenses whose picture is one photograph, or a finer photograph made smaller."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

import numpy as np

from moviemaker.core.camera import Camera, Frustum, Parallel, View
from moviemaker.core.errors import InputError
from moviemaker.core.values import COUNT, Value
from moviemaker.lens._lens import Lens, Size

_MOST = 4
_RIGHT = f"a whole number from 1 to {_MOST}"


def _parse_times(value: object) -> int:
    times: int = COUNT.parse(value)
    if times > _MOST:
        raise InputError(f"{times} is too fine", f"write {_RIGHT}")
    return times


SUPERSAMPLE = Value(_RIGHT, _parse_times, {"type": "integer", "minimum": 1, "maximum": _MOST}, mix=None)


class Flat(Lens):
    """One photograph. A subclass defines `views`, with the help of `view`, and `cone`."""

    supersample: Annotated[int, SUPERSAMPLE] = 1
    """How many times finer the picture is drawn each way before it is made smaller, 1 to 4, default 1. With 2, each
    pixel is the mean of 2 x 2, and fine patterns in volumes, slices and textures do not flicker."""

    def view(self, eye: Camera, projection: Frustum | Parallel, size: Size) -> View:
        """The photograph, `supersample` times as fine as the picture."""
        drawn = (self.supersample * size[0], self.supersample * size[1])
        return View(eye.position, eye.forward, eye.up, projection, drawn, fineness=float(self.supersample))

    def develop(self, plates: Sequence[np.ndarray], size: Size, equiangular: bool = False) -> np.ndarray:
        """The picture, with the plate's own type and channels: each pixel is a mean, rounded unless it is a float."""
        (plate,) = plates
        times = self.supersample
        if times == 1:
            return plate
        floats = plate.dtype == np.float32
        total = np.zeros((size[1], size[0], plate.shape[2]), np.float32 if floats else np.uint32)
        for row in range(times):
            for column in range(times):
                total += plate[row::times, column::times]
        if floats:
            return np.asarray(total / np.float32(times * times))
        return ((total + times * times // 2) // (times * times)).astype(plate.dtype)

    def distances(self, plates: Sequence[np.ndarray], size: Size) -> np.ndarray:
        """The distance in the middle of each pixel, or beside it."""
        (plate,) = plates
        middle = self.supersample // 2
        return plate[middle :: self.supersample, middle :: self.supersample]

    @property
    def draws_rows(self) -> bool:
        """Whether the subclass takes one photograph, and leaves its development and its finish as they are."""
        own = type(self)
        return (own.develop, own.distances, own.finish) == (Flat.develop, Flat.distances, Flat.finish)

    def views_of_rows(self, eye: Camera, size: Size, strip: range, equiangular: bool = False) -> tuple[View, ...]:
        """The rows of the photograph."""
        (view,) = self.views(eye, size, equiangular)
        times = self.supersample
        return (view.part(0, times * strip.start, view.size[0], times * strip.stop),)

    def develop_rows(
        self, pixels: np.ndarray, size: Size, strip: range, rows: range, equiangular: bool = False
    ) -> np.ndarray:
        """The means of pixels of the finer photograph."""
        return self.develop((self._plate(pixels, size, strip, rows),), (size[0], len(rows)), equiangular)

    def distances_of_rows(self, pixels: np.ndarray, size: Size, strip: range, rows: range) -> np.ndarray:
        """The distance in the middle of each pixel, or beside it."""
        return self.distances((self._plate(pixels, size, strip, rows),), (size[0], len(rows)))

    def _plate(self, pixels: np.ndarray, size: Size, strip: range, rows: range) -> np.ndarray:
        """Some rows of a strip's plate."""
        times = self.supersample
        plate = pixels.reshape(times * len(strip), times * size[0], *pixels.shape[1:])
        return plate[times * (rows.start - strip.start) : times * (rows.stop - strip.start)]

    def drawn_pixels(self, size: Size) -> float:
        """The pixels of the finer photograph."""
        return size[0] * size[1] * self.supersample**2
