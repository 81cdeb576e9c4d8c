"""Guide lines over a dome's picture, for previews.

The safe-action area is that of theatres in which all seats face the front: 50 degrees to both sides of it and 10 to 60
degrees of altitude ("Dome Master Show File Format 1.0" of the AFDI group). It is the area that an audience sees well,
so it is measured on the dome, from its spring line. The horizon of the scene and `tilt` do not matter.

Every line is antialiased by its distance from a pixel's centre. The distance is exact for circles around the middle and
for straight lines, and of first order for the horizon.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise

import numpy as np

from moviemaker.core.colors import linear_light
from moviemaker.lens._dome_disk import Disk, Rows

SAFE_AZIMUTH = 50.0
SAFE_ALTITUDE = (10.0, 60.0)

Rgb = tuple[float, float, float]
Point = tuple[float, float]


@dataclass(frozen=True)
class Pen:
    """The style of a line.

    Attributes:
        color: sRGB, 0 to 1.
        opacity: 0 to 1.
        width: in thousandths of the picture's width; never thinner than a pixel.
    """

    color: Rgb
    opacity: float
    width: float

    def cover(self, distance: np.ndarray, side: int) -> np.ndarray:
        """How much the line covers of pixels at these distances (in pixels) from its middle, 0 to its opacity."""
        part: np.ndarray = self.opacity * np.clip(self.pixels(side) / 2 + 0.5 - distance, 0, 1)
        return part

    def pixels(self, side: int) -> float:
        """The width in pixels, in a picture of `side` pixels."""
        return max(1.0, self.width * side / 1000)


GRID = Pen((1.0, 1.0, 1.0), 0.35, 0.7)
AXIS = Pen((1.0, 1.0, 1.0), 0.55, 1.0)
SPRING_LINE = Pen((0.35, 0.78, 1.0), 0.9, 1.6)
HORIZON = Pen((1.0, 0.62, 0.2), 0.9, 1.6)
SAFE = Pen((0.35, 0.9, 0.45), 0.95, 1.8)
CARDINAL = Pen((1.0, 1.0, 1.0), 0.95, 2.6)

STEP = 30
"""Degrees between rings and between spokes."""

LETTER = 0.018
"""Half the height of the letter of a cardinal direction; the rim is at 1."""

# Strokes of the letters in a square from (-1, -1), upper left, to (1, 1): points that straight lines join.
_BOW: list[Point] = [(-0.6, -1), (0.25, -1), (0.6, -0.75), (0.6, -0.25), (0.25, 0), (-0.6, 0)]
_LETTERS: dict[str, list[list[Point]]] = {
    "F": [[(-0.6, 1), (-0.6, -1), (0.6, -1)], [(-0.6, 0), (0.4, 0)]],
    "R": [[(-0.6, 1), *_BOW], [(0.0, 0), (0.65, 1)]],
    "B": [[*_BOW, (0.3, 0), (0.65, 0.25), (0.65, 0.75), (0.3, 1), (-0.6, 1), (-0.6, -1)]],
    "L": [[(-0.6, -1), (-0.6, 1), (0.6, 1)]],
}
_CARDINALS = {"F": (0.045, 0.95), "R": (0.95, -0.045), "B": (-0.045, -0.95), "L": (-0.95, 0.045)}
"""The place of each letter, beside its spoke: x and y as in `Rows`."""


def lay_over(picture: np.ndarray, disk: Disk, height: int, some: range | None = None) -> None:
    """Draws the guides onto a picture, in place.

    Args:
        picture: (rows, side, channels), of an unsigned whole type whose largest number is white, or float32, linear. Of
            four channels, the last is the opacity, and colours are times opacity.
        disk: its geometry.
        height: number of rows to work on at a time.
        some: the rows of the whole picture that it holds; default: all.
    """
    indices, paint = _guides(disk, height) if some is None else _guides_in(disk, height, some)
    channels = picture.shape[2]
    pixels = picture.reshape(-1, channels)
    under = pixels[indices] * (1 - paint[:, 3:])
    if picture.dtype == np.float32:
        pixels[indices] = under + linear_light(paint)[:, :channels]
    else:
        pixels[indices] = np.rint(under + paint[:, :channels] * np.iinfo(picture.dtype).max).astype(picture.dtype)


@lru_cache(maxsize=4)
def _guides(disk: Disk, height: int) -> tuple[np.ndarray, np.ndarray]:
    """The pixels that guides touch, as indices row by row, and the paint on each: colour times opacity, opacity.

    They are the same for every frame, so they are computed once.
    """
    return _guides_in(disk, height, range(disk.side))


def _guides_in(disk: Disk, height: int, some: range) -> tuple[np.ndarray, np.ndarray]:
    """The same in some rows, from whose first one indices are counted."""
    indices, paint = [], []
    for first in range(0, len(some), height):
        rows = disk.rows(some[first], min(some[first] + height, some.stop))
        layer = np.zeros((*rows.x.shape, 4))
        for pen, distance in lines(disk, rows):
            add(layer, pen.color, pen.cover(distance, disk.side))
        layer *= disk.coverage(rows)[..., None]
        touched = np.flatnonzero(layer[..., 3])
        indices.append(touched + first * disk.side)
        paint.append(layer.reshape(-1, 4)[touched].astype(np.float32))
    return np.concatenate(indices), np.concatenate(paint)


def add(layer: np.ndarray, color: Rgb, cover: np.ndarray) -> None:
    """Lays a colour over a layer (H, W, 4) of colour times opacity, and opacity; in place."""
    touched = np.flatnonzero(cover)  # most lines touch few pixels
    part = cover.reshape(-1)[touched][:, None]
    pixels = layer.reshape(-1, 4)
    pixels[touched] = pixels[touched] * (1 - part) + part * np.array((*color, 1.0))


def lines(disk: Disk, rows: Rows) -> Iterator[tuple[Pen, np.ndarray]]:
    """Every guide, from the lowest to the topmost: its pen, and the distance of each pixel from it in pixels."""
    yield GRID, rings(disk, rows, STEP)
    yield GRID, np.where(rows.radius > disk.radius_at(90 - STEP), spokes(disk, rows, STEP), np.inf)
    yield AXIS, spokes(disk, rows, 90)
    yield SPRING_LINE, spring_line(disk, rows)
    yield HORIZON, horizon(disk, rows)
    yield SAFE, safe_area(disk, rows)
    for letter, (x, y) in _CARDINALS.items():
        yield CARDINAL, _letter(disk, rows, letter, x, y)


def rings(disk: Disk, rows: Rows, step: float) -> np.ndarray:
    """Distance from the nearest circle of altitude; there is one every `step` degrees from the axis."""
    apart = disk.radius_at(90 - step)
    off = rows.radius / apart
    off -= np.rint(off)
    distance: np.ndarray = np.abs(off) * apart * disk.pixels
    return np.where(rows.radius > apart / 2, distance, np.inf)


def spokes(disk: Disk, rows: Rows, step: float) -> np.ndarray:
    """Distance from the nearest line out of the middle; there is one every `step` degrees of azimuth from the front."""
    turn = math.radians(step)
    off = rows.azimuth / turn
    off -= np.rint(off)
    distance: np.ndarray = rows.radius * np.abs(np.sin(off * turn)) * disk.pixels
    return distance


def spring_line(disk: Disk, rows: Rows) -> np.ndarray:
    """Distance from altitude 0; if that is the rim, from a line just inside of it."""
    radius = disk.radius_at(0.0)
    if math.isclose(radius, 1.0):
        radius -= SPRING_LINE.pixels(disk.side) / 2 / disk.pixels
    distance: np.ndarray = np.abs(rows.radius - radius) * disk.pixels
    return distance


def horizon(disk: Disk, rows: Rows) -> np.ndarray:
    """Distance from the viewer's own horizon, to first order; infinite where the dome is not tilted.

    The sine h of a direction's height over the horizon is a smooth function of the picture; near h = 0 the distance is
    |h| over the length of its gradient.
    """
    if disk.tilt == 0:
        return np.full(rows.x.shape, np.inf)
    cos, sin = math.cos(math.radians(disk.tilt)), math.sin(math.radians(disk.tilt))
    reach = math.radians(disk.aperture) / 2
    angle = rows.radius * reach
    with np.errstate(invalid="ignore", divide="ignore"):
        ahead, aside = rows.y / rows.radius, rows.x / rows.radius
        up, out = np.cos(angle), np.sin(angle)
        height = cos * up - sin * out * ahead
        outward = -(cos * out + sin * up * ahead) * reach
        around = sin * out * aside / rows.radius
        distance = np.abs(height) / np.hypot(outward, around) * disk.pixels
    return np.where(np.isfinite(distance), distance, np.inf)


def safe_area(disk: Disk, rows: Rows) -> np.ndarray:
    """Distance from the outline of the safe-action area."""
    low, high = (disk.radius_at(altitude) for altitude in SAFE_ALTITUDE)
    turn = math.radians(SAFE_AZIMUTH)
    within = np.abs(rows.azimuth) <= turn
    arcs = np.minimum(np.abs(rows.radius - low), np.abs(rows.radius - high))
    distance = np.where(within, arcs, np.inf)
    for side in (-1, 1):
        x, y = side * math.sin(turn), math.cos(turn)
        distance = np.minimum(distance, _to_segment(rows.x, rows.y, (x * high, y * high), (x * low, y * low)))
    return distance * disk.pixels


def _letter(disk: Disk, rows: Rows, letter: str, x: float, y: float) -> np.ndarray:
    distance = np.full(rows.x.shape, np.inf)
    near = (np.abs(rows.x - x) < 1.5 * LETTER) & (np.abs(rows.y - y) < 1.5 * LETTER)
    if near.any():
        across, down = (rows.x[near] - x) / LETTER, (rows.y[near] - y) / LETTER
        strokes = _LETTERS[letter]
        parts = [_to_segment(across, down, a, b) for line in strokes for a, b in pairwise(line)]
        distance[near] = np.min(parts, axis=0) * LETTER * disk.pixels
    return distance


def _to_segment(x: np.ndarray, y: np.ndarray, a: Point, b: Point) -> np.ndarray:
    """Distance of points from the straight line between two points."""
    along_x, along_y = b[0] - a[0], b[1] - a[1]
    part = np.clip(((x - a[0]) * along_x + (y - a[1]) * along_y) / (along_x**2 + along_y**2), 0, 1)
    distance: np.ndarray = np.hypot(x - a[0] - part * along_x, y - a[1] - part * along_y)
    return distance
