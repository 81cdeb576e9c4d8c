"""Particles joined by lines that move with them: the bonds of molecules, the backbone of a chain, a network.

```yaml
kind: bonds
of: ligand
```

A layer of kind `lines` draws them, with the marks of the particles for balls and sticks: `{kind: lines, data: sticks,
width: 0.3, color: {by: cpk}}`. Each half of a bond has the colour, width and opacity of its particle: the fields are
those of the particles.

Atoms are bonded that are nearer to each other than 0.6 times the sum of their van der Waals radii, the rule of VMD;
hydrogen's radius is taken as 0.6 of what it is, or short hydrogen bonds were among them. Other particles are joined if
they are nearer than `reach`, which may be given for atoms too. Who is joined is found in the first snapshot, by id, and
stays so; a bond that is pulled to more than twice its limit is not drawn.

```yaml
kind: bonds
of: ca
join: sequence
```

`join: sequence` draws one line through each chain, in the order of the ids, as a smooth curve through the particles
(`smooth: false`: straight from one to the next). For a backbone let them be one atom of each residue: `atoms: protein
and name CA`. A line ends where the field `chain` changes, if there is one, and where the next particle is farther than
`reach` (default: 1.5 times the median distance), as where residues are missing.

In a periodic box lines go the short way: what leaves the box on one side comes in on the other.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import model_validator

from moviemaker.core.errors import InputError, Location
from moviemaker.core.fields import Mesh, Particles
from moviemaker.core.kinds import Kind
from moviemaker.core.sources import Source, sample_type
from moviemaker.core.values import DATA_NAME, POSITIVE, TRUTH, choice, optional


class Bonds(Kind):
    """Lines between particles, which are other data."""

    kind: Literal["bonds"] = "bonds"
    of: Annotated[str, DATA_NAME]
    join: Annotated[str, choice("near", "sequence", noun="way to join")] = "near"
    reach: Annotated[float | None, optional(POSITIVE)] = None
    smooth: Annotated[bool | None, optional(TRUTH)] = None

    @model_validator(mode="after")
    def _check_smooth(self) -> Self:
        if self.smooth is not None and self.join != "sequence":
            raise InputError("bonds are straight", "leave smooth out, or write join: sequence", ("smooth",))
        return self

    @property
    def needs(self) -> tuple[tuple[Location, str], ...]:
        """Where other data are named, and their names."""
        return ((("of",), self.of),)

    def open(self, folder: Path, sources: Mapping[str, Source[Any]]) -> Source[Mesh]:
        """The lines, which are found when they are first asked for.

        Args:
            folder: that of the scene file.
            sources: the open data that are needed, by name.

        Raises:
            InputError: the data are not particles.
        """
        from moviemaker.data.bonding.source import Chains, Pairs  # SciPy's trees

        particles = sources[self.of]
        if sample_type(particles) is not Particles:
            raise InputError(f"{self.of!r} is not particles", "name data that is particles", ("of",))
        if self.join == "near":
            return Pairs(particles, self.reach)
        return Chains(particles, self.reach, smooth=self.smooth is not False)
