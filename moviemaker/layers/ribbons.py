"""Chains of proteins as ribbons (a cartoon): wide helices, strands as arrows, and thin coils.

```yaml
kind: ribbons
data: protein
color: secondary_structure
```

The data are the atoms of a molecule with their names, as PDB and GRO files give them, or a trajectory with its
`topology`. The atoms N, CA, C and O of each residue are needed; with CA alone the ribbons are less exact. A chain is
cut where residues are missing. Nucleic acids are tubes with a stick for each base.

Helices and strands are those of the field `secondary_structure`, which stay the same for the whole film: what the file
says, or else what hydrogen bonds say in its first frame (DSSP, W. Kabsch and C. Sander, 1983). The field `dssp` is
found anew in every frame, so that helices may melt:

```yaml
kind: ribbons
data: protein
secondary_structure: dssp
color: dssp
```

`color` may be `secondary_structure`, `chain` or `residue` in their usual colours, or any field, such as the rainbow
from the first to the last residue. A residue has the colour of its CA.

```yaml
kind: ribbons
data: protein
color: {by: resid, colormap: turbo}
width: 3
thickness: 0.6
tube: 0.8
```
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Any, ClassVar, Literal, Self

import numpy as np

from moviemaker.core.errors import InputError, Location
from moviemaker.core.fields import Particles
from moviemaker.core.geometry import norms
from moviemaker.core.molecules.residues import BASE, C1, CA, COIL, C, O, residues_of
from moviemaker.core.props import Drawable, Tubes
from moviemaker.core.props import Surface as SurfaceProp
from moviemaker.core.sources import Source, first_time
from moviemaker.core.values import POSITIVE, TEXT, optional
from moviemaker.layers._color_by import ColorBy
from moviemaker.layers._glyphs import GlyphLayer, some_of
from moviemaker.layers._near_camera import surfaces, within
from moviemaker.layers._palette import OptionalColoring
from moviemaker.layers.cartoon.mesh import Shape, sheath
from moviemaker.layers.cartoon.path import Trace
from moviemaker.layers.materials.outlined import OutlinedLayer
from moviemaker.timeline.tracks import Moving

STEP = 3.8
"""Angstrom between the CA atoms of neighbours, by which the unit of length is known."""

BREAK = 1.2
"""A chain is cut at a step longer than so many times the median."""

TWICE = 0.5
"""An atom nearer to the one before than so many median steps is another location of it."""

NUCLEIC_STEP = 6.6
"""Angstrom between the P atoms of neighbours in a nucleic acid."""

RUNG = 1.6
"""Width of the sticks of bases as a multiple of a coil's."""

WIDTH, THICKNESS, TUBE = 2.6, 0.5, 0.55
"""Full widths of ribbons and tubes, angstrom."""


@dataclass(frozen=True)
class Known:
    """What a resolved layer knows of its data.

    Attributes:
        names: fields that say which atoms make a chain.
        structure: field of the secondary structure; None: all are coils.
        step: median distance of neighbours in a chain, scene units.
    """

    names: tuple[str, ...]
    structure: str | None
    step: float


