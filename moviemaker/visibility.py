"""Pictures that hold nothing, found before they are drawn, with the reason.

For the first, the middle and the last picture of each output, every layer is asked for its props. A prop shows nothing
if its data have no value that is drawn, or if all of it is outside the picture. Layers that the scene fades out are
skipped: an empty picture is then meant. The tests lean to silence: a warning is given only if nothing can be seen.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from functools import cached_property, singledispatch
from typing import Any

import numpy as np

from moviemaker.core.camera import Camera
from moviemaker.core.clips import kept
from moviemaker.core.errors import in_data, spell
from moviemaker.core.fields import world_from_index
from moviemaker.core.props import Drawable, Glow, Glyphs, Isosurface, Slice, Surface, Tubes, Volume
from moviemaker.core.sources import OutOfCore
from moviemaker.prepare import Prepared
from moviemaker.resolved_scene import QUICK_COLORMAP, in_place, scene_path, source_for, view_cone_of, with_keys
from moviemaker.scene.model import Output
from moviemaker.scene.text import placing
from moviemaker.timeline.camera import CameraPath
from moviemaker.timeline.tracks import freeze

MOST_SAMPLES = 2_000_000
"""About how many samples of a grid are looked at together."""

MOST_LEVELS = 8
"""Levels of an isosurface whose places are looked for."""

MOST_POINTS = 20_000
"""About how many points of a prop are held against the view."""

_LATTICE = np.stack(np.meshgrid(*[np.linspace(0, 1, 5)] * 3), axis=-1).reshape(-1, 3)
"""Places in a box, (125, 3): those of the box around a prop are held against the view too, for what lies between its
points."""


@dataclass(frozen=True)
class Unseen:
    """The reason why nothing of a layer is drawn, whatever the camera does.

    Attributes:
        why: a sentence that follows the layer's name.
        instead: what to do about it.
    """

    why: str
    instead: str


def empty_pictures(prepared: Prepared, outputs: Iterable[str]) -> list[str]:
    """Warnings about layers and pictures in which nothing is seen.

    Args:
        prepared: the scene.
        outputs: names of the outputs.

    Returns:
        One for each layer that draws nothing in the first, the middle and the last picture, and one for each output
        with such a picture in which nothing is seen.

    Raises:
        SceneError: data cannot be read at one of these times.
    """
    search = _Search(prepared)
    with placing(prepared.document), np.errstate(all="ignore"):
        warnings = [*search.still_clocks(), *search.layers_without_content()]
        for name in outputs:
            warnings += search.empty_pictures(name)
    return warnings


def why_empty(prepared: Prepared, output: str, time: float) -> str:
    """The reason why a picture that was drawn at a time holds nothing; empty: the scene has faded out all layers."""
    search = _Search(prepared)
    with placing(prepared.document), np.errstate(all="ignore"):
        found = search.reason(prepared.script.scene.outputs[output], time)
        if found is None and search.content(time):
            found = Unseen("all of it has one colour", "look at opacities, colours and the background")
    return "" if found is None else f"{found.why}; {found.instead}"


def is_blank(picture: np.ndarray) -> bool:
    """Whether all pixels of a picture (height, width, 3) have the same colour."""
    rows = (picture[row : row + 64] for row in range(0, len(picture), 64))  # most pictures are told by their first rows
    return all(bool((some == picture[:1, :1]).all()) for some in rows)


class _Search:
    """Props of the layers at some times of the movie."""

    def __init__(self, prepared: Prepared):
        self.prepared = prepared
        self.script = prepared.script
        self._content: dict[float, dict[int, np.ndarray | Unseen]] = {}

    @cached_property
    def times(self) -> dict[str, float]:
        """Times of the first, the middle and the last picture, each once."""
        count, fps = self.script.scene.frame_count, self.script.scene.header.fps
        frames = {"first": 0, "middle": count // 2, "last": count - 1}
        return {name: frame / fps for name, frame in frames.items() if name == "first" or frame > 0}

    @cached_property
    def path(self) -> CameraPath:
        """The camera's path."""
        return scene_path(self.script.scene, self.script.data_time, self.prepared.sources.__getitem__)

    def still_clocks(self) -> Iterator[str]:
        """Warnings about data whose snapshots are all before or all after the times that the clock shows."""
        shown = [self.script.data_time(time) for time in self.times.values()]
        for name in dict.fromkeys(layer.data for layer in self.script.layers):
            times = self.prepared.sources[name].times
            if times is None or len(times) < 2 or not (max(shown) < times[0] or min(shown) > times[-1]):
                continue
            said = f"the clock shows the times {min(shown):g} to {max(shown):g}, and its snapshots are from"
            right = f"write clock: {{0: {times[0]:g}, {self.script.scene.header.duration:g}: {times[-1]:g}}}"
            yield f"data.{name}: {said} {times[0]:g} to {times[-1]:g}, so nothing in it moves; {right}"

    def layers_without_content(self) -> Iterator[str]:
        """Warnings about layers that draw nothing at any of the times at which they are not faded out."""
        contents = [self.content(time) for time in self.times.values()]
        for index in range(len(self.script.layers)):
            found = [content[index] for content in contents if index in content]
            if found and all(isinstance(each, Unseen) for each in found):
                assert isinstance(found[0], Unseen)
                line = self.prepared.document.line(("layers", index))
                where = f"{self.prepared.document.file}:{line}: {spell(('layers', index))}"
                yield f"{where}: nothing of it is seen: {found[0].why}; {found[0].instead}"

    def empty_pictures(self, name: str) -> Iterator[str]:
        """A warning about the pictures of an output in which nothing is seen."""
        output = self.script.scene.outputs[name]
        reasons = {which: self.reason(output, time) for which, time in self.times.items()}
        empty = [which for which, reason in reasons.items() if reason is not None]
        if not empty:
            return
        reason = reasons[empty[0]]
        assert reason is not None
        *before, last = empty
        which = f"{', '.join(before)} and {last} pictures hold" if before else f"{last} picture holds"
        line = self.prepared.document.line(("outputs", name))
        where = f"{self.prepared.document.file}:{line}: {spell(('outputs', name))}"
        yield f"{where}: the {which} nothing: {reason.why}; {reason.instead}"

    def reason(self, output: Output, time: float) -> Unseen | None:
        """Why the picture of an output at a time holds nothing; None: something is seen, or is meant not to be."""
        content = self.content(time)
        if not content:
            return None
        camera = self.path.at(time)
        outside, hidden = [], None
        for index, found in content.items():
            if isinstance(found, Unseen):
                continue
            if not _in_picture(found, output, camera, time):
                outside.append(self._named(index))
            elif (hidden := self._in_fog(index, found, output, camera, time)) is None:
                return None
        if hidden is not None:
            return hidden
        if not outside:
            index, found = next(iter(content.items()))
            assert isinstance(found, Unseen)
            return Unseen(f"{self._named(index)}: {found.why}", found.instead)
        listed = ", ".join(outside)
        if output.lens.seen_on == "dome":
            return Unseen(f"{listed}: all of it is below the dome's rim", "turn up the camera, or write a tilt")
        seen = self.script.layers[next(index for index, found in content.items() if not isinstance(found, Unseen))].data
        key = "orbit: {center: " if self.script.scene.camera.orbit is not None else "target: "
        right = f"let its target be what is to be seen, such as {key}{seen}{'}' if '{' in key else ''}"
        return Unseen(f"the camera looks away from {listed}", right)

    def content(self, time: float) -> dict[int, np.ndarray | Unseen]:
        """Points (n, 3) of each layer that is not faded out, or the reason why it draws nothing."""
        if time not in self._content:
            found = {}
            for index, layer in enumerate(self.script.layers):
                still = freeze(with_keys(layer, {"colormap": QUICK_COLORMAP}), time)
                if still.visible and still.opacity != 0:
                    found[index] = self._points(still, layer, time)
            self._content[time] = found
        return self._content[time]

    def _points(self, still: Any, layer: Any, time: float) -> np.ndarray | Unseen:
        source = source_for(layer, self.prepared.sources[layer.data], time)
        if isinstance(source, OutOfCore):  # its values are not read for this
            grid = source.at(self.script.data_time(time), ())
            return np.asarray(_box(np.array(grid.bounds).T))
        fields = tuple(name for _, name in layer.named_fields())
        moments = still.moments(self.script.data_time(time), source.times)[-2:]  # more would take long to read
        with in_data(layer.data):
            props = still.show(moments, [source.at(moment, fields) for moment in moments])
        props, _ = in_place(layer, self.prepared.sources[layer.data], time, props)
        parts = [_content(prop) for prop in props]
        points = [part for part in parts if isinstance(part, np.ndarray) and len(part)]
        if points:
            return np.concatenate(points)
        return next((part for part in parts if isinstance(part, Unseen)), Unseen(*layer.why_empty))

    def _in_fog(self, index: int, points: np.ndarray, output: Output, camera: Camera, time: float) -> Unseen | None:
        """Why the fog leaves nothing of a layer to be seen; None: something is seen, as stars are."""
        keys = freeze(self.script.scene.header, time).fog
        if keys is None or keys.color is not None or keys.amount < 1 or self.script.layers[index].kind == "stars":
            return None
        fog = keys.around(view_cone_of(output, camera, time, output.size), QUICK_COLORMAP[0])
        away = float(fog.distances(points).min())
        why = f"{self._named(index)}: all of it is in the fog, {away:.3g} and more away"
        right = f"write more than that in to: of fog, which has {fog.end:g}"
        return None if away < fog.end else Unseen(why, right)

    def _named(self, index: int) -> str:
        name = self.script.layers[index].name
        return f"layers[{index}]" if name is None else f"the layer {name!r}"


