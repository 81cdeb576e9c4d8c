"""From light to a picture: a tone curve that keeps the hue, and blending with the picture behind the light.

The largest of red, green and blue, m, becomes `1 - exp(-m)` of white, and the others are in proportion to it, so that
the hue is the same at every exposure. Light beyond m = 3 turns white by the share `(o / (o + 20))^2` with `o = m - 3`:
a quarter at m = 23.
The light is in front of the picture. In linear light, a channel c of the picture and g of the glow blend by the screen
formula `c + g - c g`, which is what the tone curve gives for the sum of both.
Pictures in floats may be brighter than white as well. What is, keeps its hue, and turns white as the light of glows
does. A filmic curve takes the sum of both instead: as it is up to half of white, and bent together from there on.
In a transparent picture light is as opaque as its largest channel: before black it looks as it does without
transparency, and before anything else its hue is the same.
"""

from __future__ import annotations

from functools import cache

import numpy as np

from moviemaker.core.colors import linear_from_srgb, seen_opacity, srgb_from_linear
from moviemaker.core.jit import compiled, compiled_piece, numba

PURE = 3.0
"""Light up to which a colour stays pure: 95 % of white."""

PALE = 20.0
"""Light beyond that at which a colour is a quarter white."""

FOOT = 0.0031308
"""Light up to which sRGB is linear, `12.92 c`: IEC 61966-2-1."""

AT_ONCE = 128
"""Pixels of a row that are processed together, or skipped together if they have no light."""

_KNEE = 0.5
"""Light from which a filmic curve bends."""

_ZERO, _HALF, _ONE, _TWO = np.float32(0), np.float32(0.5), np.float32(1), np.float32(2)
_PURE, _PALE, _FOOT, _SLOPE = np.float32(PURE), np.float32(PALE), np.float32(FOOT), np.float32(12.92)
_LARGEST = np.float32(1e30)
_MOST, _THIRTYSECOND, _TINY = np.float32(17), np.float32(1 / 32), np.float32(1e-30)

# (1 - exp(-y)) / y in powers of y, for y up to 17/32: fitted at Chebyshev nodes, relative error 1.2e-7.
_E0, _E1, _E2, _E3, _E4 = (
    np.float32(c) for c in (0.999999907, -0.499991133, 0.166531438, -0.0409387149, 0.00670002291)
)

# sRGB of c, `1.055 c^(1/2.4) - 0.055`, in powers of c^(1/4): fitted at Chebyshev nodes from FOOT to 1, error 4e-7.
_S0, _S1, _S2, _S3, _S4, _S5, _S6, _S7 = (
    np.float32(c)
    for c in (
        -0.0585134138,
        0.124537033,
        1.45586885,
        -1.13820809,
        1.17733616,
        -0.865389785,
        0.376334839,
        -0.0719658426,
    )
)


def expose(light: np.ndarray, picture: np.ndarray) -> None:
    """Adds light to a picture; pixels without light stay as they are.

    Args:
        light: (3, H, W) float32, linear.
        picture: (H, W, 3) uint8 or uint16, sRGB, changed; of a transparent picture (H, W, 4), colours times opacity,
            and opacity.
    """
    white = int(np.iinfo(picture.dtype).max)
    colors = np.ascontiguousarray(picture[..., :3])
    _expose(light, colors, _linear(white), np.float32(white))
    if picture.shape[2] == 4:
        picture[..., :3] = colors
        _make_opaque(light, picture, white)


def develop(surfaces: np.ndarray, light: np.ndarray | None, filmic: bool, picture: np.ndarray) -> None:
    """Makes a picture of all light, which may be brighter than white.

    Args:
        surfaces: (3, H, W) float32, linear, from 0 up: the picture behind the light.
        light: (3, H, W) float32, linear, from 0 up: of glowing particles; None: without them.
        filmic: whether bright light is bent together.
        picture: (H, W, 3) uint8 or uint16, sRGB, filled; of a transparent picture (H, W, 4), whose opacity is that of
            the surfaces and is changed.
    """
    white = int(np.iinfo(picture.dtype).max)
    colors = np.empty((*picture.shape[:2], 3), picture.dtype)
    glowing = np.zeros((3, 1, 1), np.float32) if light is None else light
    _develop(surfaces, glowing, np.float32(white), np.float32(_KNEE if filmic else 1), colors)
    picture[..., :3] = colors
    if picture.shape[2] == 4:
        if light is not None:
            _make_opaque(light, picture, white)
        seen_opacity(picture)


