"""Makes a script of a scene: opens its data, reads them once, and reports all mistakes together.

Everything that depends on the whole movie is resolved here, before the first frame: ranges of colours, the clock.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field, replace
from typing import Any

from moviemaker.comfort.advice import Advice, advice
from moviemaker.core.colors import nearest_color
from moviemaker.core.dates import Since, known_since
from moviemaker.core.errors import (
    DataError,
    InputError,
    Location,
    Problem,
    SceneError,
    collecting,
    in_data,
    spell,
    suggest,
)
from moviemaker.core.fields import Grid, Mesh, Particles
from moviemaker.core.fingerprint import file_state
from moviemaker.core.plugins import take_warnings
from moviemaker.core.progress import Progress
from moviemaker.core.sharing.arrays import recording, seconds_spent
from moviemaker.core.sources import Source, first_time, shown_at, time_unit
from moviemaker.drawing.limits import check_drawable
from moviemaker.resolved_scene import Script, on_some, open_data, pace_data, scene_path, source_for
from moviemaker.scene.model import TRANSPARENT, Draft, Header, Output, Scene, named_data, needed_data
from moviemaker.scene.text import Document, problem_of
from moviemaker.timeline.camera import viewing_distance
from moviemaker.timeline.clock import in_numbers
from moviemaker.timeline.tracks import LINEAR_NUMBER, Track, freeze

WHITE = 0.98
"""A background is white if its red, green and blue are all at least this."""

Sources = dict[str, Source[Any]]
"""Open data by name."""

NOUNS: dict[type, str] = {Grid: "a grid", Particles: "particles", Mesh: "a mesh"}
"""Names of the types of data in messages."""


@dataclass(frozen=True)
class Prepared:
    """A script, its open data, and warnings.

    Attributes:
        script: the resolved scene.
        sources: open data by name.
        oddities: warnings about the scene and its data, which hold for all outputs.
        habits: warnings about what would make the viewers of some outputs sick.
        document: the scene as plain values.
        made: keys of the arrays that were made meanwhile, to be shared with other processes.
        seconds: for which this has kept processor cores busy, without making those arrays.
        opening: how many of them another process needs too, which opens the same data and reads one moment of them.
        opened: states of the data files when they were opened, by path.
    """

    script: Script
    sources: Sources
    oddities: tuple[str, ...]
    habits: tuple[Advice, ...]
    document: Document
    made: frozenset[str] = frozenset()
    seconds: float = 0.0
    opening: float = 0.0
    opened: Mapping[str, str] = field(default_factory=dict)

    @property
    def warnings(self) -> tuple[str, ...]:
        """All warnings."""
        return self.warnings_of(self.script.scene.outputs)

    def warnings_of(self, outputs: Iterable[str]) -> tuple[str, ...]:
        """The warnings that matter to some outputs, given by their names."""
        asked, warnings = set(outputs), [*self.oddities]
        for habit in self.habits:
            names = [name for name in habit.outputs if name in asked]
            if names:
                line = self.document.line(("outputs", names[0]))
                where = ", ".join(spell(("outputs", name)) for name in names)
                warnings.append(f"{self.document.file}:{line}: {where}: {habit.what}; {habit.instead}")
        return tuple(warnings)


def prepare(document: Document, draft: Draft, progress: Progress | None = None) -> Prepared:
    """Opens and reads the data of a scene and resolves its layers.

    Args:
        document: the scene as plain values.
        draft: the scene as far as it could be parsed.
        progress: reporter for data that take long to read (default: none).

    Raises:
        SceneError: every mistake of the scene file, and every one that shows only in its data.
    """
    begun = _busy()
    with recording() as made:
        prepared = _Preparing(document, draft, progress).prepared()
    return replace(prepared, made=frozenset(made), seconds=_busy() - begun)


def _busy() -> float:
    """For how long this process has kept processor cores busy, without making arrays that others need not make."""
    return time.process_time() - seconds_spent()


class _Preparing:
    def __init__(self, document: Document, draft: Draft, progress: Progress | None):
        self.document = document
        self.draft = draft
        self.progress = progress
        self.problems: list[Problem] = list(draft.problems)
        self.oddities: list[str] = []
        self.cause: InputError | None = None  # of the first problem in the data, for --debug
        self.states: dict[str, str] = {}  # of data files, by path
        self.opening = 0.0

    def prepared(self) -> Prepared:
        for output in self.draft.outputs.values():
            with self._noting(("outputs", output.name)):
                check_drawable(output)
                check_glow(output, self.draft.layers)
                check_glare(output, self.draft.header)
        sources: Sources = {}
        for name in _needed_first(self.draft.data):
            source = self._opened(name, sources)
            if source is not None:
                sources[name] = source
        resolved = [self._resolved(index, layer, sources) for index, layer in enumerate(self.draft.layers)]
        scene = self.draft.scene()
        if scene is None:
            raise SceneError(self.problems) from self.cause
        if not resolved:
            self.oddities.append("the scene has no layers; its picture is the background")
        clock = _default_clock(scene, sources)
        with self._noting(("clock",)):
            since = self._common_since(sources)
            if scene.header.clock is not None:
                clock = in_numbers(scene.header.clock, since)
                scene = replace(scene, header=scene.header.model_copy(update={"clock": clock}))
        with self._noting(("sky",)):
            if scene.header.sky is not None:
                from moviemaker.environment.sky import resolve_sky  # few scenes have one

                sky = resolve_sky(scene.header.sky, scene.folder)
                scene = replace(scene, header=scene.header.model_copy(update={"sky": sky}))
        script = Script(scene, tuple(layer for layer in resolved if layer is not None), clock)
        self.oddities += [*_lost_light(script), *_dark_metal(script)]
        for name, source in sources.items():
            with self._noting(("data", name)):
                pace_data(script, source)
        if all(name in sources for _, name in scene.camera.targets()):
            with self._noting(("camera",)):
                path = scene_path(scene, script.data_time, sources.__getitem__)
                script = replace(script, scene=_with_eyes(script, sources))
        self.oddities += take_warnings()
        habits: list[Advice] = []
        if not self.problems:
            with self._noting(()):
                habits = advice(script, sources, path)
        if self.problems:
            raise SceneError(self.problems) from self.cause
        return Prepared(
            script,
            sources,
            tuple(self.oddities),
            tuple(habits),
            self.document,
            opening=self.opening,
            opened=self.states,
        )

    def _common_since(self, sources: Sources) -> Since | None:
        """The unit of time and the first date that the data share, since one clock shows them all; None: unknown."""
        units = {name: time_unit(source) for name, source in sources.items()}
        found = {name: since for name, text in units.items() if (since := known_since(text)) is not None}
        if not found:
            return None
        first = next(iter(found))
        for name, since in found.items():
            made_of = [found.get(other) for _, other in needed_data(self.draft.data[name])]
            if since != found[first] and since not in made_of:
                self.oddities.append(
                    f"data.{name}: its times are {units[name]}, those of data.{first} {units[first]}, and one clock "
                    "shows both as if they were alike; write the same time: {units: ...} for particles, or times:"
                )
        return found[first]

    def _opened(self, name: str, sources: Sources) -> Source[Any] | None:
        model = self.draft.data[name]
        if any(other not in sources for _, other in named_data(model)):
            return None  # a problem was noted before
        with self._noting(()), in_data(name):
            begun = _busy()
            source = open_data(model, self.draft.folder, sources, self.progress)
            opened = _busy()
            self.states |= {path: state for path in source.files if (state := file_state(path)) is not None}
            self.oddities += [f"data.{name}: {warning}" for warning in source.examine()]
            moments = 1 if source.times is None else len(source.times)
            self.opening += opened - begun + (_busy() - opened) / max(1, moments)
            return source
        return None

    def _resolved(self, index: int, layer: Any, sources: Sources) -> Any:
        source = sources.get(layer.data) if layer is not None else None
        if source is None:
            return None  # a problem was noted before
        before = len(self.problems)
        with self._noting(("layers", index)):
            with in_data(layer.data):
                first = source.at(0.0 if source.times is None else float(source.times[0]))
            layer = on_some(layer, first, self.draft, sources, self.progress)
            source = source_for(layer, sources[layer.data], 0.0)
            first = source.at(first_time(source))
            if not isinstance(first, layer.takes):
                found, wanted = (NOUNS.get(sort, sort.__name__) for sort in (type(first), layer.takes))
                what = f"a layer of kind {layer.kind} cannot draw {layer.data!r}, which is {found}"
                right = f"name data that is {wanted}"
                if layer.takes is Mesh and isinstance(first, Particles):
                    right += f", such as {{kind: bonds, of: {layer.data}}}, which joins them by lines"
                raise InputError(what, right, ("data",))
            for where, name in layer.named_fields():
                if name not in source.fields:
                    error = self._no_field(index, where, name, layer.data, source.fields)
                    self.problems.append(self._problem(("layers", index), error))
            if len(self.problems) == before:
                with _data_errors(layer):
                    sources = {**sources, layer.data: source}
                    joined = layer.placed(self.draft.folder).joined(sources)
                    resolved = joined.resolve(source)
                    self.oddities += [f"layers[{index}]: {remark}" for remark in resolved.remarks(joined)]
                    return resolved
        return None

    def _no_field(self, index: int, where: Location, name: str, data: str, fields: Sequence[str]) -> InputError:
        """The mistake of a field that the data do not have, or of a text that is not a colour either."""
        what, right = f"no such field {name!r} in {data!r}", suggest(name, fields, "field")
        if where == ("color", "by") and self.document.holds_text(("layers", index, "color")):
            what = f"{name!r} is neither a colour nor a field of {data!r}"
            if near := nearest_color(name):
                right = f"did you mean {near!r}? {right[:1].upper()}{right[1:]}"
            where = ("color",)
        return InputError(what, right, where)

    def _noting(self, at: Location) -> AbstractContextManager[None]:
        return collecting(lambda error: self.problems.append(self._problem(at, error)))

    def _problem(self, at: Location, error: InputError) -> Problem:
        self.cause = self.cause or error
        return problem_of(self.document, error, at)


def _with_eyes(script: Script, sources: Sources) -> Scene:
    """The scene with the distance between the eyes resolved. Its default follows from the first camera's distance."""
    scene = script.scene

    def center(name: str, time: float) -> Sequence[float]:
        with in_data(name):
            return shown_at(sources[name], time).center(script.data_time(time))

    distance = viewing_distance(scene.camera, center)
    outputs = {name: replace(output, rig=output.rig.resolve(distance)) for name, output in scene.outputs.items()}
    return replace(scene, outputs=outputs)


