"""The faces of a cube around the viewer, and where the pixels of a panorama lie on them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from typing import Protocol

import numpy as np

from moviemaker.core.camera import Camera, Frustum, View

Size = tuple[int, int]

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

Face = tuple[int, Frustum, Size]
"""A face of the cube, the part of it that is seen, and the size of that part in pixels."""

EVEN = 16
"""Parts of views begin at multiples of so many pixels, so that blocks of pixels that are shaded together stay so."""


class ResampledLens(Protocol):
    """What a lens is asked for here."""

    @property
    def supersample(self) -> float:
        """How many times finer than the picture the views are."""
        ...

    def rows(self, first: int, last: int, size: Size) -> np.ndarray:
        """Directions of the pixels of some rows."""
        ...

    def pixels_per_radian(self, size: Size) -> float:
        """How fine the picture is."""
        ...

    def __hash__(self) -> int: ...


@dataclass(frozen=True)
class Sheet:
    """The view through one face, as large as a whole picture needs it.

    Attributes:
        face: of the cube.
        left, top: its edges on the face: tangents, or angles in radians if `equiangular`.
        scale: pixels for a unit of them.
        size: (width, height) in pixels.
        equiangular: whether pixels are equally wide in angle.
    """

    face: int
    left: float
    top: float
    scale: float
    size: Size
    equiangular: bool

    @property
    def seen(self) -> Face:
        """The face with what of it is seen."""
        edges = np.array(
            [self.left, self.left + self.size[0] / self.scale, self.top - self.size[1] / self.scale, self.top]
        )
        west, east, south, north = (np.tan(edges) if self.equiangular else edges).tolist()
        return self.face, Frustum(west, east, south, north, self.equiangular), self.size


@dataclass(frozen=True)
class Cut:
    """A rectangle of a sheet, in pixels from its upper left corner, ends excluded."""

    sheet: Sheet
    left: int
    top: int
    right: int
    bottom: int

    @property
    def pixels(self) -> int:
        """How many pixels it has."""
        return (self.right - self.left) * (self.bottom - self.top)


@dataclass(frozen=True, eq=False)
class Plan:
    """How some rows of a picture are resampled from plates.

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


def plan(lens: ResampledLens, size: Size, equiangular: bool = False) -> Plan:
    """The plan of a lens's picture of (width, height) pixels. It is the same for every frame, so it is made once.

    Places on a face are tangents, or angles in radians if the views are `equiangular`.
    """
    return _plan(lens, size, equiangular)


@lru_cache(maxsize=4)
def _plan(lens: ResampledLens, size: Size, equiangular: bool) -> Plan:
    whole = range(size[1])
    return _planned(lens, size, equiangular, cuts(lens, size, equiangular, whole), whole)


@lru_cache(maxsize=1)
def plan_of_rows(lens: ResampledLens, size: Size, equiangular: bool, strip: range, rows: range) -> Plan:
    """The plan of some rows, from the plates of the cuts of a strip that they are in."""
    return _planned(lens, size, equiangular, cuts(lens, size, equiangular, strip), rows)


@lru_cache(maxsize=8)
def sheets(lens: ResampledLens, size: Size, equiangular: bool) -> tuple[Sheet, ...]:
    """The views of a whole picture, which are as small as they can be."""
    scale = lens.pixels_per_radian(size) * lens.supersample
    low, high = _bounds(lens, size, equiangular, range(size[1]))
    found = []
    for index in np.flatnonzero(low[:, 0] <= high[:, 0]).tolist():
        width, height = (np.ceil((high[index] - low[index]) * scale).astype(int) + 2 * MARGIN).tolist()
        left, top = float(low[index, 0] - MARGIN / scale), float(high[index, 1] + MARGIN / scale)
        found.append(Sheet(index, left, top, scale, (width, height), equiangular))
    return tuple(found)


@lru_cache(maxsize=64)
def cuts(lens: ResampledLens, size: Size, equiangular: bool, strip: range) -> tuple[Cut, ...]:
    """The parts of the sheets that some rows need."""
    whole = sheets(lens, size, equiangular)
    if strip == range(size[1]):
        return tuple(Cut(sheet, 0, 0, *sheet.size) for sheet in whole)
    low, high = _bounds(lens, size, equiangular, strip)
    found = []
    for sheet in whole:
        (west, south), (east, north) = low[sheet.face].tolist(), high[sheet.face].tolist()
        if west > east:
            continue
        first = np.array([(west - sheet.left) * sheet.scale, (sheet.top - north) * sheet.scale])
        last = np.array([(east - sheet.left) * sheet.scale, (sheet.top - south) * sheet.scale])
        left, top = np.maximum((first - 2).astype(int) // EVEN * EVEN, 0).tolist()
        right, bottom = np.minimum(((last + 2).astype(int) // EVEN + 1) * EVEN, sheet.size).tolist()
        found.append(Cut(sheet, left, top, right, bottom))
    return tuple(found)


def _bounds(lens: ResampledLens, size: Size, equiangular: bool, rows: range) -> tuple[np.ndarray, np.ndarray]:
    """The lowest and the highest place on each face that some rows of a picture show, (6, 2) each."""
    from moviemaker.lens._resampling import find_bounds  # compiled code, which `check` does not need

    low, high = np.full((ROWS, 6, 2), np.inf, np.float32), np.full((ROWS, 6, 2), -np.inf, np.float32)
    for first in range(rows.start, rows.stop, ROWS):
        face, place = _on_cube(lens, size, equiangular, first, min(first + ROWS, rows.stop))
        find_bounds(face, place, low, high)
    return low.min(axis=0).astype(np.float64), high.max(axis=0).astype(np.float64)


def _planned(lens: ResampledLens, size: Size, equiangular: bool, some: tuple[Cut, ...], rows: range) -> Plan:
    from moviemaker.lens._resampling import find_pixels

    shape = (len(rows), size[0])
    corner, stride = np.empty(shape, np.int32), np.empty(shape, np.uint16)
    across, down = np.empty(shape, np.uint16), np.empty(shape, np.uint16)
    numbers, starts, begin = np.zeros((6, 3)), np.zeros((6, 4), np.int64), 0
    for cut in some:
        numbers[cut.sheet.face] = cut.sheet.left, cut.sheet.top, cut.sheet.scale
        starts[cut.sheet.face] = begin, cut.left, cut.top, cut.right - cut.left
        begin += cut.pixels
    for first in range(0, len(rows), ROWS):
        part = slice(first, min(first + ROWS, len(rows)))
        face, place = _on_cube(lens, size, equiangular, rows.start + part.start, rows.start + part.stop)
        find_pixels(face, place, numbers, starts, corner[part], stride[part], across[part], down[part])
    return Plan(tuple(cut.sheet.seen for cut in some), corner, stride, across, down)


def _on_cube(
    lens: ResampledLens, size: Size, equiangular: bool, first: int, last: int
) -> tuple[np.ndarray, np.ndarray]:
    """The face (255: none) that each pixel of some rows falls on, and its place there (..., 2) float32."""
    from moviemaker.lens._resampling import find_on_cube

    directions = np.ascontiguousarray(lens.rows(first, last, size), np.float64)
    face, place = np.empty(directions.shape[:2], np.uint8), np.empty((*directions.shape[:2], 2), np.float32)
    find_on_cube(directions, face, place)
    return face, np.arctan(place) if equiangular else place
