"""Points with properties: one snapshot, or many.

Arrays are `(n, 3)`, or `(t, n, 3)` for a time sequence; a file that names its arrays or columns has position, velocity,
id and time found by name. A table with the columns `time` and `id` is a time sequence. Particles are matched by id:
between two snapshots one is drawn only if both hold it, at a snapshot's own time all of that snapshot are.

```yaml
kind: particles
file: "snapshot_*.npz"
interpolation: hermite
```

Columns and arrays of other names are pointed at, and a periodic box is crossed the short way round:

```yaml
kind: particles
file: box.csv.gz
position: [x, y, z]
velocity: [u, v, w]
id: number
period: [100, 100, 100]
```

Molecules (`.pdb`, `.gro`, `.xyz`, `.dcd`, `.xtc`, `.trr`, `.h5md`, LAMMPS dumps) are in angstrom and picoseconds.
`topology` is the file that names the atoms of a trajectory, and `atoms` selects some of them in MDAnalysis' language:

```yaml
kind: particles
file: adk_dims.dcd
topology: adk.psf
atoms: protein and name CA
```

Fields are what is known of the atoms (`resid`, `chain`, `mass`, `charge` ...) and, by element, `cpk`, its usual colour,
`radius`, that of van der Waals, and `diameter`, for `size: {by: diameter}`. Bonds and backbones are data of kind
`bonds`. The atoms in a Gaussian cube have the same fields, and its own unit of length.

Points of VTK's formats come with their point data (`.vtp`, `.vtu`, `.vts`, `.vtk`, `.vtkhdf`), also as a series
(`.pvd`, `.series`). Of point clouds (`.las`, `.laz`, `.ply`) and of tables, columns red, green, blue and perhaps alpha
together are the field `rgb`: `color: {by: rgb}` shows it as it is.

`hermite` is the cubic that passes through every snapshot with its velocity (data length per data time). `period` is the
three lengths of the box, its three vectors (of a triclinic one) `[[ax, 0, 0], [bx, by, 0], [cx, cy, cz]]`, or `file`
for what the files say: the header of HDF5 snapshots (`BoxSize`), the cell of every frame of a trajectory. No box is
taken for granted: `check` tells if particles leave one that the files tell of. Positions are drawn in the box from 0
on, or from the lowest position of the first snapshot if that has positions outside of it.

Of the velocity and of any other field with three columns, components and length are fields too: `velocity_x`,
`velocity_y`, `velocity_z`, `velocity_magnitude`. Positions are `x`, `y`, `z` and `distance`, from the origin.

Snapshots of Gadget, Arepo and SWIFT (HDF5) are read as they are: `group` says which type of particle if there are
several, the parts of a snapshot (`snap_007.0.hdf5`, `snap_007.1.hdf5`) are read together, times are the `Time` of the
header. Factors of the scale factor and of Hubble's constant are left in the numbers, as the file has them.

```yaml
kind: particles
file: "snap_*.hdf5"
group: PartType4
period: file
fade: 0.5
select: "Masses > 1e-4 and distance < 500"
sample: 100000
```

Longitudes and latitudes in degrees, and perhaps heights, become positions on a `globe` of this radius around the
origin, x through longitude 0, z through the north pole. On their way they go along great circles and keep their height;
`velocity` is then that to the east, to the north and perhaps upwards:

```yaml
kind: particles
file: "icebergs/*.csv"
position: [lon, lat]
velocity: [ve, vn]
globe: 6371
interpolation: hermite
time: {column: date, format: YYYYDDD}
```

With `globe: 0` the third column is the distance from the origin: right ascension, declination (degrees) and distance of
stars around the sun, x towards the vernal equinox, z towards the celestial north pole.

```yaml
kind: particles
file: catalogue.csv
position: [ra, dec, distance]
globe: 0
```

With `fade`, particles that are born and die between snapshots come and go softly, in so many seconds of the movie.
`select` is a condition on fields that is looked at in every snapshot: comparisons, `and`, `or`, `not`, `+ - * / **`,
`abs`, `sqrt`, `log`, `log10`, `exp`, `min`, `max`. `every: 10` draws one of ten, `sample` so many; which ones follows
from their ids, and is the same in every snapshot.

The samples of a grid are particles too, for arrows of winds and currents; of its axes x, y, z `every` takes one of so
many samples, and what is missing is left out:

```yaml
kind: particles
of: wind
every: [8, 8, 1]
```

A group of particles that has a look of its own is data `of` other data; `kind` may be left out there:

```yaml
kind: particles
of: stream
select: released > 1000
```

In a table where most particles have times of their own, each moves between its own rows; `trajectories` says so, or
not, where that is not seen from the table. Without a column of ids each file is then the trajectory of one particle. A
time may be a date, which becomes a number (here: of days since 1970):

```yaml
kind: particles
file: "icebergs/*.csv"
position: [nic_2, nic_1, size_1]
time: {column: date, format: YYYYDDD, units: days since 1970-01-01}
select: y != 0
trajectories: true
```
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import model_validator

from moviemaker.core.errors import InputError, InputErrors, Location
from moviemaker.core.fields import Grid
from moviemaker.core.fields import Particles as ParticleSample
from moviemaker.core.kinds import Kind
from moviemaker.core.sources import Source, sample_type
from moviemaker.core.values import (
    COUNT,
    DATA_NAME,
    NOT_NEGATIVE,
    NUMBERS,
    POSITIVE,
    TEXT,
    TRUTH,
    Value,
    choice,
    list_of,
    one_of,
    optional,
)
from moviemaker.data.columns.conditions import CONDITION, Condition
from moviemaker.data.columns.dates import TIME, TimeColumn
from moviemaker.data.columns.roles import Names
from moviemaker.data.files.find import FILE, find_file, find_files
from moviemaker.data.formats.contents import Structure
from moviemaker.data.particle_sets.files import ParticleFiles
from moviemaker.data.particle_sets.filtered import FilteredParticles, Selectable
from moviemaker.data.particle_sets.grid_samples import GridPoints
from moviemaker.data.particle_sets.interpolation import AROUND_GLOBE, STRAIGHT
from moviemaker.data.particle_sets.periodic_box import FILE as BOX_OF_FILE
from moviemaker.data.particle_sets.periodic_box import PERIOD, Period
from moviemaker.data.particle_sets.selection import Selection
from moviemaker.data.particle_sets.source import ParticleSource
from moviemaker.data.particle_sets.trajectories import Table, TrajectorySource, has_own_times

COLUMNS = one_of(
    TEXT, list_of(TEXT, "", (2, 3)), right="the name of an array, or three names of columns such as [x, y, z]"
)
INTERPOLATION = choice("linear", "hermite", "hold", noun="interpolation")

_EVERY_ALONG = list_of(COUNT, "three whole numbers: [8, 8, 1]", (3,))
EVERY = Value(
    "a whole number, one of so many; of a grid also three, along x, y and z: [8, 8, 1]",
    lambda written: _EVERY_ALONG.parse(written) if isinstance(written, list | tuple) else COUNT.parse(written),
    {"anyOf": [COUNT.schema, _EVERY_ALONG.schema]},
    mix=None,
)

OF_OTHERS = ("kind", "of", "interpolation", "select", "every", "sample", "fade")
"""Keys of particles that are some of others."""


class Particles(Kind):
    """Points in files, or some of the particles of other data.

    Attributes:
        interpolation: None: linear, or that of the data `of` which these are some.
    """

    kind: Literal["particles"] = "particles"
    file: Annotated[str | tuple[str, ...] | None, optional(FILE)] = None
    of: Annotated[str | None, optional(DATA_NAME)] = None
    position: Annotated[str | tuple[str, ...] | None, optional(COLUMNS)] = None
    globe: Annotated[float | None, optional(NOT_NEGATIVE)] = None
    velocity: Annotated[str | tuple[str, ...] | None, optional(COLUMNS)] = None
    id: Annotated[str | None, optional(TEXT)] = None
    time: Annotated[TimeColumn | None, optional(TIME)] = None
    times: Annotated[tuple[float, ...] | None, optional(NUMBERS)] = None
    interpolation: Annotated[str | None, optional(INTERPOLATION)] = None
    period: Annotated[Period | None, optional(PERIOD)] = None
    group: Annotated[str | None, optional(TEXT)] = None
    topology: Annotated[str | None, optional(TEXT)] = None
    atoms: Annotated[str | None, optional(TEXT)] = None
    trajectories: Annotated[bool | None, optional(TRUTH)] = None
    select: Annotated[str | None, optional(CONDITION)] = None
    every: Annotated[int | tuple[int, int, int] | None, optional(EVERY)] = None
    sample: Annotated[int | None, optional(COUNT)] = None
    fade: Annotated[float | None, optional(POSITIVE)] = None

    @model_validator(mode="after")
    def _check_origin(self) -> Self:
        if self.of is None and self.file is None:
            right = "a path, a glob such as 'snapshot_*.npy', or a list of paths"
            raise InputError(
                "the key 'file' is missing", f"write file: {right}; or of: the name of a data set", ("file",)
            )
        for key, names in (("position", self.position), ("velocity", self.velocity)):
            if self.globe is None and isinstance(names, tuple) and len(names) == 2:
                right = f"write {COLUMNS.right}; or globe: and its radius, for longitudes and latitudes"
                raise InputError(f"two columns make no {key}", right, (key,))
        if self.globe == 0 and isinstance(self.position, tuple) and len(self.position) == 2:
            what = "with globe: 0 the places are as far from the origin as a third column says"
            raise InputError(what, "write position: [ra, dec, distance]; or globe: and its radius", ("position",))
        if self.globe is not None and self.period is not None:
            what = "a globe is in no periodic box"
            raise InputError(what, "leave period out: on a globe the short way is taken anyway", ("period",))
        others = [key for key, value in self if key not in OF_OTHERS and value is not None] if self.of else []
        if others:
            right = f"with of: go only {', '.join(OF_OTHERS[2:])}"
            raise InputErrors(
                InputError(f"{key} belongs to the data of which these are some", right, (key,)) for key in others
            )
        return self

    @property
    def needs(self) -> tuple[tuple[Location, str], ...]:
        """Where other data are named, and their names."""
        return () if self.of is None else ((("of",), self.of),)

    def open(self, folder: Path, sources: Mapping[str, Source[Any]] | None = None) -> Source[ParticleSample]:
        """The data, of which no more than the first file has been looked at.

        Args:
            folder: that of the scene file, which relative paths start from.
            sources: the open data that are needed, by name.

        Raises:
            InputError: a file is not there, cannot be read, or does not hold what the scene says.
        """
        whole = (sources or {})[self.of] if self.of is not None else None
        if whole is not None and sample_type(whole) is Grid:
            return self._samples_of(whole)
        if isinstance(self.every, tuple):
            what = "three numbers are for the axes of a grid, and these are particles"
            raise InputError(what, "write one number: one of so many is taken", ("every",))
        selection = Selection(self.select, self.every, self.sample)
        if whole is not None:
            return self._some_of(whole, selection)
        source = self._whole(folder)
        self._check_velocities(source)
        return source.chosen(selection) if selection else source

    def _samples_of(self, grid: Source[Grid]) -> GridPoints:
        for key in ("interpolation", "sample", "fade"):
            if getattr(self, key) is not None:
                what = f"{key} is for particles, and {self.of!r} is a grid"
                raise InputError(what, "leave it out; every: [8, 8, 1] takes some of its samples", (key,))
        every = self.every or 1
        condition = None if self.select is None else Condition(self.select)
        return GridPoints(grid, every if isinstance(every, tuple) else (every,) * 3, condition)

    def _some_of(self, whole: Source[Any], selection: Selection) -> Source[ParticleSample]:
        if sample_type(whole) is not ParticleSample:
            raise InputError(f"{self.of!r} is neither particles nor a grid", "name data that is", ("of",))
        if isinstance(whole, Selectable):
            source = whole.chosen(selection, self.interpolation, self.fade)
            self._check_velocities(source)
            return source
        for key in ("interpolation", "fade"):
            if getattr(self, key) is not None:
                what = f"{self.of!r} has no snapshots between which {key} could be chosen"
                raise InputError(what, f"leave {key} out", (key,))
        return FilteredParticles(whole, selection)

    def _whole(self, folder: Path) -> ParticleSource | TrajectorySource:
        """All particles of the files."""
        assert self.file is not None
        names = Names(self.position, self.velocity, self.id, self.time, self.globe)
        structure = None
        if self.topology is not None or self.atoms is not None:
            topology = None if self.topology is None else find_file(self.topology, folder, "topology")
            structure = Structure(topology, self.atoms)
        paths = find_files(self.file, folder)
        interpolation, way = self.interpolation or "linear", STRAIGHT if self.globe is None else AROUND_GLOBE
        if not self.trajectories:
            files = ParticleFiles(paths, names, self.times, structure, self.group)
            if self.trajectories is False or not has_own_times(files.first):
                return ParticleSource(files, interpolation, self.period, self.fade, way)
        if self.times is not None:
            what = "in trajectories every row has its own time"
            raise InputError(what, "leave times out, and write time: and the name of the column", ("times",))
        if self.period == BOX_OF_FILE:
            raise InputError("tables of trajectories say no periodic box", "write its lengths: [a, b, c]", ("period",))
        table = Table(paths, names, structure, self.group)
        return TrajectorySource(table, interpolation, self.period, self.fade, way)

    def _check_velocities(self, source: Source[ParticleSample]) -> None:
        if self.interpolation == "hermite" and "velocity" not in source.fields:
            right = "write velocity: and the names of their columns, or interpolation: linear"
            raise InputError("hermite needs velocities, and there are none", right, ("interpolation",))
