"""How fast this machine works, by what it has drawn: renders and `check --measure` keep what they have measured.

Each line of the file is a measurement of an output: what it was guessed to cost (`work`), and what a frame took. An
output that was drawn before is its own best witness. Two sizes of its pictures tell what a frame takes whatever its
size, and what each pixel takes; one size tells how far the guess is off. Outputs that were never drawn here are
guessed, and the guess is corrected, part by part, as those of the outputs that were drawn here have to be.

The file lies in the cache (`MOVIEMAKER_CACHE`), one for each kind of machine: processor, number of cores and of GPUs.
It may be deleted at any time. A line that cannot be read, or is of another version, is left out.
"""

from __future__ import annotations

import json
import math
import os
import platform
import re
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from statistics import median
from typing import Literal

from moviemaker.core.machine.cache import cache_folder
from moviemaker.core.machine.cores import usable_cores
from moviemaker.core.machine.files import read_own, write_own
from moviemaker.farm.crew.surroundings import gpus_of
from moviemaker.rendering.work import BESIDE, Cost, Costs, Size

VERSION = 1
"""Of the lines and of the guesses in them. To be raised with every change of a price in `work`."""

KEPT = 200
"""Number of measurements that are kept."""

START = 1.5
"""Seconds until the first frame is begun, where nothing is known."""

_APART = 2.0  # ratio of two sizes, in pixels, that tell what each pixel takes
_TRIED = 3  # frames that one worker draws before several are tried

Basis = Literal["measured", "others", "guess"]


@dataclass(frozen=True)
class Measured:
    """What was measured of an output.

    Attributes:
        scene: the scene file.
        output: name of the output.
        size: (width, height) of the pictures, pixels.
        frames: number of frames that were drawn.
        workers: number of processes that drew them.
        renderer: which drew them, as OpenGL names it.
        start: seconds before the first frame.
        seconds: from one finished frame to the next.
        parts: seconds of each part of the work on a frame, of one of the workers.
        guess: what a frame was guessed to cost, (alone, spread) by part; that of `BESIDE` if a movie was encoded.
        version: of all this.
    """

    scene: str
    output: str
    size: tuple[int, int]
    frames: int
    workers: int
    renderer: str
    start: float
    seconds: float
    parts: dict[str, float]
    guess: dict[str, tuple[float, float]]
    version: int = VERSION

    @property
    def costs(self) -> Costs:
        """What a frame was guessed to cost."""
        return {part: Cost(*cost) for part, cost in self.guess.items()}

    @property
    def pixels(self) -> int:
        """Pixels of a picture."""
        return self.size[0] * self.size[1]


@dataclass(frozen=True)
class Prediction:
    """What frames will take.

    Attributes:
        start: seconds before the first one.
        seconds: from one finished frame to the next.
        basis: whether this output was `measured`, or only `others` were, or it is a `guess`.
        several: as `seconds`, by as many workers as there are cores, if they are started where that is faster; None:
            they are not.
    """

    start: float
    seconds: float
    basis: Basis
    several: float | None = None

    def total(self, frames: int) -> float:
        """Seconds for a number of frames, with their encoding."""
        alone = self.start + frames * self.seconds
        if self.several is None or frames <= _TRIED:
            return alone
        return min(alone, 2 * self.start + _TRIED * self.seconds + (frames - _TRIED) * self.several)


class Speed:
    """The speed of a machine.

    Args:
        known: what was measured, the latest last. What another renderer than the latest has drawn is left out.
        cores: of the machine.
    """

    def __init__(self, known: Sequence[Measured], cores: int):
        self._known = {(one.scene, one.output, one.size): one for one in known if one.renderer == known[-1].renderer}
        self._cores = cores

    def predict(
        self, scene: str, output: str, size: Size, workers: int | None, costs: Callable[[Size], Costs]
    ) -> Prediction:
        """What frames of an output will take.

        Args:
            scene: the scene file.
            output: name of the output.
            size: (width, height) of its pictures, pixels.
            workers: number of processes; None: one, or as many as there are cores where that is faster.
            costs: what a frame of pictures of a size is guessed to cost.
        """
        own = [one for one in self._known.values() if (one.scene, one.output) == (scene, output)]
        known = own or list(self._known.values())
        start = max(one.start for one in own) if own else median([one.start for one in known]) if known else START
        basis: Basis = "measured" if own else "others" if known else "guess"

        def seconds(workers: int) -> float:
            if own:
                return self._as_before(own, size, workers, costs)
            return self._seconds(costs(size), workers, known)

        if workers is not None:
            return Prediction(start, seconds(workers), basis)
        return Prediction(start, seconds(1), basis, seconds(self._cores) if self._cores > 1 else None)

    def _as_before(self, own: Sequence[Measured], size: Size, workers: int, costs: Callable[[Size], Costs]) -> float:
        """Seconds of a frame of an output, by one or two measurements of it."""

        def as_asked(one: Measured) -> tuple[int, float]:
            """The pixels of a picture, and what a frame of that size would take now with so many workers."""
            change = self._seconds(costs(one.size), workers, [one]) / self._seconds(one.costs, one.workers, [one])
            return one.pixels, one.seconds * change

        pixels = size[0] * size[1]
        nearest, *others = sorted(own, key=lambda one: abs(math.log(one.pixels / pixels)))
        far = next((one for one in others if abs(math.log(one.pixels / nearest.pixels)) >= math.log(_APART)), None)
        if far is not None:
            return _on_line(as_asked(nearest), as_asked(far), pixels)
        larger = self._seconds(costs(size), workers, [nearest]) / self._seconds(costs(nearest.size), workers, [nearest])
        return as_asked(nearest)[1] * larger

    def _seconds(self, costs: Costs, workers: int, known: Sequence[Measured]) -> float:
        """Seconds of a frame by its guessed costs, corrected as those of measurements have to be."""
        return seconds_of(self._corrected(costs, known), workers, self._cores)

    def _corrected(self, costs: Costs, known: Sequence[Measured]) -> Costs:
        """Guessed costs, corrected part by part as those of the measurements have to be."""
        factors: dict[str, list[float]] = {}
        for one in known:
            for part, factor in _factors(one, self._cores).items():
                factors.setdefault(part, []).append(factor)
        corrected = {}
        for part, cost in costs.items():
            factor = math.exp(median(map(math.log, factors[part]))) if part in factors else 1.0
            corrected[part] = Cost(cost.alone * factor, cost.spread * factor)
        return corrected


