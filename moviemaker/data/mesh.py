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
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

from moviemaker.core.kinds import Kind
from moviemaker.core.values import NUMBERS, TEXT, choice, optional
from moviemaker.data._files import FILE, find_files
from moviemaker.data._mesh_files import MeshFiles
from moviemaker.data._mesh_source import MeshSource


class Mesh(Kind):
    """Poly-lines and polygons, in files."""

    kind: Literal["mesh"] = "mesh"
    file: Annotated[str | tuple[str, ...], FILE]
    field: Annotated[str | None, optional(TEXT)] = None
    times: Annotated[tuple[float, ...] | None, optional(NUMBERS)] = None
    interpolation: Annotated[str, choice("linear", "hold", noun="interpolation")] = "linear"

    def open(self, folder: Path) -> MeshSource:
        """The data, of which the first file has been read.

        Args:
            folder: that of the scene file, which relative paths start from.

        Raises:
            Mistake: a file is not there, cannot be read, or does not hold what the scene says.
        """
        files = MeshFiles(find_files(self.file, folder), self.field, self.times)
        return MeshSource(files, hold=self.interpolation == "hold")
