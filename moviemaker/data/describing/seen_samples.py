"""The samples of a grid that the layers of a first scene show."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from moviemaker.core.fields import Grid
from moviemaker.core.histograms.auto_transfer import transfer_without_specks
from moviemaker.core.histograms.hounsfield import AIR, WATER
from moviemaker.data.describing.framing import Seen

_ACROSS = 96
"""About so many samples along each axis are looked at."""
_FAINT = 0.02
"""Samples below this part of the greatest opacity are not seen."""
_STRONG = 0.25
"""Samples above this part of the greatest opacity count as fully seen: rays add up many."""


def samples_seen(grid: Grid, layers: str, bounds: Sequence[tuple[float, float]] | None = None) -> Seen:
    """The samples that layers show, each weighted by its opacity.

    Args:
        grid: one snapshot.
        layers: their text, a list in YAML.
        bounds: (low, high) along x, y, z that the scene gives the grid; None: its own.
    """
    import yaml

    steps = [max(1, round(count / _ACROSS)) for count in grid.shape]
    every = tuple(slice(None, None, step) for step in steps)
    opacity = np.zeros(grid.field(None)[every].shape)
    for layer in yaml.safe_load(layers) or ():
        name = layer.get("field")
        values = grid.field(name if name in grid.fields else None)[every]
        opacity = np.maximum(opacity, _opacity(layer, values))
    strongest = float(opacity.max(initial=0.0))
    index = np.argwhere(opacity > _FAINT * strongest)
    if not len(index):
        return Seen(grid.corners if bounds is None else _corners(bounds), whole=True)
    weights = np.minimum(opacity[tuple(index.T)] / (_STRONG * strongest), 1.0)
    index = index * steps
    # What is drawn of a sample reaches to its neighbours.
    if bounds is None:
        matrix = grid.world_from_index
        return Seen(index @ matrix[:3, :3].T + matrix[:3, 3], weights, float(max(grid.spacing)))
    low, high = np.transpose(bounds)
    spacing = (high - low) / np.maximum(np.array(grid.shape) - 1, 1)
    return Seen(low + index * spacing, weights, float(spacing.max()))


def _corners(bounds: Sequence[tuple[float, float]]) -> np.ndarray:
    return np.stack(np.meshgrid(*bounds, indexing="ij"), axis=-1).reshape(-1, 3).astype(np.float64)


def _opacity(layer: Mapping[str, Any], values: np.ndarray) -> np.ndarray:
    """How opaque a layer draws samples; what of it cannot be told is drawn everywhere."""
    values = values.astype(np.float64)
    known = np.isfinite(values)
    kind, transfer = layer.get("kind"), layer.get("transfer")
    drawn: np.ndarray = known.astype(np.float64)
    if kind == "volume" and isinstance(layer.get("labels"), dict):
        drawn *= np.isin(values, [float(label) for label in layer["labels"]])
    elif kind == "isosurface" and _are_numbers(layer.get("levels")):
        drawn *= np.abs(values) >= np.abs(np.array(layer["levels"], float)).min()
    elif kind == "volume" and "preset" in layer and "mr" not in str(layer["preset"]):
        air, water = layer.get("hounsfield", (AIR, WATER))
        drawn *= values > (air + water) / 2
    elif kind == "volume" and known.any() and (transfer is None or isinstance(transfer, list)):
        pairs = transfer_without_specks(values[known], lambda: values).transfer if transfer is None else transfer
        ends = np.array(pairs, float)
        drawn *= np.interp(np.where(known, values, 0), ends[:, 0], ends[:, 1])
    return drawn


def _are_numbers(values: object) -> bool:
    return isinstance(values, list) and bool(values) and all(isinstance(value, int | float) for value in values)