def add_light(light: np.ndarray, picture: np.ndarray) -> None:
    """Adds light to a picture of linear light, without a tone curve: it may be brighter than white.

    Before transparency it is as opaque as the tone curve makes it bright, so that it dims what is behind it as the
    screen formula does.

    Args:
        light: (3, H, W) float32, linear.
        picture: (H, W, 3) float32, linear, changed; of a transparent picture (H, W, 4), colours times opacity, and
            opacity.
    """
    picture[..., :3] += light.transpose(1, 2, 0)
    if picture.shape[2] == 4:
        picture[..., 3] = 1 - (1 - picture[..., 3]) * np.exp(-light.max(axis=0))


def _make_opaque(light: np.ndarray, picture: np.ndarray, white: int) -> None:
    """Lays the opacity of light over that of a picture (H, W, 4)."""
    peak = light.max(axis=0)
    lit = np.flatnonzero(peak > 0)
    own = srgb_from_linear(-np.expm1(-peak.reshape(-1)[lit]))
    opacity = picture.reshape(-1, 4)[:, 3]
    opacity[lit] = np.rint(white - (white - opacity[lit].astype(np.float32)) * (1 - own))
    seen_opacity(picture)


def apply_contrast(light: np.ndarray, contrast: float) -> None:
    """Raises the light of each pixel to a power; light 1 stays, and the ratios of the channels do too.

    Args:
        light: (3, H, W) float32, linear, changed.
        contrast: the power.
    """
    _apply_contrast(light, np.float32(contrast - 1))


@compiled
def _apply_contrast(light: np.ndarray, power: np.float32) -> None:
    _, height, width = light.shape
    for row in numba.prange(height):
        for column in range(width):
            most = max(light[0, row, column], max(light[1, row, column], light[2, row, column]))
            if most > _ZERO:
                factor = min(most**power, _LARGEST / most)
                for channel in range(3):
                    light[channel, row, column] *= factor


@cache
def _linear(white: int) -> np.ndarray:
    """The linear light of each code, float32."""
    light: np.ndarray = linear_from_srgb(np.arange(white + 1) / white).astype(np.float32)
    return light


@compiled
def _expose(light: np.ndarray, picture: np.ndarray, linear: np.ndarray, white: np.float32) -> None:
    height, width, _ = picture.shape
    for row in numba.prange(height):
        room = np.empty((8, AT_ONCE), np.float32)
        for first in range(0, width, AT_ONCE):
            last = min(first + AT_ONCE, width)
            red, green, blue = light[0, row, first:last], light[1, row, first:last], light[2, row, first:last]
            lit = _tone(red, green, blue, room[0], room[1])
            if lit:
                pixels = picture[row, first:last]
                _look_up(pixels, linear, room)
                for channel in range(3):
                    _mix(light[channel, row, first:last], channel, white, room)
                _put(pixels, room, lit == last - first)


@compiled
def _develop(surfaces: np.ndarray, light: np.ndarray, white: np.float32, knee: np.float32, picture: np.ndarray) -> None:
    _, height, width = surfaces.shape
    shining = light.shape[1:] == surfaces.shape[1:]
    for row in numba.prange(height):
        room, dark = np.zeros((8, AT_ONCE), np.float32), np.zeros(AT_ONCE, np.float32)
        for first in range(0, width, AT_ONCE):
            last = min(first + AT_ONCE, width)
            under = room[2:5, : last - first]
            under[:] = surfaces[:, row, first:last]
            red, green, blue = dark[: last - first], dark[: last - first], dark[: last - first]
            if shining:
                if knee < _ONE:
                    under += light[:, row, first:last]
                else:
                    red, green, blue = light[0, row, first:last], light[1, row, first:last], light[2, row, first:last]
            _bend(under, knee)
            lit = shining and _tone(red, green, blue, room[0], room[1])
            if not lit:
                room[:2] = 0
            for column in range(last - first):
                room[0, column] = max(room[0, column], _ZERO)
            _mix(red, 0, white, room)
            _mix(green, 1, white, room)
            _mix(blue, 2, white, room)
            _put(picture[row, first:last], room, True)


