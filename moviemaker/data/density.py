"""Particles made into a grid: their density, as a Gaussian kernel density estimate or as a histogram.

```yaml
kind: density
of: stream
shape: 128
bandwidth: scott
```

`of` names data that are particles. The density moves with them, also between their snapshots, on one grid for the whole
movie: `shape` is its number of samples (one or three), `bounds` the positions of the first and the last one. Without
bounds the grid goes beyond all particles by four standard deviations of the Gaussians, or by `margin`.

`method: kde` is what `scipy.stats.gaussian_kde` computes. `bandwidth` is `scott`, `silverman`, or the number by which
standard deviations of the particles are multiplied to become those of the Gaussians (0.05 shows finer things); the
Gaussians have the full covariance of the particles. Of a sequence the covariance is the mean over its snapshots (of
32 that are spread over it evenly, if there are more), so that nothing flickers. `width` makes Gaussians round instead,
with this length as their standard deviation, which suits streams, shells and clusters. The density integrates to 1 at
any time, or with `weights: FIELD` to the sum of these. Narrow Gaussians are computed on a finer grid; where the grid is
too coarse to show them, `check` says so.

```yaml
kind: density
of: gas
shape: [256, 256, 64]
bounds: [[-20, 20], [-20, 20], [-5, 5]]
method: histogram
weights: mass
```

`method: histogram` has the field `density`, the number of particles (or the sum of their weights) per unit of volume,
and the field `count`, that in each cell, which `numpy.histogramdd` and vaex give. Its `bounds` are, as theirs, the
outer faces of the outer cells, by default around the particles closely; samples are the middles of cells.

With `average: true` it is the mean over all snapshots, which does not move: where atoms are how often. Every snapshot
counts alike. For molecules that turn and drift let the trajectory be aligned first.

```yaml
kind: density
of: water
average: true
width: 0.5
bounds: [[-20, 20], [-20, 20], [-20, 20]]
```

Particles that have a `period` give a density that goes round their box, which is then the bounds: the last sample of a
kde is the first one again. `periodic: false` takes no account of the box.

Tables that are too large for memory are read piece by piece, from `file` itself: Parquet, HDF5 (also vaex's), CSV, or a
folder of Parquet files as Dask writes it. Several files are parts of one table. `position`, `group` and `select` are
those of `particles`, `period` the lengths of the box.

```yaml
kind: density
file: "survey/*.parquet"
position: [x, y, z]
weights: mass
select: "mass > 1e5"
method: histogram
shape: 256
```

The field `log10_density` is the logarithm, for densities that span decades. Where there is next to nothing it stays at
a thousandth of the peak of one Gaussian, or at a tenth of one particle in a cell.

What was computed is kept on disk, by what it was made from, at most 4 GiB of it: in `~/.cache/moviemaker`, or in the
folder that the environment variable `MOVIEMAKER_CACHE` names; `MOVIEMAKER_CACHE=off` keeps nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import model_validator

from moviemaker.core.errors import InputError, InputErrors, Location
from moviemaker.core.fields import Grid, Particles
from moviemaker.core.kinds import Kind
from moviemaker.core.sources import Source, sample_type
from moviemaker.core.values import (
    BOX,
    COUNT,
    DATA_NAME,
    NOT_NEGATIVE,
    POSITIVE,
    TEXT,
    TRUTH,
    Value,
    choice,
    list_of,
    one_of,
    optional,
)
from moviemaker.data.columns.conditions import CONDITION
from moviemaker.data.densities.settings import Wanted
from moviemaker.data.files.find import FILE
from moviemaker.data.particle_sets.periodic_box import PERIOD, Period

SHAPE = one_of(COUNT, list_of(COUNT, "", (3,)), right="one whole number or three, such as 128 or [256, 256, 64]")
BANDWIDTH: Value = one_of(
    choice("scott", "silverman", noun="bandwidth"), POSITIVE, right="scott, silverman, or a factor such as 0.05"
)
COLUMNS = one_of(
    TEXT, list_of(TEXT, "", (3,)), right="the name of an array, or three names of columns such as [x, y, z]"
)
METHOD = choice("kde", "histogram", noun="method")

OF_TABLES = ("position", "group", "select", "period")
"""Keys that belong to a table; other particles say these things themselves."""


class Density(Kind):
    """A density of particles, which are other data or a table."""

    kind: Literal["density"] = "density"
    of: Annotated[str | None, optional(DATA_NAME)] = None
    file: Annotated[str | tuple[str, ...] | None, optional(FILE)] = None
    shape: Annotated[int | tuple[int, int, int], SHAPE] = 128
    bounds: Annotated[tuple[tuple[float, float], ...] | None, optional(BOX)] = None
    margin: Annotated[float | None, optional(NOT_NEGATIVE)] = None
    method: Annotated[str, METHOD] = "kde"
    bandwidth: Annotated[str | float | None, optional(BANDWIDTH)] = None
    width: Annotated[float | None, optional(POSITIVE)] = None
    weights: Annotated[str | None, optional(TEXT)] = None
    periodic: Annotated[bool | None, optional(TRUTH)] = None
    average: Annotated[bool, TRUTH] = False
    position: Annotated[str | tuple[str, ...] | None, optional(COLUMNS)] = None
    group: Annotated[str | None, optional(TEXT)] = None
    select: Annotated[str | None, optional(CONDITION)] = None
    period: Annotated[Period | None, optional(PERIOD)] = None

    @model_validator(mode="after")
    def _check_together(self) -> Self:
        found = []
        if self.of is None and self.file is None:
            right = "write of: and the name of particles, or file: and a table"
            raise InputError("the key 'of' is missing", right, ("of",))
        if self.of is not None and self.file is not None:
            found.append(InputError("a density is of particles or of a file", "write either of or file", ("file",)))
        for key in OF_TABLES if self.of is not None else ():
            if getattr(self, key) is not None:
                found.append(InputError(f"{key} belongs to the particles", f"write {key} for {self.of!r}", (key,)))
        if self.file is not None and self.period is None and self.periodic:
            found.append(
                InputError("no period says how large the box is", "write period: [a, b, c] instead", ("periodic",))
            )
        if self.file is not None and self.average:
            found.append(InputError("a table is of one time", "leave average out", ("average",)))
        for key in ("bandwidth", "width"):
            if self.method == "histogram" and getattr(self, key) is not None:
                found.append(InputError(f"a histogram has no {key}", "write method: kde, or leave it out", (key,)))
        if self.bandwidth is not None and self.width is not None:
            found.append(InputError("bandwidth and width say the same thing twice", "write one of them", ("width",)))
        for axis, (low, high) in enumerate(self.bounds or ()):
            if low >= high:
                what = f"the bounds {low:g} to {high:g} leave no room"
                found.append(InputError(what, "write the lower one first, then a higher one", ("bounds", axis)))
        if self.bounds is not None and self.margin is not None:
            found.append(InputError("bounds and margin say the same thing twice", "write one of them", ("margin",)))
        if found:
            raise InputErrors(found)
        self.wanted()
        return self

    @property
    def needs(self) -> tuple[tuple[Location, str], ...]:
        """Where other data are named, and their names."""
        return () if self.of is None else ((("of",), self.of),)

    def wanted(self) -> Wanted:
        """What the grid is to be.

        Raises:
            InputError: at `shape`: it is too large.
        """
        shape = (self.shape,) * 3 if isinstance(self.shape, int) else self.shape
        return Wanted(self.method, shape, self.bounds, self.bandwidth or "scott", self.width, self.margin)

    def open(self, folder: Path, sources: Mapping[str, Source[Any]] | None = None) -> Source[Grid]:
        """The density, which is computed when it is first asked for.

        Args:
            folder: that of the scene file, which relative paths start from.
            sources: the open data that are needed, by name.

        Raises:
            InputError: the data are not particles, or a file is not there or does not hold what the scene says.
        """
        if self.of is None:
            from moviemaker.data.densities.chunked_tables import open_tables
            from moviemaker.data.densities.table_source import TableDensity

            assert self.file is not None
            table = open_tables(self.file, folder, self.position, self.group, self.weights, self.select)
            return TableDensity(table, self.wanted(), self.period if self.periodic is not False else None)
        from moviemaker.data.densities.source import DensitySource
        from moviemaker.data.densities.time_average import MeanDensity  # compiled, and SciPy's transforms

        particles = (sources or {})[self.of]
        if sample_type(particles) is not Particles:
            raise InputError(f"{self.of!r} is not particles", "name data that is particles", ("of",))
        sort = MeanDensity if self.average else DensitySource
        return sort(particles, self.wanted(), self.weights, self.periodic)
