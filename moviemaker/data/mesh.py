"""Poly-lines and surfaces: VTK's poly data and unstructured grids, and the surfaces of other programs.

```yaml
kind: mesh
file: field_lines.vtp
```

Files end in `.vtp`, `.vtu`, `.vtk`, `.vts`, `.obj`, `.stl` or `.ply`. Of volumetric cells the outer surface is taken.
Cell data are averaged to the points. The fields `id` (the number of the poly-line), `distance` (from the origin), `x`,
`y` and `z` always exist; a field of three numbers, such as `disp`, has `disp_x`, `disp_y`, `disp_z` and its length
`disp_magnitude` beside it. A series is a list of files, a glob, or a `.pvd` or `.series` that lists them. `field`
limits reading to that field:

```yaml
kind: mesh
file: "waves_*.vtu"
field: height
times: [0, 0.5, 1]
interpolation: linear
```

Between two times, points and fields are interpolated if the cells are the same, as in a mesh that moves. If the cells
differ, and with `hold`, a mesh stays until the next one.

Poly-lines may also be an array (n, 3) in `.npy`, or in `.npz` as `position`, `points` or `lines` with fields beside it.
A row that is not finite ends a line.

```yaml
kind: mesh
file: streamlines.npz
```

Maps in NetCDF, Zarr or GeoTIFF are surfaces too, in longitude and latitude or in the coordinates of a map projection.
`globe` lays them on a sphere of this radius around the origin: the x axis goes through longitude 0, the z axis through
the north pole, and the seam is closed. Missing values, such as land in a map of the sea, are left out. Between two
times the values are interpolated. If there are several levels, the one nearest to `level` is drawn, by default the
first:

```yaml
kind: mesh
file: sea_temperature.nc
field: tos
globe: {radius: 6371, level: 0}
```

`height` raises a map, flat or on a globe, by one of its fields: a terrain model in relief. `scale` is the length of one
unit of the field in the scene, by default 1:

```yaml
kind: mesh
file: elevation.tif
height: {by: value, scale: 2}
```

Without a file the mesh is the globe itself, to be drawn below maps and levels that do not cover everything. A `texture`
of a `surface` fits it if it is a picture of the whole globe, from 180 degrees west to 180 degrees east:

```yaml
kind: mesh
globe: 6360
```
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

from moviemaker.core.errors import InputError
from moviemaker.core.values import TEXT, TRUTH, choice, optional
from moviemaker.data.files.find import FILE, find_files
from moviemaker.data.files.series import EvenTimes
from moviemaker.data.files.written_times import TIMES
from moviemaker.data.globe.settings import MAPS, GlobeOfMaps
from moviemaker.data.globe.sphere_mesh import GlobeMesh
from moviemaker.data.grids.chosen_dimensions import DIMENSIONS
from moviemaker.data.meshes.files import MeshFiles
from moviemaker.data.meshes.maps import SUFFIXES as MAP_SUFFIXES
from moviemaker.data.meshes.maps import MapFiles
from moviemaker.data.meshes.relief import RELIEF, Relief
from moviemaker.data.meshes.source import MeshSource
from moviemaker.data.placing.keys import DataSet


class Mesh(DataSet):
    """Poly-lines and polygons, read from files, or a globe."""

    kind: Literal["mesh"] = "mesh"
    """Kind of the data: poly-lines and surfaces."""
    file: Annotated[str | tuple[str, ...] | None, optional(FILE)] = None
    """Path, glob or list of paths, relative to the scene file: one file, or one for each time. Without it: a globe.

    Paths may lead into a zip archive: `waves.zip/mesh.vtu.series`. In `Scene.from_dict` of Python, `array` may give the
    data themselves instead: data sets of PyVista and VTK, maps of xarray, and arrays of poly-lines.
    """
    field: Annotated[str | None, optional(TEXT)] = None
    """Name of the only field to be read. Default: all fields; for a map the first one decides what is missing."""
    times: Annotated[tuple[float, ...] | EvenTimes | None, optional(TIMES)] = None
    """Data times of the meshes, ascending, or `{first: 0, step: 0.5}`. Default: those of the files, else 0, 1, 2 ..."""
    interpolation: Annotated[str, choice("linear", "hold", noun="interpolation")] = "linear"
    """Between two times: `linear` interpolates points and fields, `hold` keeps the earlier mesh until the next one."""
    globe: Annotated[GlobeOfMaps | None, optional(MAPS)] = None
    """Globe that a map lies on: its radius, or `{radius: 6371, level: 500}`. Without a file: the globe itself."""
    dimensions: Annotated[tuple[tuple[str, float | str], ...] | None, optional(DIMENSIONS)] = None
    """Entries of a map along dimensions that are neither space nor time, such as `{member: 2}`.

    An entry is named by its coordinate, or by its number from 0 without coordinates. Default: the first one.
    """
    categorical: Annotated[bool | None, optional(TRUTH)] = None
    """Whether the values of a map are labels, which are never mixed. Default: as the file or its values tell."""
    height: Annotated[Relief | None, optional(RELIEF)] = None
    """Field that raises the points of a map: its name, or `{by: elevation, scale: 2}`."""

    def open(self, folder: Path) -> MeshSource:
        """The open data, of which the first file has been read.

        Args:
            folder: of the scene file; relative paths start there.

        Raises:
            InputError: a file is missing, cannot be read, or does not hold what the scene says.
        """
        if self.file is None:
            return MeshSource(GlobeMesh(self._globe_alone.radius))
        paths = find_files(self.file, folder)
        hold = self.interpolation == "hold"
        if paths[0].suffix.lower() in (*MAP_SUFFIXES, ".zarr") or paths[0].is_dir():
            chosen = dict(self.dimensions or ())
            return MeshSource(
                MapFiles(paths, self.field, self.times, self.globe, self.height, chosen, self.categorical), hold
            )
        for key in ("globe", "height", "dimensions", "categorical"):
            if getattr(self, key) is not None:
                what = f"{paths[0].name!r} is not a map"
                raise InputError(what, f"leave {key} out; maps end in {', '.join(MAP_SUFFIXES)}", (key,))
        return MeshSource(MeshFiles(paths, self.field, self.times), hold)

    @property
    def _globe_alone(self) -> GlobeOfMaps:
        if self.globe is None:
            right = "write file: PATH, or globe: RADIUS for the globe itself"
            raise InputError("neither file nor globe is given", right, ("file",))
        for key in ("field", "times", "height", "dimensions", "categorical"):
            if getattr(self, key) is not None:
                raise InputError(f"{key} is given without a file", f"write file, or leave {key} out", (key,))
        return self.globe