def seconds_of(costs: Costs, workers: int, cores: int) -> float:
    """Seconds from one finished frame to the next: as long as a worker takes, or as long as the cores are busy.

    Args:
        costs: of a frame.
        workers: number of processes.
        cores: that they share.
    """
    each = sum(cost.alone + cost.spread / cores for part, cost in costs.items() if part != BESIDE)
    busy = sum(cost.whole for cost in costs.values())
    return max(each / workers, busy / cores)


def _factors(one: Measured, cores: int) -> dict[str, float]:
    """How many times longer than it was guessed each part of the work took."""
    costs = {part: cost.alone + cost.spread / cores for part, cost in one.costs.items() if part != BESIDE}
    guessed, taken = sum(costs.values()), sum(one.parts.values())
    whole = one.seconds / seconds_of(one.costs, one.workers, cores)
    return {
        part: whole * (one.parts[part] / taken) / (cost / guessed)
        for part, cost in costs.items()
        if cost > 0 and one.parts.get(part, 0.0) > 0
    }


def _on_line(one: tuple[int, float], other: tuple[int, float], pixels: int) -> float:
    """Seconds of a frame, by those of two other sizes, (pixels, seconds): some for any picture, some for a pixel."""
    small, large = sorted((one, other))
    slope = max(0.0, (large[1] - small[1]) / (large[0] - small[0]))
    slope = min(slope, large[1] / large[0])  # less than nothing is not left for a picture without pixels
    return large[1] + slope * (pixels - large[0])


def this_machine() -> Speed:
    """The speed of this machine, as far as it was measured."""
    return Speed(measurements(), usable_cores())


def measurements() -> list[Measured]:
    """What was measured on this machine and is kept, the latest last."""
    path = kept_file()
    return [] if path is None else _read(path)


def keep(measured: Measured) -> None:
    """Keeps a measurement of this machine. Where nothing can be kept, nothing is."""
    path = kept_file()
    if path is None:
        return
    of = (measured.scene, measured.output, measured.size)
    before = [one for one in _read(path) if (one.scene, one.output, one.size) != of]
    with suppress(OSError):
        path.parent.mkdir(parents=True, exist_ok=True)
        write_own(path, "".join(json.dumps(asdict(one)) + "\n" for one in [*before, measured][-KEPT:]))


def kept_file() -> Path | None:
    """The file of this kind of machine, which may not exist yet; None: nothing is kept."""
    folder = cache_folder("speed")
    if folder is None:
        return None
    name = re.sub(r"[^A-Za-z0-9.]+", "_", processor())[:80].strip("_")
    return folder / f"{name}_{usable_cores()}_cores_{len(gpus_of(os.environ))}_gpus.jsonl"


def processor() -> str:
    """The name of the processor."""
    with suppress(OSError):
        for line in Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines():
            if line.startswith("model name"):
                return " ".join(line.split(":", 1)[1].split())
    return platform.processor() or platform.machine() or "unknown"


def _read(path: Path) -> list[Measured]:
    found = []
    for line in (read_own(path) or "").splitlines():
        with suppress(ValueError, TypeError, LookupError, AttributeError, RecursionError):
            found.append(_measured(json.loads(line)))
    return found


def _measured(facts: dict[str, object]) -> Measured:
    """A measurement of what a line tells.

    Raises:
        ValueError, TypeError, LookupError, AttributeError: it cannot be believed.
    """
    one = Measured(**facts)  # type: ignore[arg-type]
    width, height = one.size
    one = replace(one, size=(width, height), guess={part: (cost[0], cost[1]) for part, cost in one.guess.items()})
    numbers = [one.seconds, one.workers, one.pixels, *one.parts.values(), *(cost.whole for cost in one.costs.values())]
    if one.version != VERSION or not all(math.isfinite(number) and number >= 0 for number in [*numbers, one.start]):
        raise ValueError(f"version {one.version}")
    if min(numbers[:3]) <= 0 or sum(one.parts.values()) <= 0 or seconds_of(one.costs, 1, 1) <= 0:
        raise ValueError("nothing was measured")
    return one
