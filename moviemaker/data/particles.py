"""Points with properties: one snapshot, or many.

Arrays have the shape `(n, 3)`, or `(t, n, 3)` for a time sequence. In files with named arrays or columns, position,
velocity, id and time are found by name. A table with the columns `time` and `id` is a time sequence. Particles are
matched by id: between two snapshots a particle is drawn only if both hold it. At the time of a snapshot all of its
particles are drawn.

```yaml
kind: particles
file: "snapshot_*.npz"
interpolation: hermite
```

Name columns and arrays that are called otherwise. In a periodic box particles move to the nearest image (minimum
image):

```yaml
kind: particles
file: box.csv.gz
position: [x, y, z]
velocity: [u, v, w]
id: number
period: [100, 100, 100]
```

Molecules (`.pdb`, `.gro`, `.xyz`, `.dcd`, `.xtc`, `.trr`, `.h5md`, LAMMPS dumps) are in angstrom and picoseconds; dumps
and XYZ are in their own units. Atoms have the ids of the file, and may come and go. `topology` is the file that names
the atoms of a trajectory, and `atoms` selects some of them in MDAnalysis' language:

```yaml
kind: particles
file: adk_dims.dcd
topology: adk.psf
atoms: protein and name CA
```

The fields are the properties of the atoms (`resid`, `chain`, `mass`, `charge` ...). Each element also has `cpk`, its
usual colour, `radius`, its van der Waals radius, and `diameter`, for `size: {by: diameter}`. Data of kind `bonds` join
atoms by bonds and backbones. The atoms in a Gaussian cube have the same fields, in the cube's own unit of length.

Points of VTK's formats come with their point data (`.vtp`, `.vtu`, `.vts`, `.vtk`, `.vtkhdf`), also as a series
(`.pvd`, `.series`). In laser scans (`.las`, `.laz`, `.ply`) and tables, the columns red, green, blue and perhaps alpha
together are the field `rgb`, which `color: {by: rgb}` shows as it is. For the `classification` of a scan
`moviemaker info` writes a colormap with the usual colours of its classes.

`interpolation: hermite` is the cubic that passes through every snapshot with its velocity (data length per data time).
`period` is the three lengths of the box, its three vectors if it is triclinic, `[[ax, 0, 0], [bx, by, 0],
[cx, cy, cz]]`, or `file` for what the files say: the header of HDF5 snapshots (`BoxSize`), or the cell of every frame
of a trajectory. Without `period` space is not periodic, and `check` warns if particles leave a box that the files
mention. Positions are drawn in the box that begins where the file says, else at 0, or at the lowest position of the
first snapshot if some of its positions lie outside.

```yaml
kind: particles
file: run.lammpstrj
unwrap: molecules
replicate: [2, 2, 1]
```

`unwrap` and `replicate` need the periodic box, that of `period` or else of the files. With `unwrap: molecules` bonded
atoms stay together, and the centre of each molecule is in the box. Bonds are those of the topology, or else those that
data of kind `bonds` would find. With `unwrap: path` particles go on across the edges, by the image flags of the file
(`ix iy iz`) or else to the nearest image from snapshot to snapshot. `replicate` repeats what is selected along the
vectors of the box; ids are those of the file times the number of images, plus the number of the image.

Components and lengths of the velocity and of other fields with three columns are fields too: `velocity_x`,
`velocity_y`, `velocity_z`, `velocity_magnitude`. Positions are `x`, `y`, `z` and `distance`, from the origin.

Snapshots of Gadget, Arepo and SWIFT (HDF5) are read as they are. `group` names the type of particle if there are
several. The parts of a snapshot (`snap_007.0.hdf5`, `snap_007.1.hdf5`) are read together. Times are the `Time` of the
header. Factors of the scale factor and of Hubble's constant stay in the numbers, as in the file.

```yaml
kind: particles
file: "snap_*.hdf5"
group: PartType4
period: file
fade: 0.5
select: "Masses > 1e-4 and distance < 500"
sample: 100000
```

With `fade`, particles that are born or die between snapshots fade in and out, in so many seconds of the movie.
`select` is a condition on fields, applied to every snapshot: comparisons, `and`, `or`, `not`, `+ - * / **`, `abs`,
`sqrt`, `log`, `log10`, `exp`, `min`, `max`. `every: 10` draws one particle in ten, and `sample` draws a fixed number.
Which ones follows from their ids, so they are the same in every snapshot.

Longitudes and latitudes in degrees, and perhaps heights, become positions on a `globe` of the given radius around the
origin. x goes through longitude 0 and z through the north pole. Particles move along great circles. `velocity` is then
eastward, northward and perhaps upward:

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
stars around the sun. x points to the vernal equinox, z to the celestial north pole.

```yaml
kind: particles
file: catalogue.csv
position: [ra, dec, distance]
globe: 0
```

Particles may be some of other particles, to be drawn in another way. `kind` may be left out:

```yaml
kind: particles
of: stream
select: released > 1000
```

The samples of a grid are particles too, for arrows of winds and currents; a vector of the grid has three columns.
`every` takes every n-th sample along its axes x, y and z. Missing samples are left out:

```yaml
kind: particles
of: wind
every: [8, 8, 1]
```

In a table where most particles have times of their own, each moves between its own rows. `trajectories` says so if the
table does not show it. Without a column of ids each file is the trajectory of one particle. A time may be a date, which
becomes a number (here of days since 1970):

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
from typing import Annotated, Literal, Self

from pydantic import model_validator

from moviemaker.core.errors import InputError, InputErrors, Location
from moviemaker.core.fields import Grid
from moviemaker.core.fields import Particles as ParticleSample
from moviemaker.core.sources import Source, is_grid, is_particles
from moviemaker.core.values import (
    COUNT,
    DATA_NAME,
    EVERY,
    NOT_NEGATIVE,
    POSITIVE,
    TEXT,
    TRUTH,
    choice,
    list_of,
    one_of,
    optional,
)
from moviemaker.data.columns.conditions import CONDITION, Condition
from moviemaker.data.columns.dates import TIME, TimeColumn
from moviemaker.data.columns.roles import Names
from moviemaker.data.files.find import FILE, find_file, find_files
from moviemaker.data.files.series import EvenTimes
from moviemaker.data.files.written_times import TIMES
from moviemaker.data.formats.contents import Structure
from moviemaker.data.particle_sets.boxes import Boxes
from moviemaker.data.particle_sets.files import ParticleFiles
from moviemaker.data.particle_sets.filtered import FilteredParticles, Selectable
from moviemaker.data.particle_sets.grid_samples import GridPoints
from moviemaker.data.particle_sets.interpolation import AROUND_GLOBE, STRAIGHT, Motion
from moviemaker.data.particle_sets.periodic_box import FILE as BOX_OF_FILE
from moviemaker.data.particle_sets.periodic_box import PERIOD, Period
from moviemaker.data.particle_sets.selection import Selection
from moviemaker.data.particle_sets.snapshots import Snapshots
from moviemaker.data.particle_sets.source import ParticleSource
from moviemaker.data.particle_sets.trajectories import TrajectorySource
from moviemaker.data.particle_sets.trajectory_tables import Table, has_own_times
from moviemaker.data.periodic.continued_paths import ContinuedPaths
from moviemaker.data.periodic.replicated import ReplicatedParticles
from moviemaker.data.placing.keys import PLACING, DataSet

COLUMNS = one_of(
    TEXT, list_of(TEXT, "", (2, 3)), right="the name of an array, or three names of columns such as [x, y, z]"
)
INTERPOLATION = choice("linear", "hermite", "hold", noun="interpolation")

UNWRAP = choice("molecules", "path", noun="way to unwrap")
IMAGES = list_of(COUNT, "three whole numbers, of images along the vectors of the box: [2, 2, 1]", (3,))

OF_OTHERS = ("kind", "of", "interpolation", "select", "every", "sample", "fade", "replicate", *PLACING)
"""Keys that go together with `of`."""


class Particles(DataSet):
    """Points in files, or some of the particles of other data."""

    kind: Literal["particles"] = "particles"
    """Points with properties."""
    file: Annotated[str | tuple[str, ...] | None, optional(FILE)] = None
    """A file, a glob such as `"snapshot_*.npz"`, or a list of files, one for each time. Needed unless `of` is given.

    Paths may lead into a zip archive: `"run.zip/snapshot_*.npz"`. In `Scene.from_dict` of Python, `array` may give the
    data themselves instead: arrays, or tables of pandas, polars, pyarrow, Astropy and Dask.
    """
    of: Annotated[str | None, optional(DATA_NAME)] = None
    """Name of other data: particles of which these are some, or a grid whose samples are taken. Replaces `file`."""
    position: Annotated[str | tuple[str, ...] | None, optional(COLUMNS)] = None
    """Name of the array of positions (n, 3), or names of columns: `[x, y, z]`, on a globe `[lon, lat]`. Default: found
    by usual names."""
    globe: Annotated[float | None, optional(NOT_NEGATIVE)] = None
    """Radius of the globe, scene units, on which positions are longitudes and latitudes in degrees, and perhaps
    heights. `0`: the third column is the distance from the centre. Default: positions are x, y, z."""
    velocity: Annotated[str | tuple[str, ...] | None, optional(COLUMNS)] = None
    """Name of the array of velocities (n, 3), data length per data time, or names of columns such as `[vx, vy, vz]`; on
    a globe eastward, northward and perhaps upward. Default: found by usual names."""
    id: Annotated[str | None, optional(TEXT)] = None
    """Name of the array or column of ids, by which particles are matched between snapshots. Default: found by usual
    names; without ids, particles are matched by their order."""
    time: Annotated[TimeColumn | None, optional(TIME)] = None
    """The column of times: its name, or a mapping such as `{column: date, format: YYYYDDD}`. Default: found by usual
    names."""
    times: Annotated[tuple[float, ...] | EvenTimes | None, optional(TIMES)] = None
    """Data times of the snapshots, such as `[0, 0.5, 2]` or `{first: 0, step: 0.5}`. Default: those in the files, else
    0, 1, 2 ..."""
    interpolation: Annotated[str | None, optional(INTERPOLATION)] = None
    """Motion between snapshots: `linear` (default), `hermite` (the cubic with the velocities of both snapshots) or
    `hold` (none). With `of`, the default is that of the other data."""
    period: Annotated[Period | None, optional(PERIOD)] = None
    """The periodic box: its lengths `[a, b, c]`, its three vectors, or `file` for what the files say. Default: space is
    not periodic."""
    unwrap: Annotated[str | None, optional(UNWRAP)] = None
    """In a periodic box, `molecules` makes bonded molecules whole, and with `path` particles go on across the edges
    instead of coming in on the other side. Default: all particles are drawn in the box."""
    replicate: Annotated[tuple[int, int, int] | None, optional(IMAGES)] = None
    """Numbers of images of the periodic box, side by side along its vectors: `[2, 2, 1]`. Default: the box alone."""
    group: Annotated[str | None, optional(TEXT)] = None
    """Group of an HDF5 file in which the arrays lie, such as `PartType4`. Needed if several groups hold particles."""
    topology: Annotated[str | None, optional(TEXT)] = None
    """File that names the atoms of a trajectory, such as `protein.psf`. Default: the trajectory names them itself."""
    atoms: Annotated[str | None, optional(TEXT)] = None
    """Atoms that are taken, in MDAnalysis' selection language: `protein and name CA`. Default: all."""
    trajectories: Annotated[bool | None, optional(TRUTH)] = None
    """Whether each particle moves between its own rows of a table, at its own times. Default: found from the table."""
    select: Annotated[str | None, optional(CONDITION)] = None
    """Condition on fields, applied to every snapshot: `"mass > 1e5 and distance < 10"`. Default: all particles."""
    every: Annotated[int | tuple[int, int, int] | None, optional(EVERY)] = None
    """Takes one particle in `every`. For a grid also three numbers, along x, y and z: `[8, 8, 1]`. Default: 1."""
    sample: Annotated[int | None, optional(COUNT)] = None
    """Number of particles that are taken, the same ones in all snapshots. Default: all."""
    fade: Annotated[float | None, optional(POSITIVE)] = None
    """Seconds of the movie in which particles that appear or vanish between snapshots fade in or out. Default: they
    appear and vanish at once."""

    @model_validator(mode="after")
    def _check_origin(self) -> Self:
        if self.of is None and self.file is None:
            right = "a path, a glob such as 'snapshot_*.npy', or a list of paths"
            raise InputError(
                "the key 'file' is missing", f"write file: {right}; or of: the name of a data set", ("file",)
            )
        for key, names in (("position", self.position), ("velocity", self.velocity)):
            if self.globe is None and isinstance(names, tuple) and len(names) == 2:
                right = f"write {COLUMNS.right}; or add globe: and its radius, for longitudes and latitudes"
                raise InputError(f"two columns are too few for the {key}", right, (key,))
        if self.globe == 0 and isinstance(self.position, tuple) and len(self.position) == 2:
            what = "with globe: 0 a third column has to give the distance from the origin"
            raise InputError(what, "write position: [ra, dec, distance]; or globe: and its radius", ("position",))
        for key in ("period", "unwrap", "replicate"):
            if self.globe is not None and getattr(self, key) is not None:
                what = "a globe cannot lie in a periodic box"
                raise InputError(what, f"leave {key} out: particles take the shortest path on a globe anyway", (key,))
        others = [key for key, value in self if key not in OF_OTHERS and value is not None] if self.of else []
        if others:
            right = f"beside of: only {', '.join(OF_OTHERS[2:])} can be written"
            raise InputErrors(InputError(f"{key} belongs to the data that of: names", right, (key,)) for key in others)
        return self

    @property
    def needs(self) -> tuple[tuple[Location, str], ...]:
        """Places of the keys that name other data, and these names."""
        return () if self.of is None else ((("of",), self.of),)

    def open(self, folder: Path, sources: Mapping[str, Source[object]] | None = None) -> Source[ParticleSample]:
        """Opens the data; no more than the first file is read.

        Args:
            folder: of the scene file, from which relative paths start.
            sources: the open data that `needs` names.

        Raises:
            InputError: a file is missing, cannot be read, or does not hold what the scene says.
        """
        whole = (sources or {})[self.of] if self.of is not None else None
        if whole is not None and is_grid(whole):
            return self._samples_of(whole)
        if isinstance(self.every, tuple):
            what = "three numbers are for the axes of a grid, and these are particles without axes"
            raise InputError(what, "write one number n, to take every n-th", ("every",))
        selection = Selection(self.select, self.every, self.sample)
        if whole is not None:
            chosen = self._some_of(whole, selection)
        else:
            source = self._whole(folder)
            self._check_velocities(source)
            chosen = source.chosen(selection) if selection else source
        return chosen if self.replicate is None else ReplicatedParticles(chosen, self.replicate)

    def _samples_of(self, grid: Source[Grid]) -> GridPoints:
        for key in ("interpolation", "sample", "fade", "replicate"):
            if getattr(self, key) is not None:
                what = f"{key} is for particles, and {self.of!r} is a grid"
                raise InputError(what, "leave it out; every: [8, 8, 1] takes some of its samples", (key,))
        every = self.every or 1
        condition = None if self.select is None else Condition(self.select)
        return GridPoints(grid, every if isinstance(every, tuple) else (every,) * 3, condition)

    def _some_of(self, whole: Source[object], selection: Selection) -> Source[ParticleSample]:
        if not is_particles(whole):
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
        """The particles of the files, before any selection."""
        assert self.file is not None
        names = Names(self.position, self.velocity, self.id, self.time, self.globe)
        structure = None
        if self.topology is not None or self.atoms is not None:
            topology = None if self.topology is None else find_file(self.topology, folder, "topology")
            structure = Structure(topology, self.atoms)
        paths = find_files(self.file, folder)
        interpolation = self.interpolation or "linear"
        motion = STRAIGHT if self.globe is None else AROUND_GLOBE
        if not self.trajectories:
            files = ParticleFiles(paths, names, self.times, structure, self.group)
            if self.trajectories is False or not has_own_times(files.first):
                return self._moving(files, interpolation, motion)
        if self.times is not None:
            what = "in trajectories every row has its own time"
            raise InputError(what, "leave times out, and write time: and the name of the column", ("times",))
        if self.period == BOX_OF_FILE:
            raise InputError(
                "tables of trajectories do not give a periodic box", "write its lengths: [a, b, c]", ("period",)
            )
        for key in ("unwrap", "replicate"):
            if getattr(self, key) is not None and self.period is None:
                raise self._without_box(key)
        if self.unwrap == "molecules":
            what = "molecules are found in snapshots, and these are trajectories"
            raise InputError(what, "write unwrap: path", ("unwrap",))
        table = Table(paths, names, structure, self.group)
        unwrapped = self.unwrap is not None
        return TrajectorySource(table, interpolation, self.period, self.fade, motion, unwrapped=unwrapped)

    def _moving(self, files: ParticleFiles, interpolation: str, motion: Motion) -> ParticleSource:
        """Particles that move between the snapshots of files."""
        period = self.period
        for key in ("unwrap", "replicate"):
            if getattr(self, key) is not None and self.period is None:
                period = BOX_OF_FILE
                if files.box(0) is None:
                    raise self._without_box(key)
        snapshots: Snapshots = files
        if self.unwrap is not None:
            boxes = Boxes(files, period, lambda: files.load(0, "position"))
            if self.unwrap == "path":
                snapshots = ContinuedPaths(files, boxes, files.first.unwrapped)
            else:
                from moviemaker.data.bonding.whole_molecules import WholeMolecules  # SciPy's graphs

                snapshots = WholeMolecules(files, boxes, files.first.bonds)
        return ParticleSource(snapshots, interpolation, period, self.fade, motion, self.unwrap)

    @staticmethod
    def _without_box(key: str) -> InputError:
        what = f"{key} needs a periodic box, which the files do not give"
        return InputError(what, "write period: and its lengths, [a, b, c], or its three vectors", (key,))

    def _check_velocities(self, source: Source[ParticleSample]) -> None:
        if self.interpolation == "hermite" and "velocity" not in source.fields:
            right = "write velocity: and the names of the columns, or interpolation: linear"
            raise InputError("hermite needs velocities, which the data lack", right, ("interpolation",))
