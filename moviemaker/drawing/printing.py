"""From light to the picture: glare first, the tone curve last.

What is drawn on plates and the light of glowing particles are kept apart until the tone curve, which lets the picture
of the plates stay as it is up to white. Both are spread alike.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from moviemaker.core.camera import Camera
from moviemaker.core.machine.stopwatch import Stopwatch
from moviemaker.core.projection import Projection
from moviemaker.core.props import Printing
from moviemaker.lens import Lens, Size

if TYPE_CHECKING:
    from moviemaker.glare.charts import Chart


@dataclass(frozen=True, eq=False)
class Around:
    """The light of a picture that is spread.

    Attributes:
        chart: where its pixels are.
        cells: the light, on the grid of the chart; None: there is nothing but narrow light.
        kept: what stays where it is.
    """

    chart: Chart
    cells: np.ndarray | None
    kept: float

    def add(self, light: np.ndarray, projections: Sequence[Projection] | None = None) -> None:
        """Adds it to a picture (channels, height, width), and takes from that what has been spread.

        Args:
            light: of the same picture, changed.
            projections: of the picture, if it is another one of the same eye.
        """
        from moviemaker.glare.adding import add_around

        size = (light.shape[2], light.shape[1])
        chart = self.chart if projections is None else self.chart.elsewhere(projections, size)
        add_around(light, chart, self.cells, self.kept)


_KEPT = 2
"""Charts that are kept: those of two eyes."""


class Printer:
    """Prints pictures of light.

    Args:
        watch: measures how long libraries take to load.
    """

    def __init__(self, watch: Stopwatch):
        self._watch = watch
        self._charts: dict[tuple[object, ...], Chart] = {}

    def around(self, light: np.ndarray, eye: Camera, lens: Lens, how: Printing) -> Around | None:
        """What of the light (3 n, height, width) of an eye's picture is spread; None: nothing."""
        if how.glare == 0:
            return None
        with self._watch.part("start"):  # compiled: imported when needed
            from moviemaker.glare.adding import around
            from moviemaker.glare.halo import halo

        size = (light.shape[2], light.shape[1])
        chart = self._chart(directions(lens, eye, size), size, how.width)
        return Around(chart, *around(light, chart, halo(how.width), how.glare))

    def toned(self, light: np.ndarray, how: Printing, like: np.ndarray, bits: int) -> np.ndarray:
        """The picture of what is on plates and of glows.

        Args:
            light: (3, height, width) float32, linear, of plates; or (6, ...) with that of glows.
            how: it is printed.
            like: (height, width, 3 or 4) uint8, uint16 or float32: the picture of the plates, whose opacity counts.
            bits: of a colour of the result, 8 or 16.
        """
        with self._watch.part("start"):
            from moviemaker.glow.tone_mapping import develop

        if like.dtype == np.float32:
            picture = np.empty(like.shape, np.uint16 if bits == 16 else np.uint8)
            if like.shape[2] == 4:
                picture[..., 3] = np.rint((2**bits - 1) * np.clip(like[..., 3], 0, 1))
        else:
            picture = np.require(like, requirements="W")
        develop(light[:3], light[3:] if len(light) > 3 else None, how.filmic, picture)
        return picture

    def _chart(self, projections: Sequence[Projection], size: Size, width: float) -> Chart:
        from moviemaker.glare.charts import chart_of
        from moviemaker.glare.halo import halo

        key = (size, width, *(_geometry(one, projections[0].axes) for one in projections))
        found = self._charts.pop(key, None)
        if found is None:
            found = chart_of(projections, size, halo(width))
        while len(self._charts) >= _KEPT:
            del self._charts[next(iter(self._charts))]
        self._charts[key] = found
        return found


def directions(lens: Lens, eye: Camera, size: Size) -> tuple[Projection, ...]:
    """The projections of an eye's picture. If rays are parallel, the height stands for the camera's angle of view."""
    found = lens.projections(eye, size)
    scale = size[1] / (2 * math.tan(eye.fov / 2))
    return tuple(replace(one, kind="plane", scale=(scale, -scale)) if one.kind == "parallel" else one for one in found)


def _geometry(one: Projection, axes: np.ndarray) -> tuple[object, ...]:
    """What the directions of a projection's pixels follow from, relative to some axes."""
    turned = np.round(one.axes @ axes.T, 12).tobytes()
    return (one.kind, turned, one.scale, one.middle, one.corner, one.size, one.turn, one.mapping)
