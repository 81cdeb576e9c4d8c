"""How fast this machine works, by what it has drawn: renders and `check --measure` keep what they have measured.

Each line of the file is a measurement of an output: what a frame of it took, and what it was guessed to take (`work`).
An output that was drawn before is its own best witness. Two sizes of its pictures tell what a frame takes whatever its
size, and what each pixel takes; one size tells how far the guess is off. Outputs that were never drawn here are
guessed, and the guess is corrected as those of the outputs that were drawn here have to be.

A frame takes two things: seconds of the process that draws it, and seconds of processor cores, of which one process
alone keeps several busy. Several processes are as fast as there are of them, until they have used up all cores.

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
from moviemaker.farm.crew.sizing import ALONE, PROCESS
from moviemaker.farm.crew.surroundings import gpus_of
from moviemaker.rendering.work import Cost, Size

VERSION = 2
"""Of the lines and of the guesses in them. To be raised with every change of a price in `work`."""

KEPT = 200
"""Number of measurements that are kept."""

START = 1.5
"""Seconds until the first frame is begun, where nothing is known."""

_APART = 2.0  # ratio of two sizes, in pixels, that tell what each pixel takes

Basis = Literal["measured", "others", "guess"]


@dataclass(frozen=True)
class Measured:
    """What was measured of an output.

    Attributes:
        scene: the scene file.
        output: name of the output.
        size: (width, height) of the pictures, pixels.
        renderer: which drew them, as OpenGL names it.
        start: seconds before the first frame.
        cost: of a frame, (seconds of the process, seconds of all cores).
        guess: what it was guessed to be.
        encoding: seconds of a frame in an encoder that was slower than the drawing; 0: it was not slower.
        version: of all this.
    """

    scene: str
    output: str
    size: tuple[int, int]
    renderer: str
    start: float
    cost: Cost
    guess: Cost
    encoding: float = 0.0
    version: int = VERSION

    @property
    def pixels(self) -> int:
        """Pixels of a picture."""
        return self.size[0] * self.size[1]


@dataclass(frozen=True)
class Prediction:
    """What frames will take.

    Attributes:
        start: seconds before the first one, in a process that has opened the data.
        cost: of a frame.
        basis: whether this output was `measured`, or only `others` were, or it is a `guess`.
        cores: that the processes share.
        opening: seconds of a core for opening the data in a further process.
        beside: seconds of all cores for the encoding of a frame.
        encoding: seconds from one encoded frame to the next at least.
    """

    start: float
    cost: Cost
    basis: Basis
    cores: int = 1
    opening: float = 0.0
    beside: float = 0.0
    encoding: float = 0.0

    def each(self, workers: int) -> float:
        """Seconds from one finished frame to the next."""
        drawn = max(self.cost.seconds / workers, (self.cost.busy + self.beside) / self.cores)
        return max(drawn, self.encoding)

    def total(self, frames: int, workers: int | None) -> float:
        """Seconds for a number of frames, with their encoding.

        Args:
            frames: their number.
            workers: number of processes; None: as many as are found to be best.
        """
        further = PROCESS + self.opening + self.start  # of a core, until a further process draws
        if workers is not None and workers > 1:
            return further * max(1.0, workers / self.cores) + frames * self.each(workers)
        alone = self.start + frames * self.each(1)
        if workers == 1 or self.cores == 1 or frames <= ALONE:
            return alone
        # This process draws until the others do. Their start takes cores from it, and gives them frames later.
        left, others = frames - ALONE, 1 - 1 / self.cores
        several = left * self.each(self.cores) + others * (further + self.cost.seconds)
        return min(alone, self.start + ALONE * self.each(1) + several)


class Speed:
    """The speed of a machine.

    Args:
        known: what was measured, the latest last. What another renderer than the latest has drawn is left out.
        cores: of the machine.

    Attributes:
        cores: as given.
    """

    def __init__(self, known: Sequence[Measured], cores: int):
        self._known = {(one.scene, one.output, one.size): one for one in known if one.renderer == known[-1].renderer}
        self.cores = cores

    def predict(
        self,
        scene: str,
        output: str,
        size: Size,
        guess: Callable[[Size], Cost],
        *,
        opening: float = 0.0,
        beside: float = 0.0,
    ) -> Prediction:
        """What frames of an output will take.

        Args:
            scene: the scene file.
            output: name of the output.
            size: (width, height) of its pictures, pixels.
            guess: the cost of a frame of pictures of a size, as it is guessed.
            opening: seconds of a core for opening the data in a further process.
            beside: seconds of all cores for the encoding of a frame, as they are guessed.
        """
        pixels, known = size[0] * size[1], list(self._known.values())
        own = [one for one in known if (one.scene, one.output) == (scene, output)]
        if own:
            start, cost = max(one.start for one in own), _as_before(own, size, guess)
            encoding = max(one.encoding * pixels / one.pixels for one in own)
            return Prediction(start, cost, "measured", self.cores, opening, beside, encoding)
        if known:
            start, off = median(one.start for one in known), [one.cost / one.guess for one in known]
            cost = guess(size) * Cost(median(one.seconds for one in off), median(one.busy for one in off))
            return Prediction(start, cost, "others", self.cores, opening, beside)
        return Prediction(START, guess(size), "guess", self.cores, opening, beside)


def _as_before(own: Sequence[Measured], size: Size, guess: Callable[[Size], Cost]) -> Cost:
    """The cost of a frame of an output, by one or two measurements of it."""

    def as_asked(one: Measured) -> Cost:
        """What a frame of that size would take now, if the scene has changed or other frames are asked for."""
        return one.cost * (guess(one.size) / one.guess)

    pixels = size[0] * size[1]
    nearest, *others = sorted(own, key=lambda one: abs(math.log(one.pixels / pixels)))
    far = next((one for one in others if abs(math.log(one.pixels / nearest.pixels)) >= math.log(_APART)), None)
    if far is None:
        return as_asked(nearest) * (guess(size) / guess(nearest.size))
    small, large = sorted((nearest, far), key=lambda one: one.pixels)
    less, more, sizes = as_asked(small), as_asked(large), (small.pixels, large.pixels, pixels)
    return Cost(_on_line(*sizes, less.seconds, more.seconds), _on_line(*sizes, less.busy, more.busy))


def _on_line(small: int, large: int, pixels: int, less: float, more: float) -> float:
    """Seconds of a frame, by those of two other sizes: some for any picture, some for a pixel."""
    slope = max(0.0, (more - less) / (large - small))
    slope = min(slope, more / large)  # less than nothing is not left for a picture without pixels
    return more + slope * (pixels - large)


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
    cost, guess = Cost(**one.cost), Cost(**one.guess)  # type: ignore[arg-type]
    one = replace(one, size=(width, height), cost=cost, guess=guess)
    taken = [one.pixels, cost.seconds, cost.busy, guess.seconds, guess.busy]
    if one.version != VERSION or not all(math.isfinite(number) for number in [*taken, one.start, one.encoding]):
        raise ValueError(f"version {one.version}")
    if min(taken) <= 0 or min(one.start, one.encoding) < 0:
        raise ValueError("nothing was measured")
    return one
