"""Exposures that a scene leaves out, found once for a whole film.

The light of each such layer is added up in the first, the middle and the last picture of an output, as the camera
between the eyes sees it and without what may hide it. The exposure of the film follows from how bright its pixels are.
It does not depend on the scale of a preview nor on the number of workers. Pictures larger than `PIXELS` are probed at
that size. Of more particles than `PARTICLES` only some are taken, in a picture so much smaller that each of its pixels
has as many as before.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace
from typing import Any, Protocol, Self, runtime_checkable

import numpy as np

from moviemaker.core.camera import Camera
from moviemaker.core.errors import in_data
from moviemaker.core.props import Glow, all_same
from moviemaker.core.sources import Source, shown_at
from moviemaker.resolved_scene import Script, view_cone_of
from moviemaker.scene.model import Output
from moviemaker.stage.numerics.single_precision import SinglePrecision
from moviemaker.timeline.camera import CameraPath
from moviemaker.timeline.tracks import freeze

PIXELS = 1 << 21
"""Most pixels of a picture in which light is probed."""

PARTICLES = 16_000_000
"""Most particles that are probed."""


@runtime_checkable
class MayLackExposure(Protocol):
    """A layer of light whose exposure may be left out."""

    data: str
    visible: bool

    @property
    def lacks_exposure(self) -> bool:
        """Whether its exposure has to be found."""
        ...

    @property
    def contrast(self) -> Any:
        """Its contrast, which may move; None: it has to be found too."""
        ...

    def unfaded(self) -> Self:
        """The same layer without the opacity of the whole."""
        ...

    def exposed(self, exposure: float, contrast: float) -> Self:
        """The same layer with an exposure and a contrast."""
        ...


@runtime_checkable
class MayLackSize(Protocol):
    """A layer whose sizes are angles that may be left out."""

    @property
    def lacks_size(self) -> bool:
        """Whether its size follows from the angle of the picture."""
        ...

    def sized(self, angle: float) -> Any:
        """The same layer with a size that is a part of the angle that the picture shows, radians."""
        ...


def lacks_exposure(layer: Any) -> bool:
    """Whether a layer's exposure has to be found."""
    return isinstance(layer, MayLackExposure) and layer.lacks_exposure


def probe_size(output: Output) -> tuple[int, int]:
    """The size (width, height) of an eye's picture of an output in which light is probed."""
    return _shrunk(output.rig.eye_size(output.size), PIXELS)


def with_exposures(
    script: Script, output: Output, path: CameraPath, source: Callable[[str], Source[Any]]
) -> tuple[Any, ...]:
    """The layers of a script with all exposures that they lack for an output.

    Args:
        script: the scene.
        output: one of its outputs.
        path: of its camera.
        source: gives open data by their name.
    """
    return tuple(
        _exposed(script, layer, output, path, source)
        if lacks_exposure(layer) and layer.visible
        else layer.sized(_angle(output, path))
        if isinstance(layer, MayLackSize) and layer.lacks_size
        else layer
        for layer in script.layers
    )


def _angle(output: Output, path: CameraPath) -> float:
    """The angle between opposite edges of the first picture, radians; of parallel rays, that of a camera's view."""
    camera = path.at(0.0)
    half, _ = freeze(output.lens, 0.0).cone(camera, output.rig.eye_size(output.size))
    return 2 * half or camera.fov


