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

from collections.abc import Sequence

import numpy as np

from moviemaker.core.colors import RGB, parse_color
from moviemaker.core.histograms.auto_transfer import auto_transfer
from moviemaker.core.kinds import Kind


class Tissue(Kind):
    """The opacities and the colours of a tissue."""

    name: str
    """Its name in a scene."""

    opacities: tuple[tuple[float, float], ...]
    """Pairs of a value and an opacity, ascending."""

    colors: tuple[tuple[float, RGB], ...]
    """Pairs of a value and a colour, ascending."""

    shade: bool = True
    """Whether light gives it form."""

    specular: float = 0.0
    """Strength of its highlights."""


def _tissue(
    name: str,
    opacities: Sequence[tuple[float, float]],
    colors: Sequence[tuple[float, str]],
    shade: bool = True,
    specular: float = 0.0,
) -> Tissue:
    painted = tuple((float(value), parse_color(color)) for value, color in colors)
    known = tuple((float(value), float(opacity)) for value, opacity in opacities)
    return Tissue(name=name, opacities=known, colors=painted, shade=shade, specular=specular)


CT = {
    tissue.name: tissue
    for tissue in (
        _tissue(
            "bone",
            [(150, 0), (350, 0.35), (850, 0.85), (1250, 0.95)],
            [(150, "#d9ab80"), (350, "#eed9b7"), (850, "#f8f0e0"), (1500, "#ffffff")],
            specular=0.25,
        ),
        _tissue(
            "skin",
            [(-700, 0), (-500, 0.98), (-200, 0.995), (-100, 0.4), (0, 0.06), (100, 0.03), (150, 0)],
            [(-700, "#e0a484"), (-300, "#f2bfa2"), (0, "#f5cdb4"), (150, "#f5d6c3")],
            specular=0.1,
        ),
        _tissue(
            "muscle",
            [(-30, 0), (30, 0.55), (150, 0.65), (250, 0.7), (850, 0.9)],
            [(-30, "#7d2a20"), (40, "#b04a38"), (110, "#c9715a"), (200, "#e0c3a0"), (850, "#f5ecd9")],
            specular=0.15,
        ),
        _tissue(
            "lung",
            [(-950, 0), (-880, 0.03), (-700, 0.06), (-500, 0.05), (-450, 0)],
            [(-950, "#4f7fb8"), (-850, "#86aed6"), (-700, "#e7b6ad"), (-500, "#f3d6cc")],
            shade=False,
        ),
        _tissue(
            "vessels",
            [(130, 0), (200, 0.25), (300, 0.5), (450, 0.5), (550, 0.15), (700, 0.6), (1250, 0.95)],
            [
                (130, "#7a0c0c"),
                (220, "#c9211a"),
                (400, "#f0533a"),
                (550, "#f0b088"),
                (700, "#efe4cf"),
                (1250, "#ffffff"),
            ],
            specular=0.3,
        ),
    )
}
"""Tissues in Hounsfield units."""

_Mr = tuple[tuple[tuple[float, float], ...], tuple[tuple[float, str], ...]]
_MR: dict[str, _Mr] = {
    "mr": (
        ((0, 0), (10, 0.35), (50, 0.45), (90, 0.6), (99, 0.7)),
        ((0, "#6b3a2a"), (15, "#b5765a"), (50, "#d9ab8f"), (85, "#efd9c6"), (99, "#fff6ec")),
    ),
    "mr_vessels": (
        ((93, 0), (97, 0.25), (99, 0.8), (99.8, 0.95)),
        ((93, "#6e0f12"), (97, "#b3201c"), (99, "#ee5a3c"), (99.8, "#ffd9b8")),
    ),
}
"""Pairs of a percentile of the body and an opacity, and of a percentile and a colour."""

_APART = 1e-3
"""Least distance of two percentiles as a part of the range."""

NAMES = (*CT, *_MR)
"""The names that a scene may write."""


def is_ct(name: str) -> bool:
    """Whether a preset is in Hounsfield units."""
    return name in CT


def in_values(name: str, air: float, water: float) -> Tissue:
    """A tissue of CT in the values of a file.

    Args:
        name: of the tissue.
        air, water: their values in the file.
    """
    tissue = CT[name]

    def value(hounsfield: float) -> float:
        return water + hounsfield * (water - air) / 1000

    return tissue.model_copy(
        update={
            "opacities": tuple((value(place), opacity) for place, opacity in tissue.opacities),
            "colors": tuple((value(place), color) for place, color in tissue.colors),
        }
    )


def of_body(name: str, values: np.ndarray) -> Tissue:
    """A tissue of magnetic resonance in the values of a file.

    Args:
        name: of the tissue.
        values: finite values (n,), picked evenly, at least one.
    """
    auto = auto_transfer(values)
    body = values[values > auto.transfer[0][0]] if auto.upwards else values
    opacities, colors = _MR[name]
    places = sorted({place for place, _ in opacities} | {place for place, _ in colors})
    levels = np.percentile(body if len(body) else values, places)
    apart = _APART * (float(np.ptp(values)) or 1.0) * np.arange(len(levels))
    levels = np.maximum.accumulate(levels - apart) + apart  # percentiles of saturated values are alike
    known = dict(zip(places, levels.tolist(), strict=True))
    hidden = [(known[place], opacity) for place, opacity in opacities]
    return _tissue(name, hidden, [(known[place], color) for place, color in colors], specular=0.1)
