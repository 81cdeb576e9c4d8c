"""Colours: parsing them, and mixing two of them perceptually.

A colour is a tuple of three sRGB components in 0..1.
"""

from __future__ import annotations

import re
from functools import cache

import numpy as np

from moviemaker.core.errors import InputError, nearest, suggest

RGB = tuple[float, float, float]

_LETTERS = {"r": "#ff0000", "g": "#008000", "b": "#0000ff", "c": "#00bfbf", "m": "#bf00bf", "y": "#bfbf00"}
_LETTERS |= {"k": "#000000", "w": "#ffffff"}
"""Matplotlib's colours of one letter."""

_RIGHT = "a colour is a CSS name, '#rrggbb' or [r, g, b] with numbers from 0 to 1"

# Björn Ottosson, "A perceptual color space for image processing" (2020), https://bottosson.github.io/posts/oklab/
_LMS_FROM_LINEAR = np.array(
    [
        [0.4122214708, 0.5363325363, 0.0514459929],
        [0.2119034982, 0.6806995451, 0.1073969566],
        [0.0883024619, 0.2817188376, 0.6299787005],
    ]
)
_LAB_FROM_LMS = np.array(
    [
        [0.2104542553, 0.7936177850, -0.0040720468],
        [1.9779984951, -2.4285922050, 0.4505937099],
        [0.0259040371, 0.7827717662, -0.8086757660],
    ]
)


def parse_color(value: object) -> RGB:
    """Parses a colour: a CSS name, `"#rrggbb"`, or three numbers in 0..1.

    Raises:
        InputError: the value is none of these.
    """
    if isinstance(value, str):
        text = value.strip().lower()
        names = {} if text.startswith("#") else _css_colors()
        text = names.get(re.sub(r"[ _-]", "", text)) or _LETTERS.get(text, text)
        if re.fullmatch(r"#[0-9a-f]{3}", text):
            text = "#" + "".join(2 * digit for digit in text[1:])
        if re.fullmatch(r"#[0-9a-f]{6}", text):
            return tuple(int(text[i : i + 2], 16) / 255 for i in (1, 3, 5))  # type: ignore[return-value]
        hint = suggest(value, names, "colour name") if re.fullmatch(r"[A-Za-z ]+", value) else _RIGHT
        raise InputError(f"{value!r} is not a colour", hint if hint.startswith("did") else _RIGHT)
    if isinstance(value, list | tuple) and len(value) == 3 and all(_is_component(c) for c in value):
        return (float(value[0]), float(value[1]), float(value[2]))
    raise InputError(f"{value!r} is not a colour", _RIGHT)


def is_color(text: str) -> bool:
    """Whether a text is a colour, such as a CSS name.

    >>> is_color("light blue"), is_color("speed")
    (True, False)
    """
    try:
        parse_color(text)
    except InputError:
        return False
    return True


def nearest_color(text: str) -> str | None:
    """The CSS name nearest to a text that is not a colour; None if none is near."""
    return nearest(text, _css_colors())


@cache
def _css_colors() -> dict[str, str]:
    """The CSS names and their colours as `#rrggbb`."""
    from PIL.ImageColor import colormap  # loads all of Pillow, which a scene without colour names does not need

    return {
        name: text if isinstance(text, str) else "#{:02x}{:02x}{:02x}".format(*text) for name, text in colormap.items()
    }


