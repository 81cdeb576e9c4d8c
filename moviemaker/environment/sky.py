"""The sky of one moment: what is seen of it, and what it lights."""

from __future__ import annotations

import math
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Annotated

import numpy as np
from pydantic import SkipValidation

from moviemaker.core.colors import RGB, codes_of_light, linear_from_srgb
from moviemaker.core.errors import InputError
from moviemaker.core.props import Environment, Reflections
from moviemaker.environment.averages import ROWS, area_means, even_at_poles
from moviemaker.environment.gradients import gradient
from moviemaker.environment.irradiance import irradiance_of
from moviemaker.environment.pictures import KEPT, SkyPicture, find_sky, linear
from moviemaker.environment.reflections import WIDEST, reflections_of
from moviemaker.scene.sky import SkyKeys
from moviemaker.timeline.orientation import rotation_from_z

GRADIENT_ROWS = 256
"""Rows of a gradient that lights and is reflected."""

SMALLEST = 64
"""Columns of a picture that lights and is reflected, at least."""

WHITE = 65535
"""The largest texel."""

Colors = tuple[RGB, RGB | None, RGB | None]
"""Those of a gradient: zenith, horizon and ground."""


class ResolvedSky(SkyKeys):
    """A sky whose file has been found.

    Attributes:
        picture: in the file; None: it is a gradient.
    """

    picture: Annotated[SkyPicture | None, SkipValidation] = None


def resolve_sky(written: SkyKeys, folder: Path) -> ResolvedSky:
    """The sky with its file read.

    Args:
        written: as in the scene.
        folder: of the scene.

    Raises:
        InputError: its file is missing, or is not a picture of all directions.
    """
    picture = None
    if written.file is not None:
        try:
            picture = find_sky(folder / written.file)
        except InputError as error:
            raise InputError(error.what, error.instead, ("file",)) from None
    keys = {name: getattr(written, name) for name in SkyKeys.model_fields}
    return ResolvedSky.model_construct(**{**keys, "file": None, "picture": picture})


class Sky:
    """The sky of one moment.

    Args:
        still: a resolved sky, frozen at the moment.
        vertical: (3,), unit vector up in the scene.

    Attributes:
        axes: (3, 3), unit vectors of the sky in the scene as rows: ahead, left and up.
        visible: whether it is seen.
    """

    def __init__(self, still: ResolvedSky, vertical: np.ndarray):
        cosine, sine = math.cos(math.radians(still.turn)), math.sin(math.radians(still.turn))
        turned = np.array([[cosine, sine, 0.0], [-sine, cosine, 0.0], [0.0, 0.0, 1.0]])
        self.axes = turned @ rotation_from_z(vertical).T
        self.visible = still.visible
        self._brightness = still.brightness
        assert still.picture is not None or still.zenith is not None
        self._source: SkyPicture | Colors
        self._source = still.picture or (still.zenith or (0.0, 0.0, 0.0), still.horizon, still.ground)

    def texels(self, pixel: float) -> np.ndarray:
        """What is seen: (rows, columns, 3) uint16, equirectangular, whose colours are in the `table`.

        Args:
            pixel: width of a pixel of the picture that shows it, radians. Texels are not much finer.
        """
        columns = 1
        if isinstance(self._source, SkyPicture):
            columns = self._source.pixels.shape[1]
            columns >>= max(0, math.floor(math.log2(min(pixel, 0.5) * columns / (2 * math.pi))))
        return _texels(self._source, min(columns, KEPT))

    @cached_property
    def table(self) -> np.ndarray:
        """The sRGB codes (65536,) float32 of texels, above 1 where it is brighter than white."""
        codes = np.arange(1 << 16) / np.float64(WHITE) * _brightest(self._source)
        return codes_of_light(self._brightness * linear_from_srgb(codes)).astype(np.float32)

    @property
    def horizon(self) -> RGB:
        """The mean colour of the horizon, sRGB, at most white, such as that of fog in the distance."""
        light = _light(self._source)
        level = self._brightness * light[len(light) // 2 - 1 : len(light) // 2 + 1].mean(axis=(0, 1))
        red, green, blue = np.minimum(codes_of_light(level), 1.0).tolist()
        return red, green, blue

    def environment(self, reflected: bool) -> Environment:
        """What it lights.

        Args:
            reflected: whether something reflects it.
        """
        reflections = _reflections(self._source) if reflected else None
        return Environment(_irradiance(self._source), self.axes, self._brightness, reflections)


@lru_cache(maxsize=2)
def _brightest(source: SkyPicture | Colors) -> float:
    """The sRGB code of the largest texel."""
    if isinstance(source, SkyPicture) and source.format:
        return max(1.0, float(codes_of_light(source.pixels.max())))
    return 1.0


@lru_cache(maxsize=2)
def _texels(source: SkyPicture | Colors, columns: int) -> np.ndarray:
    """A sky with a number of columns: (rows, columns, 3) uint16, in parts of its brightest code."""
    if not isinstance(source, SkyPicture):
        return np.asarray(np.rint(WHITE * gradient(*source)), np.uint16)
    pixels = source.pixels
    rows = max(1, round(pixels.shape[0] * columns / pixels.shape[1]))
    light = area_means(pixels, rows, columns, linear)
    even_at_poles(light)
    texels, white = np.empty(light.shape, np.uint16), WHITE / _brightest(source)
    for first in range(0, rows, ROWS):  # many numbers at once would need much memory
        part = slice(first, first + ROWS)
        texels[part] = np.rint(white * codes_of_light(light[part]))
    return texels


@lru_cache(maxsize=2)
def _light(source: SkyPicture | Colors) -> np.ndarray:
    """Linear light of a sky as coarse as reflections are: (rows, columns, 3) float32, see `reflections_of`."""
    if not isinstance(source, SkyPicture):
        return area_means(linear_from_srgb(gradient(*source)), GRADIENT_ROWS, 1)
    pixels = source.pixels
    times = math.ceil(SMALLEST / pixels.shape[1])
    if times > 1:
        pixels = np.repeat(np.repeat(pixels, times, axis=0), times, axis=1)
    columns = min(WIDEST, 1 << int(math.log2(pixels.shape[1])))
    rows = min(columns // 2, pixels.shape[0])
    light = area_means(pixels, rows, columns, linear)
    return light if rows == columns // 2 else np.repeat(light, 2, axis=0)[: columns // 2]


@lru_cache(maxsize=2)
def _irradiance(source: SkyPicture | Colors) -> np.ndarray:
    return irradiance_of(_light(source))


@lru_cache(maxsize=2)
def _reflections(source: SkyPicture | Colors) -> Reflections:
    return reflections_of(_light(source))