def _in_picture(points: np.ndarray, output: Output, camera: Camera, time: float) -> bool:
    lens, rig = freeze(output.lens, time), freeze(output.rig, time)
    return bool(lens.sees(camera, points - camera.position, rig.eye_size(output.size)).any())


def _thinned(points: np.ndarray) -> np.ndarray:
    """Some of the points that are finite."""
    some = points[:: max(1, len(points) // MOST_POINTS)].astype(np.float64)
    return np.asarray(some[np.isfinite(some).all(axis=1)])


def _box(points: np.ndarray) -> np.ndarray:
    """A lattice in the axis-aligned box around points."""
    low, high = points.min(axis=0), points.max(axis=0)
    return np.asarray(low + _LATTICE * (high - low))


def _spread(points: np.ndarray) -> np.ndarray:
    """Some of the points, and a lattice between them; empty if there are none."""
    known = _thinned(points)
    return np.concatenate([known, _box(known)]) if len(known) else known


@singledispatch
def _content(prop: Drawable) -> np.ndarray | Unseen:
    """Points (n, 3) where a prop may be seen, none if it is empty, or the reason why nothing of it is seen."""
    return _spread(prop.points)


@_content.register
def _(prop: Volume) -> np.ndarray | Unseen:
    thin = [axis for axis, count in zip("xyz", prop.values.shape, strict=True) if count < 2]
    if thin:
        return Unseen(f"its grid has one sample along {thin[0]}, and a volume needs a thickness", "write kind: slice")
    found = _samples(prop.values.shape, lambda part: _opaque(prop, part))
    if not len(found):
        return Unseen(*_no_opacity(prop))
    places = _places(prop, found)
    places = places[kept(places, prop.clips)]
    return _spread(places) if len(places) else Unseen("all that has an opacity is cut away", "look at clip")


Part = tuple[slice, slice, slice]
"""A part of a grid."""


def _samples(shape: tuple[int, ...], test: Callable[[Part], np.ndarray]) -> np.ndarray:
    """Indices (n, 3) of samples that pass a test: of some all over the grid, or of the first slab that holds one.

    Args:
        shape: of the grid.
        test: gives the samples of a part that pass.
    """
    step = max(1, math.ceil((math.prod(shape) / MOST_SAMPLES) ** (1 / 3)))
    found = np.argwhere(test((slice(None, None, step),) * 3)) * step
    depth = max(1, MOST_SAMPLES // math.prod(shape[1:]))
    for start in range(0, shape[0], depth) if step > 1 and not len(found) else ():
        found = np.argwhere(test((slice(start, start + depth), slice(None), slice(None))))
        found[:, 0] += start
        if len(found):
            break
    return np.asarray(found)


def _opaque(prop: Volume, part: Part) -> np.ndarray:
    places, opacities = np.array(prop.transfer.opacities, np.float64).T
    values = prop.values[part]
    if prop.labels:
        drawn = [label for label, opacity in zip(prop.labels, opacities[1:], strict=True) if opacity > 0]
        seen = np.isin(values, drawn)
    else:
        with np.errstate(all="ignore"):
            seen = np.isfinite(values) & (np.interp(prop.scale.of(values), places, opacities) > 0)
    if prop.mask is None:
        return seen
    mask = prop.mask[part]
    return np.asarray(seen & (np.isin(mask, prop.mask_values) if prop.mask_values else mask != 0))


def _no_opacity(prop: Volume) -> tuple[str, str]:
    known = prop.values[np.isfinite(prop.values)]
    if not known.size:
        return "none of its values is a number", "look at the data"
    unmasked = replace(prop, mask=None)
    if prop.mask is not None and len(_samples(prop.values.shape, lambda part: _opaque(unmasked, part))):
        return "its mask leaves nothing that has an opacity", "look at mask"
    low, high = known.min(), known.max()
    if prop.labels:
        return f"none of its labels is among its values, {low:g} to {high:g}", "write labels that the data hold"
    what = f"its transfer function gives no opacity to its values, {low:g} to {high:g}"
    return what, "write values between these in transfer, or leave it out"


@_content.register
def _(prop: Isosurface) -> np.ndarray | Unseen:
    known = prop.values[np.isfinite(prop.values)]
    low, high = (known.min(), known.max()) if known.size else (np.nan, np.nan)
    levels = [level for level in prop.levels if low <= level <= high]
    if not levels:
        named = ", ".join(f"{level:g}" for level in prop.levels[:3])
        return Unseen(f"no level of {named} lies among its values, {low:g} to {high:g}", "write levels between these")
    if min(prop.values.shape) < 2:
        return Unseen(
            "its grid has one sample along an axis, and a level surface needs a thickness", "write kind: slice"
        )
    found = _samples(prop.values.shape, lambda part: _crossed(prop.values[part], levels))
    return _spread(_places(prop, found))


def _crossed(values: np.ndarray, levels: list[float]) -> np.ndarray:
    """Samples between which and the next one along an axis a level lies."""
    crossed = np.zeros(values.shape, bool)
    for level in levels[:MOST_LEVELS]:
        above = values >= level
        for axis in range(3):
            step = np.diff(above, axis=axis)
            crossed[tuple(slice(0, n) for n in step.shape)] |= step
    return crossed


def _places(prop: Volume | Isosurface, indices: np.ndarray) -> np.ndarray:
    """Positions (n, 3) of samples by their indices (n, 3)."""
    some = indices[:: max(1, len(indices) // MOST_POINTS)]
    matrix = world_from_index(prop.origin, prop.spacing, prop.direction)
    return np.asarray(some @ matrix[:3, :3].T + matrix[:3, 3])


@_content.register
def _(prop: Slice) -> np.ndarray | Unseen:
    if not np.isfinite(prop.palette.places(prop.values)).any():
        return Unseen("none of the values on its plane is a number", "look at the data")
    return _spread(prop.corners)


@_content.register
def _(prop: Surface) -> np.ndarray | Unseen:
    if prop.values is not None and prop.palette is not None and not np.isfinite(prop.palette.places(prop.values)).any():
        return Unseen("none of its values has a colour", "look at the field and its range")
    if prop.colors is not None and not prop.colors[:, 3].any():
        return Unseen(*_TRANSPARENT)
    return _spread(prop.position)


_TRANSPARENT = ("its colours are wholly transparent", "look at opacity, and at the range of its colours")


@_content.register
def _(prop: Glyphs) -> np.ndarray | Unseen:
    seen = prop.colors[:, 3] > 0
    if len(seen) and not seen.any():
        return Unseen(*_TRANSPARENT)
    size = prop.size if prop.shape != "dot" else np.zeros(1)
    return _round(prop.position[seen], np.broadcast_to(size, len(prop.position))[seen])


@_content.register
def _(prop: Glow) -> np.ndarray | Unseen:
    seen = np.broadcast_to(prop.brightness, len(prop.position)) > 0
    if len(seen) and not seen.any():
        return Unseen("its particles emit no light", "look at exposure, and at the field of light")
    return _round(prop.position[seen], np.broadcast_to(prop.size, len(prop.position))[seen])


def _round(position: np.ndarray, size: np.ndarray) -> np.ndarray:
    """Points around particles, as far as they reach."""
    every = max(1, len(position) // MOST_POINTS)
    some, reach = position[::every].astype(np.float64), size[::every, None] / 2
    sides = [some, *(some + sign * reach * np.eye(3)[axis] for axis in range(3) for sign in (-1, 1))]
    return _spread(np.concatenate(sides))


@_content.register
def _(prop: Tubes) -> np.ndarray | Unseen:
    if len(prop.colors) and not prop.colors[:, 3].any():
        return Unseen(*_TRANSPARENT)
    return _spread(prop.position)
