"""A test picture for aligning a dome's projectors, which an AFDI dome master has beside its frames.

From the rim inwards: a line on the very edge and a ring of alternating 5 degrees, which show whether the edge is seen;
degrees of azimuth and the four directions, each legible for viewers who face it; rings of altitude and spokes every 10
degrees; four circles that are round on the dome; lines one to four pixels wide; seven colours and eleven greys, linear
in code value; a star that shows the limit of resolution. The blue, orange and green lines are those of the guides.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from moviemaker.lens._dome_disk import Disk, Rows
from moviemaker.lens._dome_guides import HORIZON, SAFE, SPRING_LINE, Pen, Rgb, add, horizon, rings, safe_area, spokes
from moviemaker.lens._dome_guides import spring_line as spring

if TYPE_CHECKING:
    from PIL.ImageFont import FreeTypeFont

ROWS = 32
SMALLEST = 128
"""Smallest picture, in pixels a side, that has room for lines of single pixels."""
GROUND: Rgb = (0.06, 0.06, 0.06)
FINE = Pen((1.0, 1.0, 1.0), 0.28, 0.6)
BOLD = Pen((1.0, 1.0, 1.0), 0.7, 1.1)
EDGE = Pen((1.0, 0.25, 0.25), 1.0, 1.2)
ROUND = Pen((1.0, 0.9, 0.3), 0.9, 1.4)

WHITE: Rgb = (1.0, 1.0, 1.0)
BLACK: Rgb = (0.0, 0.0, 0.0)
BARS: tuple[Rgb, ...] = (WHITE, (1, 1, 0), (0, 1, 1), (0, 1, 0), (1, 0, 1), (1, 0, 0), (0, 0, 1))
GREYS = 11
PATCHES = 40.0  # degrees that bars and greys take to both sides of the front
CIRCLE_RADIUS = 10.0  # degrees on the dome, at an aperture of 180
DIRECTIONS = {"FRONT": 0, "RIGHT": 90, "BACK": 180, "LEFT": 270}


def alignment_chart(disk: Disk, title: str) -> np.ndarray:
    """The test picture, (side, side, 3) uint8. The same arguments give the same pixels.

    Args:
        disk: the geometry of the dome's picture.
        title: is written on it, beside its size and its geometry.
    """
    upright = replace(disk, mirror=False)
    picture = np.empty((disk.side, disk.side, 3), np.uint8)
    for first, rows in upright.bands(ROWS):
        layer = np.zeros((*rows.x.shape, 4))
        add(layer, GROUND, np.ones(rows.x.shape))
        for color, cover in _figures(upright, rows):
            add(layer, color, cover)
        picture[first : first + len(layer)] = np.rint(255 * layer[..., :3])
    for azimuth in (-62, 62, 118, 242) if disk.side >= SMALLEST else ():
        _line_pairs(picture, upright, azimuth)
    _write(picture, disk, title)
    for first, rows in upright.bands(ROWS):
        part = picture[first : first + len(rows.x)]
        part[:] = np.rint(part * upright.coverage(rows)[..., None])
    return np.ascontiguousarray(picture[:, ::-1]) if disk.mirror else picture


def _figures(disk: Disk, rows: Rows) -> Iterator[tuple[Rgb, np.ndarray]]:
    """Every figure, from the lowest to the topmost: its colour, and how much of each pixel it covers."""
    outer = rows.radius > disk.radius_at(60)
    for pen, distance in (
        (FINE, rings(disk, rows, 10)),
        (FINE, np.where(outer, spokes(disk, rows, 10), np.inf)),
        (BOLD, rings(disk, rows, 30)),
        (BOLD, spokes(disk, rows, 30)),
        (SPRING_LINE, spring(disk, rows)),
        (HORIZON, horizon(disk, rows)),
        (SAFE, safe_area(disk, rows)),
        (ROUND, _circles(disk, rows)),
    ):
        yield pen.color, pen.cover(distance, disk.side)
    width = 2 * PATCHES / len(BARS)
    for place, color in enumerate(BARS):
        yield color, _patch(disk, rows, (0.46, 0.54), place * width - PATCHES, width)
    width = 2 * PATCHES / GREYS
    for place in range(GREYS):
        grey = place / (GREYS - 1)
        yield (grey, grey, grey), _patch(disk, rows, (0.54, 0.61), place * width - PATCHES, width)
    star = np.clip(0.07 * disk.pixels - rows.radius * disk.pixels + 0.5, 0, 1)
    ring = np.clip((rows.radius - 0.975) * disk.pixels + 0.5, 0, 1)
    yield BLACK, star + ring
    yield WHITE, (star + ring) * _alternating(disk, rows)
    width = EDGE.pixels(disk.side)
    yield EDGE.color, EDGE.cover(np.abs(disk.inside(rows) - width / 2), disk.side)


def _patch(disk: Disk, rows: Rows, radii: tuple[float, float], left: float, width: float) -> np.ndarray:
    """Coverage of a part of a ring: `width` degrees to the right from the azimuth `left`."""
    depth = np.minimum(rows.radius - radii[0], radii[1] - rows.radius)
    if depth.max() * disk.pixels < -0.5:
        return np.zeros(depth.shape)
    for azimuth, sign in ((left + width, 1), (left, -1)):
        turn = math.radians(azimuth)
        depth = np.minimum(depth, sign * (math.sin(turn) * rows.y - math.cos(turn) * rows.x))
    cover: np.ndarray = np.clip(depth * disk.pixels + 0.5, 0, 1)
    return cover


def _alternating(disk: Disk, rows: Rows) -> np.ndarray:
    """Coverage of every other 5 degrees of azimuth; uniform grey where that is finer than a pixel."""
    count = 36
    across = rows.radius * np.sin(count * rows.azimuth) / count
    cover: np.ndarray = np.clip(across * disk.pixels + 0.5, 0, 1)
    return cover


def _circles(disk: Disk, rows: Rows) -> np.ndarray:
    """Distance in pixels, to first order, from circles on the dome between the four directions.

    It is the error of the angle to the nearest circle's middle, divided by the length of that angle's gradient.
    """
    reach = math.radians(disk.aperture) / 2
    middle, radius = 0.77 * reach, math.radians(CIRCLE_RADIUS * disk.aperture / 180)
    angle, turn = rows.radius * reach, rows.azimuth % (math.pi / 2) - math.pi / 4
    with np.errstate(invalid="ignore", divide="ignore"):
        up, out, ahead = np.cos(angle), np.sin(angle), np.cos(turn)
        away = np.arccos(np.clip(up * math.cos(middle) + out * math.sin(middle) * ahead, -1, 1))
        outward = (out * math.cos(middle) - up * math.sin(middle) * ahead) * reach
        around = math.sin(middle) * np.sin(turn) * out / rows.radius
        distance = np.abs(away - radius) * np.sin(away) / np.hypot(outward, around) * disk.pixels
    return np.where(np.isfinite(distance), distance, np.inf)


def _line_pairs(picture: np.ndarray, disk: Disk, azimuth: float) -> None:
    """Lines of one to four pixels, vertical above and horizontal below, exactly on the pixels."""
    cell = max(8, round(0.03 * disk.side / 24) * 24)
    x, y = _turned(math.radians(azimuth))
    left = round(disk.pixels * (1 + 0.55 * x)) - 2 * cell
    first = round(disk.pixels * (1 + 0.55 * y)) - cell
    across, down = np.meshgrid(np.arange(cell), np.arange(cell))
    for place in range(4):
        for row, number in enumerate((across, down)):
            dark = number // (place + 1) % 2
            column, line = left + place * cell, first + row * cell
            picture[line : line + cell, column : column + cell] = np.where(dark, 0, 255)[..., None]


def _turned(turn: float) -> tuple[float, float]:
    return math.sin(turn), math.cos(turn)


def _write(picture: np.ndarray, disk: Disk, title: str) -> None:
    """Writes all texts."""
    small, large = disk.side / 64, disk.side / 40
    for azimuth in range(0, 360, 10):
        if azimuth % 90:
            size = small if azimuth % 30 == 0 else 0.7 * small
            _stamp(picture, disk, f"{azimuth}°", size, 0.945, azimuth)
    lowest = 90 - disk.aperture / 2
    for altitude in range(80, -90, -10):
        if altitude - lowest < 0.12 * disk.aperture / 2:
            break
        for azimuth in (0, 90, 180, 270):
            if azimuth == 0 and disk.radius_at(altitude) < 0.64:
                continue  # the colour bars are here
            size = small if altitude % 30 == 0 else 0.7 * small
            _stamp(picture, disk, f"{altitude}°", size, disk.radius_at(altitude), azimuth)
    cut = {"FRONT": disk.front, "BACK": disk.back}
    for name, azimuth in DIRECTIONS.items():
        seen = 1 - 2 * cut.get(name, 0.0) / disk.aperture
        _stamp(picture, disk, name, large, min(0.93, seen - 0.05), azimuth)
    cuts = [f"{cut:g}° of the {where}" for where, cut in (("front", disk.front), ("back", disk.back)) if cut]
    lines = [
        f"{disk.side} × {disk.side} pixels",
        f"aperture {disk.aperture:g}°, tilt {disk.tilt:g}°" + (", mirrored" if disk.mirror else ""),
        *([f"truncated: {' and '.join(cuts)}"] if cuts else []),
        "azimuthal equidistant, front at the bottom",
    ]
    _stamp(picture, disk, title, 1.2 * large, 0.135, 0, widest=0.4)
    for place, line in enumerate(lines):
        _stamp(picture, disk, line, 0.85 * small, 0.19 + 0.036 * place, 0)


def _stamp(
    picture: np.ndarray, disk: Disk, text: str, height: float, radius: float, azimuth: float, widest: float = 1.0
) -> None:
    """Writes a line in white on black, legible for viewers who face its azimuth.

    Args:
        picture: to draw on.
        disk: the geometry of the dome's picture.
        text: the line.
        height: of the letters, pixels.
        radius: distance of the line's middle from the middle of the picture.
        azimuth: degrees.
        widest: the part of the picture's width that the line may take; longer lines are written smaller.
    """
    from PIL import Image, ImageDraw

    font = _font(max(6, round(height)))
    if font.getlength(text) > widest * disk.side:
        font = _font(max(6, int(font.size * widest * disk.side / font.getlength(text))))
    room = int(font.size) // 3
    left, top, right, bottom = font.getbbox(text)
    box = Image.new("L", (math.ceil(right - left) + 2 * room, math.ceil(bottom - top) + 2 * room), 0)
    ImageDraw.Draw(box).text((room - left, room - top), text, font=font, fill=255)
    ground = Image.new("L", box.size, 255)
    letters, cover = (
        np.asarray(image.rotate(azimuth, Image.Resampling.BICUBIC, expand=True), np.float64) / 255
        for image in (box, ground)
    )
    turn = math.radians(azimuth)
    middle = [disk.pixels * (1 + radius * part) for part in _turned(turn)]
    x, y = (round(at - length / 2) for at, length in zip(middle, letters.shape[::-1], strict=True))
    part = picture[max(y, 0) : max(y + letters.shape[0], 0), max(x, 0) : max(x + letters.shape[1], 0)]
    seen = (slice(max(-y, 0), max(-y, 0) + part.shape[0]), slice(max(-x, 0), max(-x, 0) + part.shape[1]))
    part[:] = np.rint(part * (1 - cover[seen][..., None]) + 255 * letters[seen][..., None]).clip(0, 255)


@cache
def _font(size: int) -> FreeTypeFont:
    import matplotlib
    from PIL import ImageFont

    return ImageFont.truetype(str(Path(matplotlib.get_data_path()) / "fonts" / "ttf" / "DejaVuSans.ttf"), size)
