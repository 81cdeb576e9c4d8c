"""Something comes too near to the eyes of a stereo picture."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from moviemaker.comfort.camera_motion import shots
from moviemaker.comfort.data_budget import Data, located
from moviemaker.comfort.intervals import Finding, Span, joined, spans_above, when
from moviemaker.comfort.limits import NEAR
from moviemaker.core.fields import Grid
from moviemaker.core.geometry import own_places
from moviemaker.core.sources import Placed
from moviemaker.scene.model import Output
from moviemaker.timeline.camera import CameraPath
from moviemaker.timeline.tracks import freeze

FURTHER = 2.0
"""How many times further than the limit things are looked for, so that the time when they reach it is known."""

TOGETHER = 1.0
"""Largest gap, seconds, between two things that come near one after the other and are named as one."""


def near_things(data: Data, path: CameraPath, outputs: Sequence[Output]) -> dict[str, Finding]:
    """Warnings where something in the picture is nearer than ten distances of the eyes.

    Things that come near and go between two samples of the data are not noticed.

    Args:
        data: of the scene.
        path: of its camera.
        outputs: the ones in stereo.

    Returns:
        The warnings by the names of the outputs.

    Raises:
        InputError: at its place in the scene: data cannot be read.
    """
    script = data.script
    duration, layers = script.scene.header.duration, script.layers
    times = np.linspace(0.0, math.nextafter(duration, 0), data.times_to_sample(layer.data for layer in layers))
    search = _Search(data, path, outputs)
    distances = np.array([search.distances(time) for time in times.tolist()])
    found = {}
    for i, output in enumerate(outputs):
        limits = np.array([NEAR * freeze(output.rig, time).eye_distance for time in times.tolist()])
        parts = np.minimum(distances[:, i] / limits[:, None], FURTHER)  # (times, layers)
        nearest = parts.min(axis=1, initial=FURTHER)
        spans: list[Span] = []
        for start, end in shots(path.cuts, duration):
            here = (times >= start) & (times <= end)
            if here.any():
                spans += spans_above(times[here], -nearest[here], -1.0, start, end)
        if spans:
            sample, layer = np.unravel_index(np.argmin(parts), parts.shape)
            name = layers[layer].name
            thing = f"layers[{layer}]" if name is None else f"the layer {name!r}"
            found[output.name] = _finding(thing, limits[sample], distances[sample, i, layer], spans)
    return found


def _finding(thing: str, limit: float, distance: float, spans: list[Span]) -> Finding:
    what = f"{thing} is nearer to the camera than {NEAR:g} ipd ({limit:.3g}) {when(joined(spans, TOGETHER))}"
    if distance < limit / 100:
        return Finding(f"{what} (it is all around it)", "keep the camera out of it, or fade the layer out there")
    digits = 1 - math.floor(math.log10(distance / NEAR))
    largest = math.floor(distance / NEAR * 10**digits) / 10**digits
    instead = f"keep the camera away from it, or write an ipd of at most {largest:g}"
    return Finding(f"{what} (as near as {distance:.2g})", instead)


class _Search:
    """Searches for things near the camera.

    Attributes:
        boxes: bounds of the layers that draw grids at rest, low and high corner; those far away are not read.
    """

    def __init__(self, data: Data, path: CameraPath, outputs: Sequence[Output]):
        self.data, self.path, self.outputs = data, path, outputs
        self.boxes: dict[int, np.ndarray] = {}
        for index, layer in enumerate(data.script.layers):
            sample, source = data.at(layer.data, 0.0), data.sources[layer.data]
            if isinstance(sample, Grid) and not (isinstance(source, Placed) and source.moves):
                self.boxes[index] = np.array(sample.bounds).T

    def distances(self, time: float) -> np.ndarray:
        """Distance (outputs, layers) of each layer from the camera in each output's picture; infinite if it is far.

        Raises:
            InputError: at its place in the scene: data cannot be read.
        """
        layers = self.data.script.layers
        with located("camera"):
            camera = self.path.at(time)
        place = camera.position
        reach = FURTHER * NEAR * max(freeze(output.rig, time).eye_distance for output in self.outputs)
        distances = np.full((len(self.outputs), len(layers)), np.inf)
        for index, layer in enumerate(layers):
            still = freeze(layer, time)
            if not still.visible or still.opacity == 0:
                continue
            low, high = self.boxes.get(index, (place, place))
            if np.linalg.norm(place - np.clip(place, low, high)) > reach:
                continue
            offsets = self._near(still, layer, time, place, reach) - place
            apart = np.linalg.norm(offsets, axis=1)
            for i, output in enumerate(self.outputs):
                seen = freeze(output.lens, time).sees(camera, offsets, output.rig.eye_size(output.size))
                distances[i, index] = apart[seen].min(initial=np.inf)
        return distances

    def _near(self, still: Any, layer: Any, time: float, place: np.ndarray, reach: float) -> np.ndarray:
        """The nearest points (n, 3) of the things that a layer draws within reach of a place."""
        fields = tuple(name for _, name in layer.named_fields())
        source = self.data.sources[layer.data]
        if not layer.in_own_coordinates or not isinstance(source, Placed):
            return np.asarray(still.near(self.data.at(layer.data, time, fields), place, reach))
        with located("data", layer.data):
            sample = source.own.at(self.data.script.data_time(time), fields)
        frame = source.frame_at(time)
        least = float(np.linalg.svd(frame[:3, :3], compute_uv=False)[-1])
        found = still.near(sample, own_places(place[None], frame)[0], reach / least)
        return np.asarray(found @ frame[:3, :3].T + frame[:3, 3])