@compiled_piece
def _bend(light: np.ndarray, knee: np.float32) -> None:
    """Bends what is brighter than the knee (3, n) towards white, with its hue, until it is very bright."""
    for k in range(light.shape[1]):
        m = max(light[0, k], max(light[1, k], light[2, k]))
        if m > knee:
            room = _ONE - knee
            shown = _ONE if room == _ZERO else knee + room * (_ONE - np.exp((knee - m) / room))
            over = max(m - _PURE, _ZERO)
            pale = over / (over + _PALE)
            equal = shown * pale * pale
            share = (shown - equal) / m
            for channel in range(3):
                light[channel, k] = equal + share * light[channel, k]


@compiled_piece
def _look_up(picture: np.ndarray, linear: np.ndarray, room: np.ndarray) -> None:
    """Fills the linear light of the pixels (n, 3) of the picture."""
    under, count, some = room[2:5], np.uint64(len(picture)), 0
    for k in range(count):
        some |= picture[k, 0] | picture[k, 1] | picture[k, 2]
    if not some:  # all black
        under[:] = linear[0]
        return
    for k in range(count):
        under[0, k], under[1, k], under[2, k] = linear[picture[k, 0]], linear[picture[k, 1]], linear[picture[k, 2]]


@compiled_piece
def _tone(red: np.ndarray, green: np.ndarray, blue: np.ndarray, grey: np.ndarray, share: np.ndarray) -> int:
    """Fills the white share of (n,) pixels, negative for those without light, and the factor on the light of a channel.

    Returns:
        The number of pixels that have light.
    """
    lit = 0
    for k in range(np.uint64(len(red))):
        m = max(red[k], max(green[k], blue[k]))
        y = min(m, _MOST) * _THIRTYSECOND
        shown = y * (_E0 + y * (_E1 + y * (_E2 + y * (_E3 + y * _E4))))
        for _ in range(5):  # from 1 - exp(-y) to 1 - exp(-2 y)
            shown = shown * (_TWO - shown)
        over = max(m - _PURE, _ZERO)
        pale = over / (over + _PALE)
        equal = shown * pale * pale
        grey[k] = equal if m > _ZERO else -_ONE
        share[k] = (shown - equal) / max(m, _TINY)
        lit += m > _ZERO
    return lit


@compiled_piece
def _mix(light: np.ndarray, channel: int, white: np.float32, room: np.ndarray) -> None:
    """Fills the codes of one channel of pixels that have light (n,) in front of them."""
    grey, share, under, code = room[0], room[1], room[2 + channel], room[5 + channel]
    for k in range(np.uint64(len(light))):
        glow = grey[k] + share[k] * light[k]
        both = min(under[k] + glow - under[k] * glow, _ONE)
        t = np.sqrt(np.sqrt(both))
        high = _S4 + t * (_S5 + t * (_S6 + t * _S7))
        bent = _S0 + t * (_S1 + t * (_S2 + t * (_S3 + t * high)))
        code[k] = white * (_SLOPE * both if both <= _FOOT else bent) + _HALF


@compiled_piece
def _put(picture: np.ndarray, room: np.ndarray, everywhere: bool) -> None:
    """Writes the pixels (n, 3) that have light; `everywhere`: all of them have."""
    grey, red, green, blue = room[0], room[5], room[6], room[7]
    count = np.uint64(len(picture))
    if everywhere:  # without a branch, so that the compiler can use vectors
        for k in range(count):
            picture[k, 0], picture[k, 1], picture[k, 2] = np.int32(red[k]), np.int32(green[k]), np.int32(blue[k])
        return
    for k in range(count):
        if grey[k] >= _ZERO:
            picture[k, 0], picture[k, 1], picture[k, 2] = np.int32(red[k]), np.int32(green[k]), np.int32(blue[k])
