"""Particles made into a grid: their density, as a Gaussian kernel density estimate or as a histogram.

```yaml
kind: density
of: stream
shape: 128
bandwidth: scott
```

`of` names particles. The density moves with them, also between their snapshots, on one grid for the whole movie:
`shape` is its number of samples (one or three numbers), and `bounds` are the positions of the first and the last
sample. Without `bounds` the grid extends beyond all particles by four standard deviations of the Gaussians, or by
`margin`.

`method: kde` computes what `scipy.stats.gaussian_kde` computes. The Gaussians have the full covariance of the
particles, scaled by `bandwidth`: `scott`, `silverman`, or a factor for their standard deviations (0.05 shows finer
structure). For a sequence the covariance is the mean over its snapshots (over 32 evenly spread ones if there are more),
so that the picture does not flicker. `width` makes the Gaussians round instead, with this length as their standard
deviation, which suits streams, shells and clusters. The density integrates to 1 at any time, or with `weights: FIELD`
to the sum of the weights. Narrow Gaussians are computed on a finer grid. `check` warns if the grid is too coarse for
them.

```yaml
kind: density
of: gas
shape: [256, 256, 64]
bounds: [[-20, 20], [-20, 20], [-5, 5]]
method: histogram
weights: mass
```

`method: histogram` has the field `density`, the number of particles (or the sum of their weights) per unit of volume,
and the field `count`, that in each cell, as `numpy.histogramdd` and vaex give it. Its `bounds` are, as theirs, the
outer faces of the outer cells, by default just around the particles. The samples are the centres of the cells.

`average: true` gives the mean over all snapshots, which does not move: where atoms are how often. Every snapshot has
the same weight. Align trajectories of molecules that turn and drift beforehand.

```yaml
kind: density
of: water
average: true
width: 0.5
bounds: [[-20, 20], [-20, 20], [-20, 20]]
```

Particles that have a `period` give a periodic density in their box, which then is the bounds: the last sample of a kde
equals the first one. `periodic: false` ignores the box.

Tables that are too large for memory are read piece by piece, directly from `file`: Parquet, HDF5 (also vaex's), CSV, or
a folder of Parquet files as Dask writes it. Several files are parts of one table. `position`, `group` and `select` are
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

The field `log10_density` is the logarithm, for densities that span decades. It does not fall below that of a thousandth
of the peak of one Gaussian, or of a tenth of one particle in a cell.

Densities that were computed are kept on disk, at most 4 GiB of them: in `~/.cache/moviemaker`, or in the folder that
the environment variable `MOVIEMAKER_CACHE` names. `MOVIEMAKER_CACHE=off` keeps nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import model_validator

from moviemaker.core.errors import InputError, InputErrors, Location
from moviemaker.core.fields import Grid
from moviemaker.core.sources import Source, is_particles
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
from moviemaker.data.densities.settings import DensitySettings
from moviemaker.data.files.find import FILE
from moviemaker.data.particle_sets.periodic_box import PERIOD, Period
from moviemaker.data.placing.keys import DataSet

SHAPE = one_of(COUNT, list_of(COUNT, "", (3,)), right="one whole number or three, such as 128 or [256, 256, 64]")
BANDWIDTH: Value = one_of(
    choice("scott", "silverman", noun="bandwidth"), POSITIVE, right="scott, silverman, or a factor such as 0.05"
)
COLUMNS = one_of(
    TEXT, list_of(TEXT, "", (3,)), right="the name of an array, or three names of columns such as [x, y, z]"
)
METHOD = choice("kde", "histogram", noun="method")

OF_TABLES = ("position", "group", "select", "period")
"""Keys that go together with `file`; particles that are other data have their own."""


class Density(DataSet):
    """A density of particles, which are other data or a table."""

    kind: Literal["density"] = "density"
    """A density of particles, on a grid."""
    of: Annotated[str | None, optional(DATA_NAME)] = None
    """Name of the particles. Needed unless `file` is given."""
    file: Annotated[str | tuple[str, ...] | None, optional(FILE)] = None
    """A table to be read piece by piece, which may be larger than memory: a file, a glob, a list of files, or a folder
    of Parquet files. Replaces `of`.

    In `Scene.from_dict` of Python, `array` may give the table itself instead.
    """
    shape: Annotated[int | tuple[int, int, int], SHAPE] = 128
    """Number of samples along each axis, or along x, y and z: `[256, 256, 64]`."""
    bounds: Annotated[tuple[tuple[float, float], ...] | None, optional(BOX)] = None
    """Positions of the first and the last sample along x, y and z (of a histogram the outer faces of the outer cells),
    such as `[[-20, 20], [-20, 20], [-5, 5]]`. Default: around all particles, or the periodic box."""
    margin: Annotated[float | None, optional(NOT_NEGATIVE)] = None
    """Length by which the grid extends beyond the particles. Default: four standard deviations of the Gaussians."""
    method: Annotated[str, METHOD] = "kde"
    """`kde`, a Gaussian kernel density estimate, or `histogram`, counts in cells."""
    bandwidth: Annotated[str | float | None, optional(BANDWIDTH)] = None
    """Width of the Gaussians relative to the spread of the particles: `scott` (default), `silverman`, or a factor such
    as 0.05."""
    width: Annotated[float | None, optional(POSITIVE)] = None
    """Standard deviation of round Gaussians, scene units. Replaces `bandwidth`."""
    weights: Annotated[str | None, optional(TEXT)] = None
    """Field whose values weigh the particles, such as `mass`. Default: all weigh the same."""
    periodic: Annotated[bool | None, optional(TRUTH)] = None
    """Whether the density is periodic in the box of the particles. Default: if they have one."""
    average: Annotated[bool, TRUTH] = False
    """Whether it is the mean over all snapshots, which does not move."""
    position: Annotated[str | tuple[str, ...] | None, optional(COLUMNS)] = None
    """With `file`: name of the array of positions, or names of three columns: `[x, y, z]`. Default: found by usual
    names."""
    group: Annotated[str | None, optional(TEXT)] = None
    """With `file`: group of an HDF5 file in which the columns lie."""
    select: Annotated[str | None, optional(CONDITION)] = None
    """With `file`: condition on columns, such as `"mass > 1e5"`. Default: all rows."""
    period: Annotated[Period | None, optional(PERIOD)] = None
    """With `file`: the periodic box, as its lengths `[a, b, c]`, its three vectors, or `file` for what the first file
    says. Default: not periodic."""

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
            found.append(InputError("the size of the box is missing", "write period: [a, b, c] instead", ("periodic",)))
        if self.file is not None and self.average:
            found.append(InputError("a table has only one time", "leave average out", ("average",)))
        for key in ("bandwidth", "width"):
            if self.method == "histogram" and getattr(self, key) is not None:
                found.append(InputError(f"a histogram has no {key}", "write method: kde, or leave it out", (key,)))
        if self.bandwidth is not None and self.width is not None:
            found.append(InputError("bandwidth and width say the same thing twice", "write one of them", ("width",)))
        for axis, (low, high) in enumerate(self.bounds or ()):
            if low >= high:
                what = f"the bounds {low:g} to {high:g} are empty"
                found.append(InputError(what, "write the lower one first, then the higher one", ("bounds", axis)))
        if self.bounds is not None and self.margin is not None:
            found.append(InputError("bounds and margin say the same thing twice", "write one of them", ("margin",)))
        if found:
            raise InputErrors(found)
        self.settings()
        return self

    @property
    def needs(self) -> tuple[tuple[Location, str], ...]:
        """Places of the keys that name other data, and these names."""
        return () if self.of is None else ((("of",), self.of),)

    def settings(self) -> DensitySettings:
        """The settings of the density.

        Raises:
            InputError: at `shape`: it is too large.
        """
        shape = (self.shape,) * 3 if isinstance(self.shape, int) else self.shape
        return DensitySettings(self.method, shape, self.bounds, self.bandwidth or "scott", self.width, self.margin)

    def open(self, folder: Path, sources: Mapping[str, Source[object]] | None = None) -> Source[Grid]:
        """Opens the density; it is computed when it is first asked for.

        Args:
            folder: of the scene file, from which relative paths start.
            sources: the open data that `needs` names.

        Raises:
            InputError: the data are not particles, or a file is missing or does not hold what the scene says.
        """
        if self.of is None:
            from moviemaker.data.densities.chunked_tables import open_tables
            from moviemaker.data.densities.table_source import TableDensity

            assert self.file is not None
            table = open_tables(self.file, folder, self.position, self.group, self.weights, self.select)
            return TableDensity(table, self.settings(), self.period if self.periodic is not False else None)
        from moviemaker.data.densities.source import DensitySource
        from moviemaker.data.densities.time_average import MeanDensity  # compiled, and SciPy's transforms

        particles = (sources or {})[self.of]
        if not is_particles(particles):
            raise InputError(f"{self.of!r} is not particles", "name data that is particles", ("of",))
        sort = MeanDensity if self.average else DensitySource
        return sort(particles, self.settings(), self.weights, self.periodic)