@contextmanager
def _data_errors(layer: Any) -> Iterator[None]:
    """Says of mistakes in a file that a layer finds in its data that they are there. Layers have no key `file`."""
    try:
        yield
    except InputError as error:
        if error.at[:1] != ("file",) or "file" in type(layer).model_fields:
            raise
        raise DataError(error.what, error.instead, ("data", layer.data, *error.at)) from error


def _lost_light(script: Script) -> Iterator[str]:
    """Warnings about layers that add light before a background that is always white, where it cannot be seen."""
    header = script.scene.header
    times = (0.0, header.duration / 2, header.duration)
    if (
        (header.sky is not None and header.sky.visible)
        or header.background == TRANSPARENT
        or min(min(freeze(header.background, time)) for time in times) < WHITE
    ):
        return
    for index, layer in enumerate(script.layers):
        if getattr(layer, "kind", None) == "stars":
            what, other = "a layer of stars", "points"
        elif getattr(layer, "shape", None) == "glow":
            what, other = "a glow", "a shape such as sphere"
        elif getattr(layer, "blend", None) == "additive":
            what, other = "blend: additive", "blend: composite"
        else:
            continue
        why = "adds light, which is not seen before a white background"
        yield f"layers[{index}]: {what} {why}; write a darker background, or {other}"


