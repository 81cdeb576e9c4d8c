"""What is said of a data file, and the text of a scene that shows it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from moviemaker.core.sources import Source

DURATION = 8
"""Seconds of the suggested movie."""


@dataclass(frozen=True)
class Field:
    """One field of a data file.

    Attributes:
        name: what a scene calls it.
        shape: of one snapshot.
        dtype: NumPy's name of its type.
        low, high: lowest and highest finite value over all times; NaN if there is none.
        unit: of its values, if the file says it.
        note: what its histogram says.
    """

    name: str
    shape: tuple[int, ...]
    dtype: str
    low: float
    high: float
    unit: str = ""
    note: str = ""

    def __str__(self) -> str:
        span = "no finite value" if np.isnan(self.low) else f"{self.low:.6g} to {self.high:.6g} {self.unit}".rstrip()
        return f"{' x '.join(map(str, self.shape))} {self.dtype}, {span}{self.note and f'; {self.note}'}"


@dataclass(frozen=True)
class Description:
    """What is in a data file.

    Attributes:
        file: its name.
        kind: the data kind of a scene that reads it, `grid`, `mesh` or `particles`.
        fields: everything that can give colours.
        times: data times of the snapshots, empty if nothing moves.
        bounds: (low, high) along x, y, z; of particles those of the first snapshot.
        warnings: what `check` would warn of.
        scene: text of a scene that renders the file.
        facts: how it lies in space and how it was understood.
        clock: unit of the times, if the file says it.
        length: unit of the positions, if the file says it.
    """

    file: str
    kind: str
    fields: tuple[Field, ...]
    times: tuple[float, ...]
    bounds: tuple[tuple[float, float], ...]
    warnings: tuple[str, ...]
    scene: str
    facts: tuple[str, ...] = ()
    clock: str = ""
    length: str = ""

    def __str__(self) -> str:
        """All of it for a reader, what it says in comments: the text is a scene file as it stands."""
        axes = [f"{axis} {' to '.join(apart(pair))}" for axis, pair in zip("xyz", self.bounds, strict=True)]
        count = len(self.times)
        times = f"{count}, from {' to '.join(apart((self.times[0], self.times[-1])))} {self.clock}" if count else _STILL
        width = max(len(field.name) for field in self.fields)
        lines = [
            f"{self.file}: {'particles' if self.kind == 'particles' else f'a {self.kind}'}",
            f"  times:  {times.rstrip()}",
            f"  bounds: {', '.join(axes)} {self.length}".rstrip(),
            *(f"  {fact}" for fact in self.facts),
            "  fields:",
            *(f"    {field.name:{width}}  {field}" for field in self.fields),
            *(f"  warning: {warning}" for warning in self.warnings),
            "A scene that shows it, to be saved in the same folder:",
        ]
        return "\n".join(f"# {line}" for line in lines) + f"\n\n{self.scene.rstrip()}"


_STILL = "one, nothing moves"


def field_of(name: str, array: np.ndarray, survey: Iterator[np.ndarray], unit: str = "", note: str = "") -> Field:
    """What is told of a field, whose values are surveyed.

    Args:
        name: of the field.
        array: its values at one time.
        survey: its finite values, snapshot by snapshot.
        unit: of them.
        note: more to say.
    """
    low, high = np.inf, -np.inf
    for values in survey:
        if len(values):
            low, high = min(low, float(values.min())), max(high, float(values.max()))
    found = low <= high
    return Field(name, array.shape, str(array.dtype), low if found else np.nan, high if found else np.nan, unit, note)


def apart(ends: tuple[float, float]) -> tuple[str, str]:
    """The two ends of a range in six digits, or in so many more that a millionth of the range is seen."""
    span, largest = abs(ends[1] - ends[0]), max(abs(end) for end in ends)
    digits = 6
    if np.isfinite([span, largest]).all() and span > 0:
        digits = min(6 + max(int(np.floor(np.log10(largest / span))), 0), 15)
    return f"{ends[0]:.{digits}g}", f"{ends[1]:.{digits}g}"


def times_of(source: Source[Any]) -> tuple[float, ...]:
    """The times of the snapshots, none if nothing moves."""
    return () if source.times is None else tuple(source.times.tolist())


def stem(name: str) -> str:
    """A name for the data: that of the file up to its first point, in letters, digits and underscores."""
    last = name.rstrip("/").rpartition("/")[2]
    stem = "".join(letter if letter.isalnum() else "_" for letter in last.split(".")[0])
    stem = stem.rstrip("_") or "data"
    return stem if stem[:1].isalpha() else f"data_{stem}"


def numbers_of(values: object) -> str:
    """Numbers, one after the other."""
    return ", ".join(f"{value:.6g}" for value in np.asarray(values, float))


def quoted(text: str) -> str:
    """Text as YAML takes it, whatever is in it."""
    import json

    return json.dumps(text, ensure_ascii=False)


def sphere_inside(radius: float, kind: str) -> tuple[str, str]:
    """The data and the layer of a dark globe, without which one sees the far side where there are no data.

    Args:
        radius: of it.
        kind: of what lies around it, in words.
    """
    said = f"a dark globe inside: where there are no {kind}, the far side does not show"
    data = f"  globe: {{kind: mesh, globe: {radius:.6g}}}   # {said}\n"
    return data, "  - {kind: surface, data: globe, color: '#404040', shade: false}\n"


def round_one(bounds: Sequence[tuple[float, float]]) -> tuple[tuple[float, float], ...]:
    """The bounds of the cube inside a ball of these bounds: a camera that sees its corners sees all of the ball."""
    inside = 1 / np.sqrt(3)
    return tuple(
        ((low + high) / 2 - inside * (high - low) / 2, (low + high) / 2 + inside * (high - low) / 2)
        for low, high in bounds
    )


def scene_text(
    kind: str,
    name: str,
    bounds: Sequence[tuple[float, float]],
    times: tuple[float, ...],
    layer: str,
    more: str = "",
    beside: str = "",
) -> str:
    """A scene that shows one file, seen from a camera that goes round it once.

    Args:
        kind: of the data.
        name: of the file.
        bounds: of the data.
        times: of its snapshots.
        layer: that draws it, as it stands in the list.
        more: further keys of the data.
        beside: a line with further data.
    """
    center = [(low + high) / 2 for low, high in bounds]
    # The sphere around the bounds fits into a vertical angle of view of 40 degrees, with a little room.
    radius = 1.1 * (0.5 * float(np.linalg.norm([high - low for low, high in bounds])) or 1.0) / np.sin(np.radians(20))
    clock = ""
    if times:
        first, last = apart((times[0], times[-1]))
        clock = f"clock: {{0: {first}, {DURATION}: {last}}}   # movie second -> data time\n"
    middle = ", ".join(apart((value, value + radius))[0] for value in center)
    return f"""title: {quoted(name)}
duration: {DURATION}   # seconds
fps: 30
background: black
{clock}
data:
  {stem(name)}: {{kind: {kind}, file: {quoted(name)}{more}}}
{beside}
layers:
{layer}
camera:
  up: [0, 0, 1]
  fov: 40
  orbit:
    center: [{middle}]
    radius: {radius:.6g}
    elevation: 20
    azimuth: {{0: 0, {DURATION}: 360}}

outputs:
  hd: {{lens: perspective, size: [1280, 720]}}
"""
