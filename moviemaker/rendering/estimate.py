"""An estimate of the time, memory and disk that a rendering needs, from what this machine has shown so far."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, Literal

from moviemaker.core.errors import in_data
from moviemaker.core.machine.memory import size_text
from moviemaker.core.progress import Progress, duration
from moviemaker.core.sources import OutOfCore, own_cone, unplaced
from moviemaker.drawing.memory import drawing_memory
from moviemaker.prepare import Prepared
from moviemaker.rendering.learning import scene_of
from moviemaker.rendering.orders import scaled_size
from moviemaker.rendering.speed import Basis, Prediction, Speed, this_machine
from moviemaker.rendering.work import Contents, Size, contents, cost, encoding, view_cone
from moviemaker.scene.text import placing

VIEW_CONES = 33
"""Number of times at which out-of-core data are asked what they will read."""

UNSURE: Mapping[Basis, float] = {"measured": 1.0, "others": 1.8, "guess": 3.0}
"""By which factor, to either side, times are given that are not measured."""


def estimates(
    prepared: Prepared,
    names: Sequence[str] | None = None,
    *,
    frames: range | None = None,
    scale: float = 1.0,
    workers: int | Literal["auto"] = "auto",
    measuring: Progress | None = None,
) -> Iterator[str]:
    """Lines about outputs: their frames, and the time, memory and disk that they need.

    Args:
        prepared: the scene.
        names: of the outputs; default: all.
        frames: which frames; default: all.
        scale: makes the pictures smaller.
        workers: number of processes that draw; `auto`: as many as are fastest.
        measuring: reporter for a few small pictures of each output, which are drawn to measure this machine; None: none
            are.

    Raises:
        SceneError: data cannot be read at a time at which they are looked at.
        MoviemakerError: a picture cannot be drawn.
    """
    outputs = prepared.script.scene.outputs
    sizes = {name: scaled_size(outputs[name], scale) for name in (outputs if names is None else names)}
    loading = time.process_time()  # of the program and the data, as it will be in `render`
    with placing(prepared.document):
        shown = contents(prepared, frames)
        if measuring is not None:
            from moviemaker.rendering.measure import measure  # it loads what draws

            measure(shown, sizes, measuring)
        speed = this_machine()
        found = {name: predicted(speed, shown, name, size) for name, size in sizes.items()}
        for name, prediction in found.items():
            seconds = loading + prediction.total(len(shown.frames), None if workers == "auto" else workers)
            yield _line(shown, name, sizes[name], seconds, UNSURE[prediction.basis])
        yield from _basis(found)
        yield from _loading(shown, sizes)


def predicted(speed: Speed, shown: Contents, name: str, size: Size) -> Prediction:
    """What the frames of an output will take on a machine.

    Args:
        speed: of the machine.
        shown: what they show.
        name: of the output.
        size: (width, height) of its pictures, pixels.
    """
    return speed.predict(
        scene_of(shown.prepared),
        name,
        size,
        lambda other: cost(shown, name, other, speed.cores),
        opening=shown.prepared.opening,
        beside=encoding(shown, name, size),
    )


def _line(shown: Contents, name: str, size: Size, seconds: float, factor: float) -> str:
    output, count = shown.prepared.script.scene.outputs[name], len(shown.frames)
    least, most = duration(seconds / factor), duration(seconds * factor)
    times = f"about {most}" if least == most else f"{least} to {most}"
    memory = drawing_memory(output, size) + 3 * shown.bytes
    disk = max(1e6, output.film.disk_bytes(size, count))
    what = f"{name}: {count} frames of {size[0]} x {size[1]}, {output.film.format}: {times}"
    return f"{what}, {size_text(memory)} of memory, {size_text(disk)} of disk"


def _basis(found: Mapping[str, Prediction]) -> Iterator[str]:
    """A line that says what the times follow from."""
    unknown = [name for name, prediction in found.items() if prediction.basis != "measured"]
    if not unknown:
        yield "times: as frames of this scene took on this machine"
        return
    those = "times" if len(unknown) == len(found) else f"times of {', '.join(unknown)}"
    if any(prediction.basis == "guess" for prediction in found.values()):
        yield f"{those}: a guess, since this machine has drawn nothing yet; `check --measure` draws some small pictures"
    else:
        yield f"{those}: as others took on this machine; `check --measure` draws some small pictures to know better"


def _loading(shown: Contents, sizes: Mapping[str, Size]) -> Iterator[str]:
    """A line for each of the out-of-core data: what will be loaded."""
    prepared = shown.prepared
    used = {layer.data: prepared.sources[layer.data] for layer in prepared.script.layers}
    for name, source in used.items():
        if isinstance(source, OutOfCore):
            view_cones = [
                own_cone(source, view_cone(prepared, output, size, time), time)
                for output, size in sizes.items()
                for time in shown.times(VIEW_CONES)
            ]
            source = unplaced(source)
            assert isinstance(source, OutOfCore)
            with in_data(name):
                yield f"data.{name}: {source.loading(view_cones)}"


def note_compiling(layers: Iterable[Any], progress: Progress) -> bool:
    """Notes that the first picture takes long, if layers glow for the first time on this machine. Gives whether so.

    Args:
        layers: of the scene.
        progress: the reporter.
    """
    compiles = any(_glows(layer) for layer in layers) and needs_compiling()
    if compiles:
        progress.note("compiling what draws light: half a minute or more, once after each installation")
    return compiles


def needs_compiling() -> bool:
    """Whether the functions that draw light have never been compiled."""
    from moviemaker.glow.splatting import are_functions_compiled  # imports Numba, which is slow

    return not are_functions_compiled()


def _glows(layer: Any) -> bool:
    return getattr(layer, "kind", None) == "stars" or getattr(layer, "shape", None) == "glow"
