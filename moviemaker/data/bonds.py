"""Particles joined by lines that move with them: the bonds of molecules, the backbone of a chain, a network.

```yaml
kind: bonds
of: ligand
```

A layer of kind `lines` draws the bonds, beside a layer of `points` for balls and sticks: `{kind: lines, data: sticks,
width: 0.3, color: {by: cpk}}`. The fields are those of the particles: each half of a bond has the colour, width and
opacity of its particle.

Two atoms are bonded if their distance is at most 0.6 times the sum of their van der Waals radii, the rule of VMD.
Hydrogen counts with 0.6 of its radius, because short hydrogen bonds would be drawn as bonds otherwise. Other particles
are joined if they are nearer to each other than `reach`, which may be given for atoms too. The first snapshot decides
which particles are joined, by id, and they stay joined. A bond that is longer than twice its limit is not drawn.

```yaml
kind: bonds
of: ca
join: sequence
```

`join: sequence` draws one line through each chain, in the order of the ids, as a smooth curve through the particles.
With `smooth: false` the line is straight from one particle to the next. For a backbone, take one atom of each residue:
`atoms: protein and name CA`. A line ends where the field `chain`, if it exists, changes. It also ends where the next
particle is farther than `reach` (default: 1.5 times the median distance), as where residues are missing.

In a periodic box lines go to the nearest image (minimum image): a line that leaves the box on one side comes in on the
other.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import model_validator

from moviemaker.core.errors import InputError, Location
from moviemaker.core.fields import Mesh
from moviemaker.core.sources import Source, is_particles
from moviemaker.core.values import DATA_NAME, POSITIVE, TRUTH, choice, optional
from moviemaker.data.placing.keys import DataSet


class Bonds(DataSet):
    """Lines between particles, which are other data."""

    kind: Literal["bonds"] = "bonds"
    """Lines between particles."""
    of: Annotated[str, DATA_NAME]
    """Name of the particles that are joined."""
    join: Annotated[str, choice("near", "sequence", noun="way to join")] = "near"
    """Which particles are joined: `near`, those near each other, or `sequence`, a chain in the order of the ids."""
    reach: Annotated[float | None, optional(POSITIVE)] = None
    """Greatest distance, scene units, at which two particles are joined. Default: for atoms from their van der Waals
    radii, in a sequence 1.5 times the median distance."""
    smooth: Annotated[bool | None, optional(TRUTH)] = None
    """Whether a sequence is a smooth curve through its particles. Default: true."""

    @model_validator(mode="after")
    def _check_smooth(self) -> Self:
        if self.smooth is not None and self.join != "sequence":
            raise InputError("bonds are always straight", "leave smooth out, or write join: sequence", ("smooth",))
        return self

    @property
    def needs(self) -> tuple[tuple[Location, str], ...]:
        """Places of the keys that name other data, and these names."""
        return ((("of",), self.of),)

    def open(self, folder: Path, sources: Mapping[str, Source[object]]) -> Source[Mesh]:
        """Opens the lines; nothing is read before they are asked for.

        Args:
            folder: of the scene file.
            sources: the open data that `needs` names.

        Raises:
            InputError: the data are not particles.
        """
        from moviemaker.data.bonding.source import Chains, Pairs  # SciPy's trees

        particles = sources[self.of]
        if not is_particles(particles):
            raise InputError(f"{self.of!r} is not particles", "name data that is particles", ("of",))
        if self.join == "near":
            return Pairs(particles, self.reach)
        return Chains(particles, self.reach, smooth=self.smooth is not False)
