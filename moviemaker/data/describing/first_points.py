"""The layer of points that a first scene has for particles: their shape, their size, and what gives their colours."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

import numpy as np

from moviemaker.data.describing.meshes import are_colors, is_only_for_programs
from moviemaker.data.describing.report import Field, field_name

GLOWING = 10_000
"""Number of particles above which they glow: spheres would hide each other, and dense places would not be told."""
DOTS = 200_000
"""Number of points on surfaces, as of laser scans, above which they are dots."""

_TOUCHING, _COVERING = 0.8, 1.8
"""Diameter of spheres as a fraction of the usual distance between neighbours, in space and on surfaces, which they are
to cover ..."""
_LEAST, _GREATEST = 0.012, 0.3
"""... within these fractions of the radius of what is seen: about 4 and 90 pixels."""
_COMPARED = 100_000
"""Most particles among which neighbours are searched ..."""
_ASKED = 2000
"""... and most of which they are searched."""
_FEW = 1000
"""Number of particles up to which it is not asked whether they lie on surfaces."""
_TOGETHER = 12
"""Neighbours of a place that tell whether it lies on a surface ..."""
_THIN = 0.04
"""... because the smallest part of their spread is below this; where they fill space it is about 0.15."""
_DECADES = 100.0
"""Ratio of most of the values from which on the colours are logarithmic."""

_CLASSES = (
    *("#9a9a9a", "#c8c8c8", "#b08a56", "#9bcf6b", "#54ab47", "#1f7a33", "#d9573f", "#e000e0", "#ffd54a", "#3f78d8"),
    *("#7a5230", "#5d5d66", "#c9c9c9", "#f2e64a", "#f2a63b", "#8c5ad6", "#57d0d6", "#b0622f", "#ff0060"),
)
"""Colours of the classes 0 to 18 of laser scans (ASPRS, LAS Specification 1.4, table 17): ground brown, vegetation
green, buildings red, water blue, roads grey, wires and towers yellow to violet."""
_CLASS_NAMES = ("classification", "class", "raw_classification")

_TELLING = (
    *("temperature", "temp", "t_gas", "speed", "velocity_magnitude", "density", "rho", "metallicity", "luminosity"),
    *("lum", "potential", "energy", "internalenergy", "u", "pressure", "entropy", "mass", "masses", "charge", "age"),
    *("magnitude", "mag", "intensity", "height", "elevation", "value", "values", "scalar", "scalars"),
)
"""Names of fields that say much, the most telling first. Other fields come after them, in the order of the file."""
_PLACES = re.compile(
    r"(pos|position|coord|coordinate|coordinates|point|points|vel|velocity|v|acc|acceleration|force|f|b|d)?_?[xyz]0?"
    r"|x_?0|y_?0|z_?0|(x|y|z)coord\w*|r|radius|distance|dist|time|t|date|ra|dec|lon|lat|longitude|latitude|glon|glat|l|b"
    r"|diameter|smoothing\w*|hsml|softening\w*|gps_time|scan_\w+|return_number|number_of_returns|user_data"
    r"|point_source_id|edge_of_flight_line|synthetic|key_point|withheld|overlap|scanner_channel|atomic_number"
    r"|h|ix|iy|iz|image_[xyz]|step|frame|index|row|rank|proc|processor"
)
"""Names of fields that say where or when something is, or how it was recorded."""
PLAIN = "'#cfd8e6'"
"""Colour of particles about which only their places are known."""
WARM = "'#ffc27a'"
"""Their colour if they glow."""


def points_layer(
    data: str, position: np.ndarray, radius: float, fields: Sequence[Field], values: Mapping[str, np.ndarray]
) -> tuple[str, float]:
    """The layer of points, and how far what it draws goes beyond their places, scene units.

    Args:
        data: name of the data in the scene.
        position: (n, 3), at a time at which there are many.
        radius: of a ball around what is seen, scene units.
        fields: with their ranges over all times.
        values: of the fields at the first time with particles.
    """
    color, count = _color(fields, values), len(position)
    covering = count > _FEW and "cpk" not in values and on_surfaces(position)
    glowing = count > GLOWING and "cpk" not in values and not covering
    shape, size, reach = "sphere", "", 0.0
    if "cpk" in values:
        size, reach = "{by: diameter}", float(values["radius"].max())
    elif glowing:
        shape = "glow"
    elif count > DOTS:
        shape, size = "dot", "2   # pixels"
    else:
        diameter = sphere_size(position, radius, _COVERING if covering else _TOUCHING)
        size, reach = f"{diameter:.3g}", diameter / 2
    color = color or (WARM if glowing else PLAIN)
    lines = ["  - kind: points", f"    data: {data}", f"    shape: {shape}"]
    lines += [f"    size: {size}"] if size else []
    return "\n".join([*lines, f"    color: {color}", ""]), reach


def sphere_size(position: np.ndarray, radius: float, touching: float) -> float:
    """The diameter of spheres that nearly touch where neighbours are as far apart as usual, and are seen.

    Args:
        position: (n, 3).
        radius: of a ball around what is seen, scene units.
        touching: the diameter as a part of the distance between neighbours.
    """
    size: float = np.clip(touching * neighbour_distance(position), _LEAST * radius, _GREATEST * radius).item()
    return size or 1.0


def neighbour_distance(position: np.ndarray) -> float:
    """The median distance of particles to their nearest neighbour elsewhere; 0: fewer than two places."""
    from scipy.spatial import cKDTree

    thinned = np.unique(_thinned(position), axis=0)
    if len(thinned) < 2:
        return 0.0
    asked = thinned[np.random.default_rng(0).choice(len(thinned), min(_ASKED, len(thinned)), replace=False)]
    distances = cKDTree(thinned).query(asked, k=2)[0][:, 1]
    # Of n times as many particles the neighbours are nearer by the cube root of n.
    nearer: float = min(_COMPARED / len(position), 1.0) ** (1 / 3)
    return float(np.median(distances)) * nearer


def on_surfaces(position: np.ndarray) -> bool:
    """Whether particles lie on surfaces or lines, as those of a laser scan do, and do not fill space.

    It is judged by the smallest of the three principal spreads of a few neighbours.

    Args:
        position: (n, 3).
    """
    from scipy.spatial import cKDTree

    position = np.unique(_thinned(position), axis=0)
    if len(position) <= _TOGETHER:
        return False
    asked = position[np.random.default_rng(0).choice(len(position), min(_ASKED, len(position)), replace=False)]
    near = position[cKDTree(position).query(asked, k=_TOGETHER)[1]]
    near = near - near.mean(axis=1, keepdims=True)
    spreads = np.linalg.eigvalsh(np.einsum("nki,nkj->nij", near, near))
    return float(np.median(spreads[:, 0] / np.maximum(spreads.sum(axis=1), 1e-300))) < _THIN


def _thinned(position: np.ndarray) -> np.ndarray:
    """At most so many of the particles that neighbours are found fast."""
    position = position[np.isfinite(position).all(axis=1)]
    if len(position) <= _COMPARED:
        return position
    return position[np.random.default_rng(0).choice(len(position), _COMPARED, replace=False)]


def _color(fields: Sequence[Field], values: Mapping[str, np.ndarray]) -> str:
    """What gives the colours; empty: only the places are known."""
    known = {field.name: field for field in fields if np.isfinite(field.low)}
    if "cpk" in known:
        return "{by: cpk}"
    for name in known:
        if are_colors(name, values[name]) and np.ptp(values[name].astype(float), axis=0).any():
            return f"{{by: {field_name(name)}}}"
    for name, field in known.items():
        whole = values[name].dtype.kind in "iu" or bool((values[name] == np.rint(values[name])).all())
        if name.lower() in _CLASS_NAMES and whole and 0 <= field.low < field.high <= len(_CLASSES) - 1:
            colors = ", ".join(f"'{color}'" for color in _CLASSES)
            return f"{{by: {field_name(name)}, colormap: [{colors}], range: [0, {len(_CLASSES) - 1}]}}"
    telling = most_telling(list(known.values()), values)
    if telling is None:
        return ""
    scale = ", scale: log" if _spans_decades(values[telling]) else ""
    return f'{{by: {field_name(telling)}, colormap: viridis, range: ["1%", "99%"]{scale}}}'


def most_telling(fields: Sequence[Field], values: Mapping[str, np.ndarray]) -> str | None:
    """The field that says most about what particles are; None: only their places and numbers are known.

    Args:
        fields: with their ranges over all times.
        values: of the fields at one time.
    """
    found = [field.name for field in fields if field.low < field.high and _says_something(field.name, values)]
    ranks = {name: rank for rank, name in enumerate(_TELLING)}
    found.sort(key=lambda name: ranks.get(name.lower(), len(ranks) + (name == "speed")))
    return found[0] if found else None


def _says_something(name: str, values: Mapping[str, np.ndarray]) -> bool:
    array = values[name]
    if array.ndim != 1 or array.dtype.kind not in "iuf":
        return False
    vector = name.rpartition("_")[0]
    if name[-2:] in ("_x", "_y", "_z") and f"{vector}_magnitude" in values:
        return False
    return not is_only_for_programs(name) and _PLACES.fullmatch(name.lower()) is None


def _spans_decades(values: np.ndarray) -> bool:
    known = values[np.isfinite(values)]
    if not len(known) or known.min() <= 0:
        return False
    low, high = np.percentile(known, [1, 99]).tolist()
    return bool(high > _DECADES * low)