class Ribbons(GlyphLayer, OutlinedLayer):
    """Chains of proteins as ribbons."""

    in_own_coordinates: ClassVar[bool] = True

    kind: Literal["ribbons"] = "ribbons"

    color: OptionalColoring = None  # type: ignore[assignment]
    """One colour, `secondary_structure`, `chain`, `residue`, or `{by: FIELD, colormap: NAME}`. Default: by chain if
    there are several, else by secondary structure."""

    secondary_structure: Annotated[str | Known, TEXT] = "secondary_structure"
    """Field that tells helices (1), strands (2) and coils (0): `secondary_structure` (default), which stays the same,
    or `dssp`, which hydrogen bonds say in every frame; `none`: all are tubes."""

    width: Annotated[float | None, Moving(POSITIVE, optional=True)] = None
    """Full width of helices and strands, scene units. Default: 2.6 angstrom."""

    thickness: Annotated[float | None, Moving(POSITIVE, optional=True)] = None
    """Thickness of helices and strands, scene units. Default: 0.5 angstrom."""

    tube: Annotated[float | None, Moving(POSITIVE, optional=True)] = None
    """Full width of the tubes of coils, scene units. Default: 0.55 angstrom."""

    reach: Annotated[float | None, optional(POSITIVE)] = None
    """Greatest distance, scene units, between neighbours in a chain. Default: 1.2 times the median distance, about 4.5
    angstrom."""

    def named_fields(self) -> tuple[tuple[Location, str], ...]:
        """The fields that say what is a chain, and those that give colours and opacities."""
        found = super().named_fields()
        known = self.secondary_structure
        if isinstance(known, Known):
            own = (*known.names, *(() if known.structure is None else (known.structure,)))
            return (*found, *((("data",), name) for name in own))
        given = "secondary_structure" in self.model_fields_set and known != "none"
        return (*found, (("secondary_structure",), known)) if given else found

    def resolve(self, source: Source[Any]) -> Self:
        """The ranges, colours, and the sizes that the scene does not give.

        Raises:
            InputError: at `data`: no chains.
        """
        if "backbone" not in source.fields:
            what = f"no chains of a protein in {self.data!r}, whose atoms have no names"
            right = "name a PDB or GRO file, or write topology: and the file that names the atoms, such as .psf"
            raise InputError(what, right, ("data",))
        names = tuple(name for name in ("backbone", "resid", "chain") if name in source.fields)
        structure = self.secondary_structure
        assert isinstance(structure, str)
        given = structure if structure in source.fields else None
        sample = source.at(first_time(source), names)
        known = Known(names, None, 0.0)
        trace, rows = self.model_copy(update={"secondary_structure": known, "reach": np.inf}).trace(sample)
        steps = _apart(trace.place, trace.nucleic)[trace.linked[:-1]]
        if not len(steps):
            what = f"no two residues follow each other in {self.data!r}"
            raise InputError(what, "take all atoms of a protein, or atoms: protein and name CA", ("data",))
        known = Known(names, given, float(np.median(steps)))
        changes: dict[str, object] = {"secondary_structure": known}
        changes |= {"reach": BREAK * known.step} if self.reach is None else {}
        angstrom = known.step / STEP
        usual = {"width": WIDTH, "thickness": THICKNESS, "tube": TUBE}
        changes |= {key: size * angstrom for key, size in usual.items() if getattr(self, key) is None}
        if self.color is None:
            several = "chain" in names and len(np.unique(sample.fields["chain"][rows])) > 1
            by = "chain" if several else given
            changes["color"] = (0.85, 0.85, 0.85) if by is None else ColorBy(by=by)
        return super(Ribbons, self.model_copy(update=changes)).resolve(source)

    def props(self, sample: Particles) -> tuple[Drawable, ...]:
        """All ribbons together."""
        trace, rows = self.trace(sample)
        if not len(rows):
            return ()
        mesh = sheath(trace, self.section)
        colors = self.rgba(some_of(sample, rows))
        surface = SurfaceProp(
            mesh.points.astype(np.float32),
            mesh.polys,
            (0.0, 0.0, 0.0),
            1.0,
            self.shade,
            colors=colors[mesh.residue],
            normals=mesh.normals,
        )
        return (surface, *(self._rungs(sample, trace, rows, colors) if trace.nucleic.any() else ()))

    @property
    def section(self) -> Shape:
        """Widths of a resolved, frozen layer."""
        assert self.width is not None
        assert self.thickness is not None
        assert self.tube is not None
        return Shape(self.tube, self.width, self.width, self.thickness)

    def trace(self, sample: Particles) -> tuple[Trace, np.ndarray]:
        """The residues of chains at a moment, and the rows of the atoms that the chains go through."""
        known = self.secondary_structure
        assert isinstance(known, Known)
        assert self.reach is not None
        fields, position = sample.fields, np.asarray(sample.position, np.float64)
        residues = residues_of(fields["backbone"], fields.get("resid"), fields.get("chain"))
        here = residues.trace >= 0
        rows, parts, chain = residues.trace[here], residues.rows[here], residues.chain[here]
        place = position[rows]
        nucleic = parts[:, CA] < 0
        again = (chain[1:] == chain[:-1]) & (_apart(place, nucleic) < TWICE * known.step)
        once = np.concatenate([[True], ~again])[: len(rows)]
        rows, parts, chain, place, nucleic = rows[once], parts[once], chain[once], place[once], nucleic[once]
        linked = (chain[1:] == chain[:-1]) & (_apart(place, nucleic) <= self.reach) & (nucleic[1:] == nucleic[:-1])
        linked = np.append(linked, False)[: len(rows)]
        joined = linked | np.append(False, linked[:-1])[: len(rows)]
        rows, parts = rows[joined], parts[joined]
        across = np.full((len(rows), 3), np.nan)
        both = (parts[:, C] >= 0) & (parts[:, O] >= 0)
        across[both] = position[parts[both, O]] - position[parts[both, C]]
        across /= np.maximum(norms(across), 1e-12)[:, None]
        structure = np.full(len(rows), COIL) if known.structure is None else fields[known.structure][rows]
        return Trace(place[joined], across, structure, linked[joined], nucleic[joined]), rows

    def _rungs(self, sample: Particles, trace: Trace, rows: np.ndarray, colors: np.ndarray) -> tuple[Drawable, ...]:
        """Sticks from the chains of nucleic acids through C1' to the far end of each base."""
        fields = sample.fields
        residues = residues_of(fields["backbone"], fields.get("resid"), fields.get("chain"))
        parts = residues.rows[residues.of_atom[rows]]
        here = np.flatnonzero(trace.nucleic & (parts[:, C1] >= 0) & (parts[:, BASE] >= 0))
        if not len(here):
            return ()
        assert self.tube is not None
        through = np.stack([rows[here], parts[here, C1], parts[here, BASE]], axis=1).ravel()
        width = np.full(len(through), self.tube * RUNG, np.float32)
        offsets = np.arange(0, len(through) + 1, 3)
        return (Tubes(sample.position[through], offsets, width, np.repeat(colors[here], 3, axis=0), self.shade),)

    def near(self, sample: Particles, place: np.ndarray, reach: float) -> np.ndarray:
        """The surfaces of balls as wide as the ribbons, around the atoms that they go through."""
        rows = self.trace(sample)[1]
        assert self.width is not None
        found = np.asarray(sample.position, np.float64)[rows]
        near = within(found, place, reach + self.width / 2)
        near = near[self.rgba(some_of(sample, rows))[near, 3] > 0]
        return surfaces(found[near], self.width / 2, place)


def _apart(place: np.ndarray, nucleic: np.ndarray) -> np.ndarray:
    """Distances (r - 1,) of neighbours at places (r, 3), those of nucleic acids as if they were of proteins."""
    return np.asarray(norms(np.diff(place, axis=0)) * np.where(nucleic[1:], STEP / NUCLEIC_STEP, 1.0))
