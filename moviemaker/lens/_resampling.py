"""From directions to pixels of plates, and bilinear interpolation between these, compiled: every pixel is touched."""

from __future__ import annotations

import math

import numpy as np

from moviemaker.core.jit import compiled, numba

NO_FACE = 255


@compiled
def find_on_cube(directions: np.ndarray, face: np.ndarray, place: np.ndarray) -> None:
    """Fills the face of the cube on which each direction falls, and its place there.

    Args:
        directions: (H, W, 3) float64; those that are not finite fall on none.
        face: (H, W) uint8, in the order of `_cube_faces.FACES`, or `NO_FACE`.
        place: (H, W, 2) float32, tangents to the right and up.
    """
    height, width, _ = directions.shape
    for row in numba.prange(height):
        for column in range(width):
            x, y, z = directions[row, column, 0], directions[row, column, 1], directions[row, column, 2]
            most = max(abs(x), max(abs(y), abs(z)))
            right, up = 0.0, 0.0
            if not (0.0 < most < math.inf):
                face[row, column], most = NO_FACE, 1.0
            elif abs(x) == most:
                face[row, column], right, up = (1 if x > 0 else 3), (-z if x > 0 else z), y
            elif abs(y) == most:
                face[row, column], right, up = (4 if y > 0 else 5), x, (-z if y > 0 else z)
            else:
                face[row, column], right, up = (0 if z > 0 else 2), (x if z > 0 else -x), y
            place[row, column, 0], place[row, column, 1] = right / most, up / most


@compiled
def find_bounds(face: np.ndarray, place: np.ndarray, low: np.ndarray, high: np.ndarray) -> None:
    """Widens the lowest and the highest places on each face in each row, (H, 6, 2) float32 each."""
    height, width = face.shape
    for row in numba.prange(height):
        for column in range(width):
            index = face[row, column]
            if index != NO_FACE:
                x, y = place[row, column, 0], place[row, column, 1]
                low[row, index, 0], high[row, index, 0] = min(low[row, index, 0], x), max(high[row, index, 0], x)
                low[row, index, 1], high[row, index, 1] = min(low[row, index, 1], y), max(high[row, index, 1], y)


@compiled
def find_pixels(
    face: np.ndarray,
    place: np.ndarray,
    sheets: np.ndarray,
    plates: np.ndarray,
    corner: np.ndarray,
    stride: np.ndarray,
    across: np.ndarray,
    down: np.ndarray,
) -> None:
    """Fills where pixels lie in plates: `corner`, `stride`, `across` and `down` as for `resample`.

    Args:
        face, place: as `find_on_cube` fills them.
        sheets: (6, 3) left edge, top edge and pixels per unit of the view through each face.
        plates: (6, 4) int64: where the pixels of each plate begin, the column and the row of the view with which it
            begins, and its width.
    """
    height, width = face.shape
    for row in numba.prange(height):
        for column in range(width):
            index = face[row, column]
            if index == NO_FACE:
                corner[row, column], stride[row, column] = -1, 0
                across[row, column], down[row, column] = 0, 0
                continue
            x = (place[row, column, 0] - sheets[index, 0]) * sheets[index, 2] - 0.5
            y = (sheets[index, 1] - place[row, column, 1]) * sheets[index, 2] - 0.5
            left, top = math.floor(x), math.floor(y)
            line = plates[index, 0] + (top - plates[index, 2]) * plates[index, 3]
            corner[row, column], stride[row, column] = line + left - plates[index, 1], plates[index, 3]
            across[row, column], down[row, column] = np.rint(65535 * (x - left)), np.rint(65535 * (y - top))


@compiled
def resample(
    pixels: np.ndarray,
    corner: np.ndarray,
    stride: np.ndarray,
    across: np.ndarray,
    down: np.ndarray,
    half: float,
    picture: np.ndarray,
) -> None:
    """Fills a picture (H, W, channels) from the pixels (n, channels) of all plates, of the same type.

    Args:
        pixels: those of all plates, one after the other.
        corner: (H, W), index of the upper left one of the four pixels to mix; negative where the picture is black.
        stride: (H, W), how many pixels further the lower ones are.
        across, down: (H, W) uint16, weights of the right and of the lower ones, in 1/65535.
        half: 0.5 for unsigned integers, which are then rounded to the nearest; 0 for floats.
        picture: is filled.
    """
    height, width, channels = picture.shape
    for row in numba.prange(height):
        for column in range(width):
            first = corner[row, column]
            if first < 0:
                picture[row, column] = 0
                continue
            below = first + stride[row, column]
            right, lower = across[row, column] / 65535.0, down[row, column] / 65535.0
            for channel in range(channels):
                a = pixels[first, channel] * (1 - right) + pixels[first + 1, channel] * right
                b = pixels[below, channel] * (1 - right) + pixels[below + 1, channel] * right
                picture[row, column, channel] = a * (1 - lower) + b * lower + half


@compiled
def pick(
    pixels: np.ndarray,
    corner: np.ndarray,
    stride: np.ndarray,
    across: np.ndarray,
    down: np.ndarray,
    picture: np.ndarray,
) -> None:
    """Fills a picture (H, W) with the nearest of the pixels (n,) of all plates, and with infinity where it is black.

    For the other arguments see `resample`.
    """
    height, width = picture.shape
    for row in numba.prange(height):
        for column in range(width):
            first = corner[row, column]
            if first < 0:
                picture[row, column] = np.inf
                continue
            lower = stride[row, column] if down[row, column] > 32767 else 0
            picture[row, column] = pixels[first + lower + (1 if across[row, column] > 32767 else 0)]
