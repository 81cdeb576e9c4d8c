"""What is in a data file, and a first scene for it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from moviemaker.core.errors import Mistake
from moviemaker.core.fields import Particles
from moviemaker.data._files import open_file
from moviemaker.data._grid_source import GridSource
from moviemaker.data._particle_source import ParticleSource
from moviemaker.data._parts import groups_of_particles
from moviemaker.data._trajectories import TrajectorySource
from moviemaker.data.grid import Grid
from moviemaker.data.particles import Particles as ParticlesKind

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
    """

    name: str
    shape: tuple[int, ...]
    dtype: str
    low: float
    high: float

    def __str__(self) -> str:
        span = "no finite value" if np.isnan(self.low) else f"{self.low:.6g} to {self.high:.6g}"
        return f"{' x '.join(map(str, self.shape))} {self.dtype}, {span}"


@dataclass(frozen=True)
class Description:
    """What is in a data file.

    Attributes:
        file: its name.
        kind: the data kind of a scene that reads it, `grid` or `particles`.
        fields: everything that can give colours.
        times: data times of the snapshots, empty if nothing moves.
        bounds: (low, high) along x, y, z; of particles those of the first snapshot.
        warnings: what `check` would warn of.
        scene: text of a scene that renders the file.
    """

    file: str
    kind: str
    fields: tuple[Field, ...]
    times: tuple[float, ...]
    bounds: tuple[tuple[float, float], ...]
    warnings: tuple[str, ...]
    scene: str

    def __str__(self) -> str:
        """All of it for a reader, what it says in comments: the text is a scene file as it stands."""
        axes = [f"{axis} {low:.6g} to {high:.6g}" for axis, (low, high) in zip("xyz", self.bounds, strict=True)]
        count = len(self.times)
        times = f"{count}, from {self.times[0]:.6g} to {self.times[-1]:.6g}" if count else "one, nothing moves"
        width = max(len(field.name) for field in self.fields)
        lines = [
            f"{self.file}: {'a grid' if self.kind == 'grid' else 'particles'}",
            f"  times:  {times}",
            f"  bounds: {', '.join(axes)}",
            "  fields:",
            *(f"    {field.name:{width}}  {field}" for field in self.fields),
            *(f"  warning: {warning}" for warning in self.warnings),
            "A scene that shows it, to be saved in the same folder:",
        ]
        return "\n".join(f"# {line}" for line in lines) + f"\n\n{self.scene.rstrip()}"


def describe(path: Path) -> Description:
    """Looks into a data file.

    Raises:
        Mistake: the file is not there, cannot be read, or holds neither a grid nor particles.
    """
    path = Path(path)
    folder, name = path.parent, path.name
    if not path.is_file():
        Grid(file=name).open(folder)  # says what is wrong
    groups = groups_of_particles(open_file(path))
    group = groups[0] if len(groups) > 1 else None
    if _holds_grid(path, group):
        return _describe_grid(Grid(file=name).open(folder), name)
    return _describe_particles(ParticlesKind(file=name, group=group).open(folder), name, group)


def _holds_grid(path: Path, group: str | None) -> bool:
    arrays = open_file(path).arrays
    try:
        ParticlesKind(file=path.name, group=group).open(path.parent)
    except Mistake:
        return any(stored.ndim in (3, 4) for stored in arrays.values())
    return False


def _describe_grid(source: GridSource, name: str) -> Description:
    warnings = source.examine()
    grid = source.at(0.0 if source.times is None else float(source.times[0]), source.fields)
    fields = tuple(_field(n, array, source.survey(n)) for n, array in grid.fields.items())
    # Values that fill the box are the background; what is rarer is worth seeing.
    values = np.concatenate([_sampled(part) for part in source.survey(source.fields[0])])
    low, middle, high = np.percentile(values, [50, 90, 99.9]).tolist()
    if not low < middle < high:
        low, high = float(values.min()), float(values.max())
        high = high if high > low else low + 1.0
        middle = (low + high) / 2
    layer = f"""  - kind: volume
    data: {_stem(name)}
    field: {_quoted(source.fields[0])}
    colormap: inferno
    range: [{low:.6g}, {high:.6g}]
    transfer: [[{low:.6g}, 0], [{middle:.6g}, 0.02], [{high:.6g}, 0.3]]   # value -> opacity
"""
    return Description(
        name,
        "grid",
        fields,
        _times(source),
        grid.bounds,
        tuple(warnings),
        _scene("grid", name, grid.bounds, _times(source), layer),
    )


