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

`hermite` is the cubic that passes through every snapshot with its velocity (data length per data time). With `period`,
positions are drawn in the box from 0 to the period, or from the lowest position of the first snapshot if that has
positions outside of it.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

from moviemaker.core.errors import Mistake
from moviemaker.core.fields import Vector
from moviemaker.core.kinds import Kind
from moviemaker.core.values import NUMBERS, POSITIVE, TEXT, choice, list_of, one_of, optional
from moviemaker.data._files import FILE, find_files
from moviemaker.data._particle_files import Names, open_particle_files
from moviemaker.data._particle_source import ParticleSource

COLUMNS = one_of(
    TEXT, list_of(TEXT, "", (3,)), right="the name of an array, or three names of columns such as [x, y, z]"
)
PERIOD = list_of(POSITIVE, "three numbers above 0, the lengths of the box: [a, b, c]", (3,))


class Particles(Kind):
    """Points in files."""

    kind: Literal["particles"] = "particles"
    file: Annotated[str | tuple[str, ...], FILE]
    position: Annotated[str | tuple[str, ...] | None, optional(COLUMNS)] = None
    velocity: Annotated[str | tuple[str, ...] | None, optional(COLUMNS)] = None
    id: Annotated[str | None, optional(TEXT)] = None
    times: Annotated[tuple[float, ...] | None, optional(NUMBERS)] = None
    interpolation: Annotated[str, choice("linear", "hermite", "hold", noun="interpolation")] = "linear"
    period: Annotated[Vector | None, optional(PERIOD)] = None

    def open(self, folder: Path) -> ParticleSource:
        """The data, of which no more than the first file has been looked at.

        Args:
            folder: that of the scene file, which relative paths start from.

        Raises:
            Mistake: a file is not there, cannot be read, or does not hold what the scene says.
        """
        names = Names(self.position, self.velocity, self.id)
        files = open_particle_files(find_files(self.file, folder), names, self.times)
        if self.interpolation == "hermite" and not files.has_velocity:
            right = "write velocity: and the names of their columns, or interpolation: linear"
            raise Mistake("hermite needs velocities, and there are none", right, ("interpolation",))
        return ParticleSource(files, self.interpolation, self.period)