def _dark_metal(script: Script) -> Iterator[str]:
    """Warnings about layers of metal that have nothing to reflect."""
    if script.scene.header.sky is not None:
        return
    for index, layer in enumerate(script.layers):
        metal = getattr(layer, "metal", None)
        if metal is not None and max(getattr(metal, "values", (metal,))) > 0.5:
            why = "metal has no light but what it reflects, and here that is lamps alone"
            yield f"layers[{index}]: {why}; write a sky, such as sky: {{zenith: white, ground: gray}}"


def _default_clock(scene: Scene, sources: Sources) -> Track | None:
    """The default clock: the time from the first to the last snapshot of all data is played once over the movie.

    Data that are held until the next snapshot get the time of one more, so that the last one is seen as long.
    """
    moving = {name: source.times for name, source in sources.items() if source.times is not None}
    moving = {name: times for name, times in moving.items() if len(times) > 1}
    if not moving:
        return None
    first = min(float(times[0]) for times in moving.values())
    last = max(
        float(times[-1] + (times[-1] - times[-2] if getattr(scene.data[name], "interpolation", "") == "hold" else 0))
        for name, times in moving.items()
    )
    clock = LINEAR_NUMBER.parse({0.0: first, scene.header.duration: last})
    assert isinstance(clock, Track)
    return clock


def _needed_first(data: Mapping[str, object]) -> list[str]:
    """Names of data, each after the data that it is made from or attached to, else in the order of the scene."""
    order: list[str] = []

    def place(name: str) -> None:
        if name in data and name not in order:
            for _, other in named_data(data[name]):
                place(other)
            order.append(name)

    for name in data:
        place(name)
    return order


def check_glow(output: Output, layers: Iterable[Any]) -> None:
    """Checks whether an output's lens can draw the glowing particles of the layers, if there are any.

    Raises:
        InputError: at its lens, if it cannot.
    """
    for index, layer in enumerate(layers):
        stars = getattr(layer, "kind", None) == "stars"
        if (stars or getattr(layer, "shape", None) == "glow") and not output.lens.can_glow:
            has = "is of stars" if stars else "has shape: glow"
            what = f"the lens {output.lens.lens} cannot draw glowing particles, and layers[{index}] {has}"
            raise InputError(what, "take another lens, or another shape such as dot", ("lens",))


def check_glare(output: Output, header: Header | None) -> None:
    """Checks whether an output's lens can tell the directions that glare is spread over, if there is any.

    Raises:
        InputError: at its lens, if it cannot.
    """
    if header is not None and header.dazzles and not output.lens.can_glow:
        what = f"the lens {output.lens.lens} cannot tell where a direction is in its picture, and light is spread by it"
        raise InputError(what, "take another lens, or write glare: 0", ("lens",))