def _describe_particles(source: ParticleSource | TrajectorySource, name: str, group: str | None) -> Description:
    warnings = source.examine()
    sample: Particles = source.at(0.0 if source.times is None else float(source.times[0]), source.fields)
    fields = tuple(_field(n, array, source.survey(n)) for n, array in sample.fields.items())
    position = np.asarray(sample.position, np.float64)
    if not len(position):
        raise Mistake(f"the first snapshot of {name!r} holds no particles", "look at a later one", ("file",))
    lows, highs = position.min(axis=0), position.max(axis=0)
    bounds = tuple((float(low), float(high)) for low, high in zip(lows, highs, strict=True))
    by = next(name for name in ("rgb", "cpk", "speed", "distance") if name in source.fields)
    color = f"{{by: {by}}}" if by in ("rgb", "cpk") else f'{{by: {by}, colormap: viridis, range: ["1%", "99%"]}}'
    layer = f"""  - kind: points
    data: {_stem(name)}
    shape: sphere
    size: {_typical_distance(position):.3g}
    color: {color}
"""
    times = _times(source)
    scene = _scene("particles", name, bounds, times, layer, "" if group is None else f", group: {_quoted(group)}")
    return Description(name, "particles", fields, times, bounds, tuple(warnings), scene)


def _typical_distance(position: np.ndarray) -> float:
    """Distance between neighbours, as if the middle nine tenths along each axis were spread evenly in their box."""
    low, high = np.percentile(position, [5, 95], axis=0)
    widths = np.maximum(high - low, 0.01 * (high - low).max())
    distance = float((np.prod(widths) / max(len(position), 1)) ** (1 / 3))
    return distance or 1.0


def _field(name: str, array: np.ndarray, survey: Iterator[np.ndarray]) -> Field:
    low, high = np.inf, -np.inf
    for values in survey:
        if len(values):
            low, high = min(low, float(values.min())), max(high, float(values.max()))
    found = low <= high
    return Field(name, array.shape, str(array.dtype), low if found else np.nan, high if found else np.nan)


def _sampled(values: np.ndarray) -> np.ndarray:
    """Enough values for percentiles."""
    return values[:: max(1, len(values) // 200_000)]


def _times(source: GridSource | ParticleSource | TrajectorySource) -> tuple[float, ...]:
    return () if source.times is None else tuple(source.times.tolist())


def _stem(name: str) -> str:
    """A name for the data: that of the file up to its first point, in letters, digits and underscores."""
    stem = "".join(letter if letter.isalnum() else "_" for letter in name.split(".")[0])
    return stem if stem[:1].isalpha() else f"data_{stem}"


def _quoted(text: str) -> str:
    """Text as YAML takes it, whatever is in it."""
    import json

    return json.dumps(text, ensure_ascii=False)


def _scene(
    kind: str,
    name: str,
    bounds: tuple[tuple[float, float], ...],
    times: tuple[float, ...],
    layer: str,
    more: str = "",
) -> str:
    center = [(low + high) / 2 for low, high in bounds]
    # The sphere around the bounds fits into a vertical angle of view of 40 degrees, with a little room.
    radius = 1.1 * (0.5 * float(np.linalg.norm([high - low for low, high in bounds])) or 1.0) / np.sin(np.radians(20))
    clock = (
        f"clock: {{0: {times[0]:.6g}, {DURATION}: {times[-1]:.6g}}}   # movie second -> data time\n" if times else ""
    )
    middle = ", ".join(f"{value:.6g}" for value in center)
    return f"""title: {_quoted(name)}
duration: {DURATION}   # seconds
fps: 30
background: black
{clock}
data:
  {_stem(name)}: {{kind: {kind}, file: {_quoted(name)}{more}}}

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
