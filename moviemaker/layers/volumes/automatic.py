"""The transfer function of a volume for which the scene gives none. It is resolved once for the whole movie."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from moviemaker.core.histograms.auto_transfer import first_array, some_values, transfer_without_specks
from moviemaker.core.histograms.parts import parts_of
from moviemaker.core.histograms.projections import brightest_sum, projected_range
from moviemaker.core.scales import LINEAR, Scale
from moviemaker.core.sources import Source, first_time

PROJECTIONS = ("maximum", "minimum", "average")
"""Blends that pick one value along each line of sight."""

LINEAR_PART = 1e-3
"""The linear part of a symmetric logarithmic scale as a part of the larger end of the range, if none is given."""

_OPAQUE_FROM = 0.2
"""Part of the range over which a projection becomes opaque: what has no structure does not hide what is behind it."""

_BEYOND = 0.1
"""Opacity at the upper end of a range that has no value in it."""
_SUM = 2.0
"""Sum of opacities along the brightest lines of sight if light is added: the colours on them are half as bright as the
brightest, so that these lines come near to full brightness."""


@dataclass(frozen=True)
class Automatic:
    """A transfer function, and the colours that go with it.

    Attributes:
        transfer: pairs of a value and an opacity, ascending.
        range: values at both ends of the colormap.
        colormap: its name.
    """

    transfer: tuple[tuple[float, float], ...]
    range: tuple[float, float]
    colormap: str


def automatic(
    source: Source[Any],
    field: str,
    blend: str,
    given: tuple[float, float] | None,
    kind: str = "linear",
    linear_within: float | None = None,
) -> Automatic:
    """The transfer function that `moviemaker info` proposes for a field; one for projections is opaque.

    Args:
        source: an open grid.
        field: name of the field.
        blend: how values along a line of sight are combined.
        given: the range of colours that the scene gives: values beyond it count as its ends; None: none given.
        kind: of the scale on which values are compared: `linear`, `log` or `symlog`.
        linear_within: linear part of a `symlog` scale; None: follows from the values.
    """
    values = some_values(source, field)
    values = values[values > 0] if kind == "log" else values
    outside = given is not None and len(values) and (values.max() <= given[0] or values.min() >= given[1])
    if outside or not len(values):
        ends = given or (1.0, 2.0)
        return Automatic(((ends[0], 0.0), (ends[1], _BEYOND)), ends, "inferno")
    scale = _scale(values, kind, linear_within)
    least = np.log10(scale.small) if kind == "log" else 0.0  # decades from 0 up: they have no sign

    def on_scale(array: np.ndarray) -> np.ndarray:
        return scale.of(array if given is None else np.clip(array, *given)) - least

    auto = transfer_without_specks(on_scale(values), lambda: on_scale(first_array(source, field)))
    if blend not in PROJECTIONS:
        points = tuple((place + least, opacity) for place, opacity in auto.transfer)
        ends, colormap = (auto.range[0] + least, auto.range[1] + least), auto.colormap
    else:
        upwards = auto.upwards or blend == "maximum"
        ends = projected_range(source, field, blend, scale)
        if not ends[0] < ends[1]:  # every ray ends in the background
            ends = (float(on_scale(values).min()) + least, float(on_scale(values).max()) + least)
        if not ends[0] < ends[1]:
            ends = (ends[0] - (abs(ends[0]) or 1.0), ends[1] + (abs(ends[1]) or 1.0))
        if given is not None:
            low, high = scale.of(np.array(given, float)).tolist()
            ends = (low, high)
        points = _opaque(ends, upwards)
        colormap = "inferno" if upwards else "inferno_r"
    places = scale.values_at(np.array([place for place, _ in points], float)).tolist()
    low, high = scale.values_at(np.array(ends, float)).tolist()
    transfer = tuple((value, opacity) for value, (_, opacity) in zip(places, points, strict=True))
    if blend == "additive":
        factor = _SUM / max(brightest_sum(source, field, transfer), 1e-6)
        transfer = tuple((value, min(factor * opacity, 1.0)) for value, opacity in transfer)
    return Automatic(transfer, given or (low, high), colormap)


def automatic_parts(source: Source[Any], field: str) -> dict[int, dict[str, str | float]]:
    """The labels of a field of categorical labels, as a scene writes them; empty: another field.

    Args:
        source: an open grid.
        field: name of the field.
    """
    first = source.at(first_time(source), (field,))
    if first.field(field).dtype.kind not in "iub":
        return {}
    parts = parts_of(first, field, some_values(source, field))
    return {label: {"color": color, "opacity": opacity} for label, (color, opacity) in parts.items()}


def _scale(values: np.ndarray, kind: str, linear_within: float | None) -> Scale:
    if kind == "log":
        return Scale("log", float(values.min()))
    if kind == "symlog":
        return Scale("symlog", linear_within or (float(np.abs(values).max()) or 1.0) * LINEAR_PART)
    return LINEAR


def _opaque(ends: tuple[float, float], upwards: bool) -> tuple[tuple[float, float], ...]:
    """Opacities of a projection: full but for values at the dark end of the colours."""
    low, high = ends
    if upwards:
        return ((low, 0.0), (low + _OPAQUE_FROM * (high - low), 1.0))
    return ((high - _OPAQUE_FROM * (high - low), 1.0), (high, 0.0))
