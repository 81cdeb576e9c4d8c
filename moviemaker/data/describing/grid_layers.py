"""The layer that a first scene has for a field on a grid: a volume, a surface, labelled parts, or a slice."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from moviemaker.core.fields import Grid
from moviemaker.core.histograms.auto_transfer import AutoTransfer
from moviemaker.core.histograms.levels import charge_levels, map_level
from moviemaker.core.histograms.parts import parts_of
from moviemaker.data.describing.report import numbers_of, quoted
from moviemaker.data.formats.compressed import COMPRESSED

_USUAL = 0.2
"""Opacity of a label for which a scene gives none."""
_MAPS = (".mrc", ".map", ".ccp4")
"""Endings of files of maps of density."""
_CHARGES = (".cube", ".cub")
"""Endings of files of densities of electrons and of orbitals."""

FACING_FLAT = {0: (20.0, -40.0, 40.0), 1: (20.0, 50.0, 130.0), 2: (50.0, -130.0, -50.0)}
"""Elevation of a camera, and its azimuth in the beginning and at the end, degrees, by the axis along which a grid is
flat."""


def first_layer(
    grid: Grid,
    data: str,
    name: str,
    auto: AutoTransfer,
    values: np.ndarray,
    flat: int | None = None,
    file: str = "",
    scan: str = "",
) -> str:
    """The layer of a field.

    Args:
        grid: the first snapshot.
        data: name of the data in the scene.
        name: of the field.
        auto: its transfer function.
        values: finite values of all snapshots (n,).
        flat: the axis along which the grid has one sample; None: along none.
        file: the name of the file: those of some formats hold densities, of which surfaces are drawn.
        scan: the layer of a scan of a patient; empty: it is not one.
    """
    if flat is not None:
        return _slice(grid, data, name, values, flat)
    if np.ptp(values) > 0 and (levels := _levels(file, values)):
        return _surfaces(data, name, levels)
    parts = parts_of(grid, name, values)
    return _labels(data, name, parts) if parts else scan or volume(data, name, auto)


def flat_axis(grid: Grid) -> int | None:
    """The axis along which a grid has one sample; None: it has several along each, or one along two."""
    flat = [axis for axis, count in enumerate(grid.shape) if count == 1]
    return flat[0] if len(flat) == 1 else None


def _levels(file: str, values: np.ndarray) -> tuple[float, ...]:
    """The levels of a file of densities; empty: it is of another format."""
    name = file.lower()
    for suffix in COMPRESSED:
        name = name.removesuffix(suffix)
    if name.endswith(_MAPS):
        return (map_level(values),)
    return charge_levels(values) if name.endswith(_CHARGES) else ()


def _surfaces(data: str, name: str, levels: tuple[float, ...]) -> str:
    """Level surfaces, closed at the sides of the grid."""
    color = "'#a9c1de'"
    if len(levels) > 1:
        color = f"{{by: {quoted(name)}, colormap: coolwarm, range: [{levels[0]:.3g}, {levels[-1]:.3g}]}}"
    return f"""  - kind: isosurface
    data: {data}
    field: {quoted(name)}
    levels: [{", ".join(f"{level:.3g}" for level in levels)}]
    color: {color}
    caps: true
"""


def _slice(grid: Grid, data: str, name: str, values: np.ndarray, flat: int) -> str:
    """A slice through a grid of one layer, in the colours of most of its values."""
    middle = grid.corners.mean(axis=0)
    normal = (np.eye(3) if grid.direction is None else np.linalg.inv(grid.direction).T)[:, flat]
    low, high = np.percentile(values, [0.1, 99.9]).tolist()
    colors = f"    range: [{low:.6g}, {high:.6g}]\n" if low < high else ""
    return f"""  - kind: slice
    data: {data}
    field: {quoted(name)}
    origin: [{numbers_of(middle)}]
    normal: [{numbers_of(normal)}]
    colormap: viridis
{colors}"""


def volume(data: str, name: str, auto: AutoTransfer, color: str | None = None) -> str:
    """A volume layer of a field, in the colour of its channel if it has one."""
    low, high = (f"{end:.6g}" for end in auto.range)
    colors = f"colormap: {auto.colormap}\n    range: [{low}, {high}]"
    if color is not None:
        colors = f"colors: [[{low}, '{color}'], [{high}, '{color}']]"
    pairs = ", ".join(f"[{value:.6g}, {opacity:.3g}]" for value, opacity in auto.transfer)
    return f"""  - kind: volume
    data: {data}
    field: {quoted(name)}
    {colors}
    transfer: [{pairs}]   # value -> opacity
"""


def _labels(data: str, name: str, parts: Mapping[int, tuple[str, float]]) -> str:
    """A layer of labelled parts, in distinct colours."""
    pairs = ", ".join(f"{part}: {_label(*parts[part])}" for part in parts)
    return f"""  - kind: volume
    data: {data}
    field: {quoted(name)}
    labels: {{{pairs}}}   # or 1: {{color: red, opacity: 0.05}}
    shade: true
"""


def _label(color: str, opacity: float) -> str:
    """A label as a scene writes it, whose opacity is 0.2 if nothing is said."""
    return f"'{color}'" if opacity == _USUAL else f"{{color: '{color}', opacity: {opacity:g}}}"
