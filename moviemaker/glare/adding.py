"""A picture of light as somebody sees it who is dazzled."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from moviemaker.glare.charts import Chart
from moviemaker.glare.halo import Gaussian
from moviemaker.glare.spreading import spread

_LEAST = 1.0
"""Rows for the standard deviation of a spread, of which a grid has at least as many; what is narrower stays a point."""


SATURATED = 1000.0
"""Light that dazzles no more if it becomes brighter still, in units of white: an eye or a chip is full. A star that is
seen from beside it is a billion times brighter, and nothing else would be seen but its halo, and the rounding of it."""


def dazzle(light: np.ndarray, chart: Chart, parts: Sequence[Gaussian], amount: float) -> None:
    """Spreads some of the light of a picture.

    Args:
        light: (channels, height, width) float32, linear, changed: red, green and blue, perhaps several times.
        chart: of the picture and of these parts.
        parts: widths and shares of what is spread.
        amount: of the light that is spread, 0 to 1.
    """
    add_around(light, chart, *around(light, chart, parts, amount))


def around(
    light: np.ndarray, chart: Chart, parts: Sequence[Gaussian], amount: float
) -> tuple[np.ndarray | None, float]:
    """The light of a picture that is spread, on the grid of the chart, and what of it stays where it is.

    Arguments as for `dazzle`. None: all of it stays.
    """
    wide = [part for part in parts if min(part.deviations) >= _LEAST * chart.grid.down]
    share = amount * sum(part.share for part in wide)
    if share == 0:
        return None, 1.0
    cells = chart.cells(_saturated(light))
    return spread(cells, chart.grid, [Gaussian(p.deviations, amount * p.share) for p in wide]), 1 - share


def _saturated(light: np.ndarray) -> np.ndarray:
    """A picture of light, (3 n, height, width), without what is too bright; hues stay."""
    if light.max(initial=0.0) <= SATURATED:
        return light
    found = light.reshape(-1, 3, *light.shape[1:])
    dimmed: np.ndarray = found * (SATURATED / np.maximum(found.max(axis=1, keepdims=True), SATURATED)).astype(
        np.float32
    )
    return dimmed.reshape(light.shape)


def add_around(light: np.ndarray, chart: Chart, cells: np.ndarray | None, kept: float) -> None:
    """Makes a picture of light what is kept of it, and adds the light on the grid of the chart, if there is any."""
    if cells is not None:
        chart.add(cells, kept, light)
        np.maximum(light, np.float32(0), out=light)  # an approximation of a Gaussian may fall below 0 by a little
