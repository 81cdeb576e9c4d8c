"""Numbers with units, times such as 1:30, sizes such as 1080p and rates such as 30000/1001, as people write them."""

from __future__ import annotations

import re
from collections.abc import Mapping

_NUMBER = r"[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?"
_MEASURE = re.compile(rf"({_NUMBER})\s*([^\W\d_]+|°|Å|%)")
_CLOCK = re.compile(r"(?:(\d+):)?(\d{1,2}):(\d{2}(?:\.\d*)?)")
_RATIO = re.compile(rf"({_NUMBER})\s*/\s*({_NUMBER})")
_PRODUCT = re.compile(r"(\d+)\s*[x×X*,]\s*(\d+)")

_SECONDS = {"ms": 1e-3, "min": 60.0, "h": 3600.0}
_SECONDS |= dict.fromkeys(("s", "sec", "secs", "second", "seconds"), 1.0)
_SECONDS |= dict.fromkeys(("mins", "minute", "minutes", "m"), 60.0)
_ANGLES = dict.fromkeys(("deg", "degs", "degree", "degrees", "°"), 1.0)
_RATES = dict.fromkeys(("fps", "hz", "frames"), 1.0)

_PARSEC = 3.0856775814913673e16
"""Metres: 648000 / pi astronomical units. (International Astronomical Union, resolution B2 of 2015)"""

LENGTHS = {"pm": 1e-12, "Å": 1e-10, "A": 1e-10, "angstrom": 1e-10, "nm": 1e-9, "um": 1e-6, "µm": 1e-6, "mm": 1e-3}
LENGTHS |= {"cm": 1e-2, "m": 1.0, "km": 1e3, "AU": 1.495978707e11, "au": 1.495978707e11, "ly": 9.4607304725808e15}
LENGTHS |= {"pc": _PARSEC, "kpc": 1e3 * _PARSEC, "Mpc": 1e6 * _PARSEC, "Gpc": 1e9 * _PARSEC}
"""Metres in units of length."""

_YEAR = 31557600.0
TIMES = {"fs": 1e-15, "ps": 1e-12, "ns": 1e-9, "us": 1e-6, "µs": 1e-6, "ms": 1e-3, "s": 1.0, "min": 60.0, "h": 3600.0}
TIMES |= {"d": 86400.0, "day": 86400.0, "days": 86400.0, "yr": _YEAR, "kyr": 1e3 * _YEAR, "Myr": 1e6 * _YEAR}
TIMES |= {"Gyr": 1e9 * _YEAR}
"""Seconds in units of time; years are Julian."""

_WIDTHS = {"720p": 1280, "1080p": 1920, "1440p": 2560, "2160p": 3840, "4320p": 7680}
_WIDTHS |= {"hd": 1920, "fhd": 1920, "fullhd": 1920, "full hd": 1920, "qhd": 2560, "2k": 2048, "uhd": 3840}
_WIDTHS |= {"4k": 3840, "5k": 5120, "6k": 6144, "8k": 7680}
_ROUND = {"uhd": 4096, "4k": 4096, "8k": 8192, "2160p": 4096, "4320p": 8192, "hd": 2048, "fhd": 2048, "1080p": 2048}


def movie_seconds(text: str) -> float | None:
    """Seconds that a time of the movie stands for: `20s`, `1.5 min`, `1:30`, `0:01:30.5`; None: it is none of these.

    >>> movie_seconds("20s"), movie_seconds("1:30"), movie_seconds("1 h"), movie_seconds("soon")
    (20.0, 90.0, 3600.0, None)
    """
    clock = _CLOCK.fullmatch(text.strip())
    if clock:
        hours, minutes, seconds = (float(part or 0) for part in clock.groups())
        return 3600 * hours + 60 * minutes + seconds
    return _in(text, _SECONDS)


def degrees(text: str) -> float | None:
    """Degrees that `45 deg` or `45°` stands for; None: it is not an angle."""
    return _in(text, _ANGLES)


def frame_rate(text: str) -> float | None:
    """Frames per second that `30000/1001`, `30 fps`, `ntsc` or `pal` stands for; None: it is not a rate.

    >>> frame_rate("30000/1001"), frame_rate("25fps"), frame_rate("pal")
    (29.97002997002997, 25.0, 25.0)
    """
    named = {"ntsc": 30000 / 1001, "pal": 25.0, "film": 24.0}.get(text.strip().lower())
    ratio = _RATIO.fullmatch(text.strip())
    if ratio and float(ratio[2]):
        return float(ratio[1]) / float(ratio[2])
    return named if named is not None else _in(text, _RATES)


def measure(text: str) -> tuple[float, str] | None:
    """The number and the unit of `2 kpc`; None: it is not a number with a unit.

    >>> measure("2 kpc"), measure("1e-3nm"), measure("1%"), measure("disc 2")
    ((2.0, 'kpc'), (0.001, 'nm'), (1.0, '%'), None)
    """
    found = _MEASURE.fullmatch(text.strip())
    return (float(found[1]), found[2]) if found else None


def without_pixels(value: object) -> object:
    """The number of `3px`; any other value as it is."""
    found = measure(value) if isinstance(value, str) else None
    return found[0] if found and found[1] == "px" else value


def in_unit(number: float, unit: str, wanted: str | None, known: Mapping[str, float]) -> float | None:
    """A number in another unit; None: the units cannot be compared.

    Args:
        number: in its own unit.
        unit: its own.
        wanted: the other.
        known: units and their sizes.

    >>> in_unit(500, "pc", "kpc", LENGTHS), in_unit(2, "box", "box", LENGTHS), in_unit(2, "Myr", "kpc", LENGTHS)
    (0.5, 2, None)
    """
    if unit == wanted:
        return number
    if wanted is None or unit not in known or wanted not in known:
        return None
    return number * (known[unit] / known[wanted])


def picture_size(text: str, lens: str, packing: str) -> list[int] | None:
    """The size of the picture of all eyes that `1080p`, `4k` or `1920x1080` stands for; None: it is not a size.

    Each of two eyes has this size, but in VR180, whose files hold both in the width. Pictures all around are twice as
    wide as high, and their 4k and 8k are 4096 and 8192 wide; domes are square.

    >>> picture_size("1080p", "perspective", "none"), picture_size("4k", "equirectangular", "top-bottom")
    ([1920, 1080], [4096, 4096])
    >>> picture_size("4k", "vr180", "left-right"), picture_size("4k", "domemaster", "none")
    ([4096, 2048], [4096, 4096])
    """
    text = text.strip().lower()
    product = _PRODUCT.fullmatch(text)
    if product:
        return [int(product[1]), int(product[2])]
    if text not in _WIDTHS:
        return None
    if lens in ("perspective", "orthographic"):
        width = _WIDTHS[text]
        height = round(width * 9 / 16)
        return [width * (packing == "left-right") + width, height * (packing == "top-bottom") + height]
    width = _ROUND.get(text, _WIDTHS[text])
    eye = {"domemaster": (width, width), "cubemap": (width // 3 * 3, width // 3 * 2)}.get(lens, (width, width // 2))
    if lens == "vr180":
        eye = (width, width) if packing in ("none", "anaglyph", "separate") else (width // 2, width // 2)
    return [eye[0] * (packing == "left-right") + eye[0], eye[1] * (packing == "top-bottom") + eye[1]]


def _in(text: str, units: Mapping[str, float]) -> float | None:
    found = measure(text)
    factor = units.get(found[1].lower()) if found else None
    return None if found is None or factor is None else found[0] * factor