def _exposed(script: Script, layer: Any, output: Output, path: CameraPath, source: Callable[[str], Source[Any]]) -> Any:
    """A layer with the exposure that its light asks for; a layer without any light gets 1."""
    from moviemaker.glow.exposure import Exposure, exposure_for

    pictures: list[np.ndarray] = []
    unit = 0.0
    before: _Probe | None = None
    times = _times(script)
    for time in times:
        probe = _Probe(layer, script.data_time(time), shown_at(source(layer.data), time), output, path.at(time), time)
        if probe.shows_the_same_as(before):
            continue
        before = probe
        glows = probe.glows()
        unit = unit or _typical_radiance(glows)
        if unit:
            pictures.append(probe.counts([replace(glow, brightness=glow.brightness / unit) for glow in glows]))
    contrast = freeze(layer.contrast, times[len(times) // 2])
    found = exposure_for(pictures, contrast) or Exposure(1.0, 1.0)
    return layer.exposed(found.exposure / (unit or 1.0), found.contrast if contrast is None else layer.contrast)


def _times(script: Script) -> list[float]:
    """Times of the first, the middle and the last picture, seconds."""
    count, fps = script.scene.frame_count, script.scene.header.fps
    return [frame / fps for frame in sorted({0, count // 2, count - 1})]


class _Probe:
    """The light of a layer in one picture."""

    def __init__(self, layer: Any, data_time: float, source: Source[Any], output: Output, camera: Camera, time: float):
        self._layer = freeze(layer.unfaded(), time)
        self._moments = self._layer.moments(data_time, source.times)
        fields = tuple(name for _, name in layer.named_fields())
        with in_data(layer.data):
            self._samples = [source.at(moment, fields) for moment in self._moments]
        self._output, self._camera, self._time = output, camera, time
        self._lens = freeze(output.lens, time)

    def shows_the_same_as(self, other: _Probe | None) -> bool:
        """Whether another picture holds the same light."""
        return (
            other is not None
            and self._layer == other._layer
            and all_same(tuple(self._samples), tuple(other._samples))
            and self._lens == other._lens
            and _numbers(self._camera) == _numbers(other._camera)
        )

    def glows(self) -> list[Glow]:
        """The light, without an exposure."""
        shown = self._layer.show(self._moments, self._samples)
        return [one for one in shown if isinstance(one, Glow)]

    def counts(self, glows: list[Glow]) -> np.ndarray:
        """Counts of the picture's pixels by their light."""
        from moviemaker.glow.exposure import count_light
        from moviemaker.glow.splatting import splat_light  # compiled: imported when needed

        number = sum(len(glow.position) for glow in glows)
        share = min(1.0, PARTICLES / max(number, 1))
        size = _shrunk(self._output.rig.eye_size(self._output.size), int(PIXELS * share))
        cone = view_cone_of(self._output, self._camera, self._time, self._output.size)
        some = [_thinned(glow, share) for glow in glows]
        fitted = SinglePrecision().fitted(some, (), self._lens, [self._camera], size, cone)
        ((eye, _),) = fitted.eyes
        light = splat_light(fitted.glows, fitted.lens.projections(eye, size), size)
        white = np.full((size[1], size[0], 3), 255, np.uint8)
        return count_light(light, self._lens.finish(white, size).any(axis=2))


def _numbers(camera: Camera) -> tuple[float, ...]:
    vectors = (camera.position, camera.forward, camera.up, camera.vertical)
    return (camera.fov, *(float(number) for vector in vectors for number in vector))


def _shrunk(size: tuple[int, int], most: int) -> tuple[int, int]:
    """A size of the same shape with at most so many pixels."""
    factor = min(1.0, math.sqrt(most / (size[0] * size[1])))
    return max(1, round(size[0] * factor)), max(1, round(size[1] * factor))


def _typical_radiance(glows: list[Glow]) -> float:
    """The median of what particles that shine have in their middle, apart from a factor; 0 if none shines."""
    found = [np.zeros(0)]
    for glow in glows:
        radiance = glow.brightness.astype(np.float64)
        if glow.total:
            with np.errstate(all="ignore"):
                radiance = radiance / glow.size.astype(np.float64) ** 2
        found.append(radiance[np.isfinite(radiance) & (radiance > 0)])
    every = np.concatenate(found)
    return float(np.median(every)) if every.size else 0.0


def _thinned(glow: Glow, share: float) -> Glow:
    """A share of the particles, one of every few, so that no order of theirs matters; they shine as much together."""
    count = len(glow.position)
    number = round(count * share)
    if number == count:
        return glow
    edges = np.linspace(0, count, number + 1)
    chosen = (edges[:-1] + np.diff(edges) * (np.arange(number) * _GOLDEN % 1)).astype(np.int64)
    picked = {
        name: array if len(array) == 1 else array[chosen]
        for name in ("size", "colors", "brightness")
        for array in [getattr(glow, name)]
    }
    picked["brightness"] = picked["brightness"] / share
    return replace(glow, position=glow.position[chosen], **picked)


_GOLDEN = (math.sqrt(5) - 1) / 2
