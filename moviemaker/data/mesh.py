"""Poly-lines and surfaces: VTK's poly data and unstructured grids, and the surfaces of other programs.

```yaml
kind: mesh
file: field_lines.vtp
```

Files end in `.vtp`, `.vtu`, `.vtk`, `.vts`, `.obj`, `.stl` or `.ply`. Of cells with an inside, the outside of them all
is taken. Data at cells are given to their points. The fields `id` (the number of the poly-line), `distance` (from the
origin), `x`, `y` and `z` are always there. A series is a list of files, a glob, or a `.pvd` or `.series` that lists
them; `field` reads that field alone:

```yaml
kind: mesh
file: "waves_*.vtu"
field: height
times: [0, 0.5, 1]
interpolation: linear
```

Between two times points and fields are mixed if the cells are the same, as they are where a mesh moves; if they are
not, and with `hold`, a mesh stays until the next.

Poly-lines may also be an array (n, 3), in `.npy`, or in `.npz` as `position`, `points` or `lines`, with fields beside
it: a row that is not finite ends a line.

```yaml
kind: mesh
file: streamlines.npz
```

Maps in NetCDF, Zarr or GeoTIFF are surfaces too, of longitude and latitude or of the coordinates of a projection.
`globe` lays them on a globe of this radius around the origin, x through longitude 0, z through the north pole, closed
round it; what is missing, such as land in a map of the sea, is left out, and the colours of two times are mixed. Of
several levels `level` is drawn, else the first:

```yaml
kind: mesh
file: sea_temperature.nc
field: tos
globe: {radius: 6371, level: 0}
```

`height` raises a map, flat or on a globe, by a field of it: a terrain model in relief. `scale` is the length in space
of one unit of the field, 1 unless it is written:

```yaml
kind: mesh
file: elevation.tif
height: {by: value, scale: 2}
```

Without a file it is the globe itself, for what shows where a map or levels have nothing. The `texture` of a `surface`
lies on it rightly if it is a picture of the whole globe, from 180 degrees west to 180 degrees east:

```yaml
kind: mesh
globe: 6360
```
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

from moviemaker.core.errors import InputError
from moviemaker.core.kinds import Kind
from moviemaker.core.values import NUMBERS, TEXT, choice, optional
from moviemaker.data.files.find import FILE, find_files
from moviemaker.data.globe.settings import MAPS, GlobeOfMaps
from moviemaker.data.globe.sphere_mesh import GlobeMesh
from moviemaker.data.meshes.files import MeshFiles
from moviemaker.data.meshes.maps import SUFFIXES as MAP_SUFFIXES
from moviemaker.data.meshes.maps import MapFiles
from moviemaker.data.meshes.relief import RELIEF, Relief
from moviemaker.data.meshes.source import MeshSource


class Mesh(Kind):
    """Poly-lines and polygons, in files, or a globe."""

    kind: Literal["mesh"] = "mesh"
    file: Annotated[str | tuple[str, ...] | None, optional(FILE)] = None
    field: Annotated[str | None, optional(TEXT)] = None
    times: Annotated[tuple[float, ...] | None, optional(NUMBERS)] = None
    interpolation: Annotated[str, choice("linear", "hold", noun="interpolation")] = "linear"
    globe: Annotated[GlobeOfMaps | None, optional(MAPS)] = None
    height: Annotated[Relief | None, optional(RELIEF)] = None

    def open(self, folder: Path) -> MeshSource:
        """The data, of which the first file has been read.

        Args:
            folder: that of the scene file, which relative paths start from.

        Raises:
            InputError: a file is not there, cannot be read, or does not hold what the scene says.
        """
        if self.file is None:
            return MeshSource(GlobeMesh(self._globe_alone.radius))
        paths = find_files(self.file, folder)
        hold = self.interpolation == "hold"
        if paths[0].suffix.lower() in MAP_SUFFIXES or paths[0].is_dir():
            return MeshSource(MapFiles(paths, self.field, self.times, self.globe, self.height), hold)
        for key in ("globe", "height"):
            if getattr(self, key) is not None:
                what = f"{paths[0].name!r} is not a map"
                raise InputError(what, f"leave {key} out; maps end in {', '.join(MAP_SUFFIXES)}", (key,))
        return MeshSource(MeshFiles(paths, self.field, self.times), hold)

    @property
    def _globe_alone(self) -> GlobeOfMaps:
        if self.globe is None:
            right = "write file: and a path, or globe: and a radius, which is a globe by itself"
            raise InputError("there is neither a file nor a globe", right, ("file",))
        for key in ("field", "times", "height"):
            if getattr(self, key) is not None:
                raise InputError(f"{key} is there without a file", f"write file, or leave {key} out", (key,))
        return self.globe
