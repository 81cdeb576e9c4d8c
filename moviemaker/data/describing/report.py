"""The description of a data file, and the text of a first scene."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from moviemaker.core.machine.terminal import visible
from moviemaker.core.sources import Source
from moviemaker.data.describing.framing import FOV, SIZE, Framing, frame, seen_in_box

DURATION = 8
"""Seconds of the suggested movie."""

REACHED = 7.9
"""Movie second at which the suggested clock reaches the last snapshot: a little before the end, so that it is seen even
if data are held until the next one."""


@dataclass(frozen=True)
class Field:
    """One field of a data file.

    Attributes:
        name: in a scene.
        shape: of one snapshot.
        dtype: name of its type in NumPy.
        low, high: lowest and highest finite value over all times; NaN: no finite value.
        unit: of its values; empty: unknown.
        note: summary of its histogram.
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
    """The content of a data file.

    Attributes:
        file: its name.
        kind: data kind that reads it: `grid`, `mesh` or `particles`.
        fields: that can give colours.
        times: data times of the snapshots; empty: a single snapshot.
        bounds: (low, high) along x, y, z; for particles those of the first snapshot.
        warnings: that `check` would give.
        scene: text of a scene that renders the file.
        facts: position in space, and how the file was interpreted.
        clock: unit of the times; empty: unknown.
        length: unit of the positions; empty: unknown.
        folder: in which the scene is to be saved; empty: that of the file.
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
    folder: str = ""

    def __str__(self) -> str:
        """The description as comments above the scene, so that the text is a scene file."""
        lines = [*self.lines, f"A scene that shows it, to be saved in {self.folder or 'the same folder'}:"]
        return "\n".join(f"# {visible(line, lines=False)}" for line in lines) + f"\n\n{self.scene.rstrip()}"

    @property
    def lines(self) -> list[str]:
        """The description without the scene."""
        axes = [f"{axis} {' to '.join(apart(pair))}" for axis, pair in zip("xyz", self.bounds, strict=True)]
        count = len(self.times)
        times = f"{count}, from {' to '.join(apart((self.times[0], self.times[-1])))} {self.clock}" if count else _STILL
        names = [visible(field.name, lines=False) for field in self.fields]
        width = max(map(len, names), default=0)
        return [
            f"{self.file}: {'particles' if self.kind == 'particles' else f'a {self.kind}'}",
            f"  times:  {times.rstrip()}",
            f"  bounds: {', '.join(axes)} {self.length}".rstrip(),
            *(f"  {fact}" for fact in self.facts),
            *(["  fields:"] if self.fields else []),
            *(f"    {name:{width}}  {field}" for name, field in zip(names, self.fields, strict=True)),
            *(f"  warning: {warning}" for warning in self.warnings),
        ]


_STILL = "one, nothing moves"


def field_of(name: str, array: np.ndarray, survey: Iterator[np.ndarray], unit: str = "", note: str = "") -> Field:
    """The description of a field. Its values are surveyed for their range.

    Args:
        name: of the field.
        array: its values at one time.
        survey: its finite values, snapshot by snapshot.
        unit: of the values.
        note: more about the field.
    """
    low, high = np.inf, -np.inf
    for values in survey:
        if len(values):
            low, high = min(low, float(values.min())), max(high, float(values.max()))
    found = low <= high
    return Field(name, array.shape, str(array.dtype), low if found else np.nan, high if found else np.nan, unit, note)


def apart(ends: tuple[float, float]) -> tuple[str, str]:
    """The two ends of a range with six digits, or more if a millionth of the range needs them."""
    span, largest = abs(ends[1] - ends[0]), max(abs(end) for end in ends)
    digits = 6
    if np.isfinite([span, largest]).all() and span > 0:
        digits = min(6 + max(int(np.floor(np.log10(largest / span))), 0), 15)
    return f"{ends[0]:.{digits}g}", f"{ends[1]:.{digits}g}"


def times_of(source: Source[object]) -> tuple[float, ...]:
    """The times of the snapshots; empty: a single snapshot."""
    return () if source.times is None else tuple(source.times.tolist())


def title_of(file: str | Sequence[str]) -> str:
    """The name of a file without its folders; of several files, the first and the last one."""
    if not isinstance(file, str):
        return f"{title_of(file[0])} to {title_of(file[-1])}" if len(file) > 1 else title_of(file[0])
    return file if "://" in file else file.rstrip("/").rpartition("/")[2]


def stem(file: str | Sequence[str]) -> str:
    """A name for the data: the name of the file up to its first point, in letters, digits and underscores."""
    last = (file if isinstance(file, str) else file[0]).rstrip("/").rpartition("/")[2]
    stem = "".join(letter if letter.isalnum() else "_" for letter in last.split(".")[0])
    stem = stem.rstrip("_") or "data"
    is_text = stem[:1].isalpha() and stem.lower() not in _VALUES
    return stem if is_text else f"data_{stem}"


_VALUES = ("y", "n", "yes", "no", "on", "off", "true", "false", "null")
"""Words that YAML takes for other things than text."""


def numbers_of(values: object) -> str:
    """Numbers, separated by commas."""
    return ", ".join(f"{value:.6g}" for value in np.asarray(values, float))


def quoted(text: str) -> str:
    """Text quoted for YAML."""
    import json

    return visible(json.dumps(text, ensure_ascii=False))  # YAML has the same escapes, and needs them


def field_name(name: str) -> str:
    """The name of a field in YAML, without quotes where they are not needed."""
    plain = name.isascii() and name.isidentifier() and name.lower() not in _VALUES
    return name if plain else quoted(name)


def _named(file: str | Sequence[str]) -> str:
    """The value of `file` in YAML."""
    return quoted(file) if isinstance(file, str) else f"[{', '.join(map(quoted, file))}]"


def sphere_inside(radius: float, kind: str) -> tuple[str, str]:
    """The data and the layer of a dark globe, which hides the far side where data are missing.

    Args:
        radius: of the globe.
        kind: of the data around it, in words.
    """
    remark = f"a dark globe inside: it hides the far side where {kind} are missing"
    data = f"  globe: {{kind: mesh, globe: {radius:.6g}}}   # {remark}\n"
    return data, "  - {kind: surface, data: globe, color: '#404040', shade: false}\n"


def scene_text(
    kind: str,
    file: str | Sequence[str],
    bounds: Sequence[tuple[float, float]],
    times: tuple[float, ...],
    layer: str,
    more: str = "",
    beside: str = "",
    framing: Framing | None = None,
) -> str:
    """A scene of one file, with a camera that orbits it.

    Args:
        kind: of the data.
        file: that the scene names: a path, a glob, or a list of paths.
        bounds: of the data.
        times: of its snapshots.
        layer: text of the layers.
        more: text of further keys of the data.
        beside: text of further data.
        framing: the camera (default: all of the bounds is in the picture).
    """
    framing = framing or frame(seen_in_box(bounds))
    (start, end), radius, (width, height) = framing.azimuth, framing.radius, SIZE
    clock = ""
    if times:
        first, last = apart((times[0], times[-1]))
        clock = f"clock: {{0: {first}, {REACHED:g}: {last}}}   # movie second -> data time\n"
    middle = ", ".join(apart((value, value + radius))[0] for value in framing.center)
    return f"""title: {quoted(title_of(file))}
duration: {DURATION}   # seconds
fps: 30
background: black
{clock}
data:
  {stem(file)}: {{kind: {kind}, file: {_named(file)}{more}}}
{beside}
layers:
{layer}
camera:
  up: [0, 0, 1]
  fov: {FOV:g}
  orbit:
    center: [{middle}]
    radius: {radius:.6g}
    elevation: {framing.elevation:g}
    azimuth: {{0: {start:g}, {DURATION}: {end:g}}}

outputs:
  hd: {{lens: perspective, size: [{width}, {height}]}}
  # parallel: {{lens: orthographic, height: {framing.height:.4g}, size: [{width}, {height}]}}
  # around: {{lens: equirectangular, size: [4096, 2048]}}   # with an orbit of radius {framing.around:.4g}
"""