def _is_component(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value <= 1


def linear_from_srgb(color: np.ndarray) -> np.ndarray:
    """Linear light from sRGB components, IEC 61966-2-1; any shape, 0..1."""
    return np.where(color <= 0.04045, color / 12.92, ((color + 0.055) / 1.055) ** 2.4)


def srgb_from_linear(light: np.ndarray) -> np.ndarray:
    """sRGB components from linear light, IEC 61966-2-1; any shape, clipped to 0..1."""
    light = np.clip(light, 0.0, 1.0)
    return np.where(light <= 0.0031308, 12.92 * light, 1.055 * light ** (1 / 2.4) - 0.055)


def codes_of_light(light: np.ndarray) -> np.ndarray:
    """sRGB components from linear light from 0 up; those of what is brighter than white are above 1."""
    curved = 1.055 * np.maximum(light, 1e-9) ** (1 / 2.4) - 0.055
    return np.where(light <= 0.0031308, 12.92 * light, curved)


def seen_opacity(picture: np.ndarray) -> np.ndarray:
    """A transparent picture in which nothing shines brighter than it is opaque, so that light alone is seen too.

    Light that hides nothing, such as that of an additive volume, is drawn without opacity; most programs would not show
    it. It becomes as opaque as its largest channel, which leaves the picture before black as it is.

    Args:
        picture: (height, width, 4), colours times opacity, and opacity; its opacity is changed.
    """
    np.maximum(picture[..., 3], picture[..., :3].max(axis=2), out=picture[..., 3])
    return picture


def straight(picture: np.ndarray) -> np.ndarray:
    """The same transparent picture with straight colours, as PNG and movies hold them; transparent pixels are black.

    Args:
        picture: (height, width, 4) uint8 or uint16, colours times opacity, and opacity.
    """
    divided = picture.copy()
    opacity = picture[..., 3]
    white = np.iinfo(picture.dtype).max
    partly = np.flatnonzero((opacity > 0) & (opacity < white))
    part = picture.reshape(-1, 4)[partly].astype(np.uint64)
    colors = (part[:, :3] * (2 * white) + part[:, 3:]) // (2 * part[:, 3:])
    divided.reshape(-1, 4)[partly, :3] = np.minimum(colors, white)
    divided[opacity == 0] = 0
    return divided


def linear_light(picture: np.ndarray, adds: bool = False) -> np.ndarray:
    """Linear light of sRGB colours, as OpenEXR holds it; white is 1, and what is brighter is kept.

    The colours of a transparent picture are divided by their opacity before, and multiplied by it after: that is the
    light of the part of the pixel that is covered.

    Args:
        picture: (..., 3) float32, sRGB; or (..., 4), colours times opacity, and opacity.
        adds: whether some of the light hides nothing, such as that of an additive volume. What is brighter than its
            opacity is then added light, as opaque as its largest channel; otherwise it is something brighter than
            white.
    """
    if picture.shape[-1] == 3:
        return linear_from_srgb(picture).astype(np.float32)
    opacity = picture[..., 3:]
    covering = np.minimum(picture[..., :3], opacity) if adds else picture[..., :3]
    light = opacity * linear_from_srgb(covering / np.maximum(opacity, np.float32(1e-30)))
    if not adds:
        return np.concatenate([light, opacity], axis=-1).astype(np.float32)
    own = linear_from_srgb(picture[..., :3]) - linear_from_srgb(covering)
    shown = opacity + (1 - opacity) * np.minimum(own.max(axis=-1, keepdims=True), 1)
    return np.concatenate([light + own, shown], axis=-1).astype(np.float32)


def shown_codes(picture: np.ndarray) -> np.ndarray:
    """A picture of floats as a screen shows it: uint8 sRGB, cut at white, with straight colours; others stay.

    Args:
        picture: (height, width, 3) float32, linear; or (height, width, 4), colours times opacity, and opacity.
    """
    if picture.dtype != np.float32:
        return picture
    opacity = picture[..., 3:]
    part = np.where(opacity > 0, opacity, 1) if picture.shape[2] == 4 else np.float32(1)
    colors = srgb_from_linear(picture[..., :3] / part)
    codes: np.ndarray = np.rint(255 * np.concatenate([colors, np.clip(opacity, 0, 1)], axis=2)).astype(np.uint8)
    return codes


def linear_colors(colors: np.ndarray) -> np.ndarray:
    """Linear light of sRGB codes, float32: uint8, uint16, or float32 in which white is 1; any shape."""
    if colors.dtype == np.float32:
        return linear_from_srgb(colors).astype(np.float32)
    return np.asarray(_linear_of_codes(int(np.iinfo(colors.dtype).max))[colors])


@cache
def _linear_of_codes(white: int) -> np.ndarray:
    """The linear light of each code, float32."""
    return linear_from_srgb(np.arange(white + 1) / white).astype(np.float32)


CHECKS = (0.4, 0.48)
"""The two greys of the squares that stand for transparency, sRGB."""


def before_checks(picture: np.ndarray, side: int = 8) -> np.ndarray:
    """A picture as a screen shows it: one that is transparent, before grey squares.

    Args:
        picture: (height, width, 3 or 4) uint8 or uint16, straight colours; or float32, as `shown_codes` takes it.
        side: of a square, pixels.

    Returns:
        (height, width, 3) uint8.
    """
    codes = (picture >> 8).astype(np.uint8) if picture.dtype == np.uint16 else shown_codes(picture)
    if codes.shape[2] == 3:
        return codes
    height, width = codes.shape[:2]
    squares = (np.arange(height)[:, None] // side + np.arange(width) // side) % 2
    behind = 255 * np.array(CHECKS, np.float32)[squares][..., None]
    opacity = codes[..., 3:] / np.float32(255)
    shown: np.ndarray = np.rint(opacity * codes[..., :3] + (1 - opacity) * behind).astype(np.uint8)
    return shown


def mix_colors(a: RGB, b: RGB, fraction: float) -> RGB:
    """The colour between two, on a straight line in Oklab, which looks even."""
    if fraction <= 0 or a == b:
        return a
    if fraction >= 1:
        return b
    lms = [np.cbrt(_LMS_FROM_LINEAR @ linear_from_srgb(np.array(color))) for color in (a, b)]
    lab = (1 - fraction) * (_LAB_FROM_LMS @ lms[0]) + fraction * (_LAB_FROM_LMS @ lms[1])
    linear = np.linalg.solve(_LMS_FROM_LINEAR, np.linalg.solve(_LAB_FROM_LMS, lab) ** 3)
    red, green, blue = srgb_from_linear(linear).tolist()
    return (red, green, blue)
