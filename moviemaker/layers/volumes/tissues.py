"""Transfer functions for tissues in medical scans, by name.

Those of CT are in Hounsfield units, and their values come from publications:

- air and lung: aerated lung -900 to -500, poorly aerated -500 to -100 (L. Gattinoni et al., Am. J. Respir. Crit. Care
  Med. 164, 1701, 2001);
- fat -190 to -30 and muscle -29 to 150 (N. Mitsiopoulos et al., J. Appl. Physiol. 85, 115, 1998);
- bone: spongy from 150 up, compact from 850 or 1250 up (C. E. Misch, Contemporary Implant Dentistry, 2008);
- vessels with a contrast medium: from 130, above which plain tissue does not reach (A. S. Agatston et al., J. Am. Coll.
  Cardiol. 15, 827, 1990), to about 500.

The surface of the skin has no range of its own: it lies where the values rise from air to fat.

Values of magnetic resonance have no unit. Their presets are in percentiles of the body, which is what stands out from
the background.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from moviemaker.core.colors import RGB, parse_color
from moviemaker.core.histograms.auto_transfer import auto_transfer


@dataclass(frozen=True)
class Tissue:
    """The opacities and the colours of a tissue, in the values of a file.

    Attributes:
        name: in a scene.
        opacities: pairs of a value and an opacity, ascending.
        colors: pairs of a value and a colour, ascending.
        shade: whether light gives it form.
        specular: strength of its highlights.
    """

    name: str
    opacities: tuple[tuple[float, float], ...]
    colors: tuple[tuple[float, RGB], ...]
    shade: bool = True
    specular: float = 0.0


@dataclass(frozen=True)
class _Preset:
    """A tissue in Hounsfield units, or in percentiles of the body."""

    opacities: tuple[tuple[float, float], ...]
    colors: tuple[tuple[float, str], ...]
    shade: bool = True
    specular: float = 0.0

    def tissue(self, name: str, value: Callable[[float], float]) -> Tissue:
        """The tissue with values in place of units or percentiles."""
        opacities = tuple((value(place), float(opacity)) for place, opacity in self.opacities)
        colors = tuple((value(place), parse_color(color)) for place, color in self.colors)
        return Tissue(name, opacities, colors, self.shade, self.specular)


_CT = {
    "bone": _Preset(
        ((150, 0), (350, 0.35), (850, 0.85), (1250, 0.95)),
        ((150, "#d9ab80"), (350, "#eed9b7"), (850, "#f8f0e0"), (1500, "#ffffff")),
        specular=0.25,
    ),
    "skin": _Preset(
        ((-700, 0), (-500, 0.98), (-200, 0.995), (-100, 0.4), (0, 0.06), (100, 0.03), (150, 0)),
        ((-700, "#e0a484"), (-300, "#f2bfa2"), (0, "#f5cdb4"), (150, "#f5d6c3")),
        specular=0.1,
    ),
    "muscle": _Preset(
        ((-29, 0), (10, 0.6), (40, 0.9), (150, 0.9), (850, 0.95)),
        ((-29, "#a8483a"), (40, "#c05a47"), (110, "#d68a74"), (200, "#e8cfae"), (850, "#f8f0e0")),
        specular=0.15,
    ),
    "lung": _Preset(
        ((-950, 0), (-880, 0.03), (-700, 0.06), (-500, 0.05), (-450, 0)),
        ((-950, "#4f7fb8"), (-850, "#86aed6"), (-700, "#e7b6ad"), (-500, "#f3d6cc")),
        shade=False,
    ),
    "vessels": _Preset(
        ((130, 0), (200, 0.15), (300, 0.4), (450, 0.4), (520, 0.1), (700, 0.6), (1250, 0.95)),
        ((130, "#a31212"), (220, "#d9271e"), (400, "#f4573f"), (500, "#f3d9bf"), (700, "#f5ead8"), (1250, "#ffffff")),
        specular=0.3,
    ),
}
"""Tissues in Hounsfield units."""

_MR = {
    "mr": _Preset(
        ((0, 0), (10, 0.35), (50, 0.45), (90, 0.6), (99, 0.7)),
        ((0, "#8a5240"), (15, "#c98a6e"), (50, "#e3b99f"), (85, "#f3dfcd"), (99, "#fff6ec")),
        specular=0.1,
    ),
    "mr_vessels": _Preset(
        ((93, 0), (97, 0.25), (99, 0.8), (99.8, 0.95)),
        ((93, "#8e1518"), (97, "#c42a22"), (99, "#f0644a"), (99.8, "#ffd9b8")),
        specular=0.1,
    ),
}
"""Those of magnetic resonance, in percentiles of the body."""

_APART = 1e-3
"""Least distance of two percentiles as a part of the range."""

NAMES = (*_CT, *_MR)
"""The names that a scene may write."""


def is_ct(name: str) -> bool:
    """Whether a preset is in Hounsfield units."""
    return name in _CT


def in_values(name: str, air: float, water: float) -> Tissue:
    """A tissue of CT in the values of a file.

    Args:
        name: of the tissue.
        air, water: their values in the file.
    """
    return _CT[name].tissue(name, lambda hounsfield: water + hounsfield * (water - air) / 1000)


def of_body(name: str, values: np.ndarray) -> Tissue:
    """A tissue of magnetic resonance in the values of a file.

    Args:
        name: of the tissue.
        values: finite values (n,), picked evenly, at least one.
    """
    auto = auto_transfer(values)
    body = values[values > auto.transfer[0][0]] if auto.upwards else values
    preset = _MR[name]
    places = sorted({place for place, _ in (*preset.opacities, *preset.colors)})
    levels = np.percentile(body if len(body) else values, places)
    apart = _APART * (float(np.ptp(values)) or 1.0) * np.arange(len(levels))
    levels = np.maximum.accumulate(levels - apart) + apart  # percentiles of saturated values are alike
    return preset.tissue(name, dict(zip(places, levels.tolist(), strict=True)).__getitem__)
