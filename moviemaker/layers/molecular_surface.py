"""The surface around a molecule, coloured by its atoms.

```yaml
kind: molecular_surface
data: protein
color: element
opacity: 0.6
```

`method: gaussian` (default) blends the atoms into each other, as quick surfaces of viewers do. `excluded` is the
surface that a ball of solvent cannot cross, with the radius `probe` (solvent-excluded surface).

```yaml
kind: molecular_surface
data: protein
method: excluded
probe: 1.4
color: {by: charge, colormap: coolwarm, range: [-0.5, 0.5]}
```

`spacing` is how far apart the samples are from which the surface is made: half of it takes eight times as long.
"""

from __future__ import annotations

from typing import Annotated, Any, ClassVar, Literal, Self

import numpy as np

from moviemaker.core.errors import InputError, Location
from moviemaker.core.fields import Cells, Particles
from moviemaker.core.props import Drawable
from moviemaker.core.props import Surface as SurfaceProp
from moviemaker.core.sources import Source, first_time
from moviemaker.core.values import POSITIVE, choice
from moviemaker.layers._color_by import ColorBy
from moviemaker.layers._glyphs import GlyphLayer
from moviemaker.layers._near_camera import surfaces, within
from moviemaker.layers._palette import OptionalColoring
from moviemaker.layers.materials.outlined import OutlinedLayer
from moviemaker.layers.molecular.atom_fields import excluded_field, gaussian_field
from moviemaker.layers.molecular.surface_nets import surface_of
from moviemaker.layers.molecular.units import angstrom_in
from moviemaker.timeline.tracks import Moving

SHARPNESS = 2.0
"""Of the Gaussians: greater ones follow the atoms more closely."""

SPACING = {"gaussian": 0.8, "excluded": 0.6}
"""Distances of samples, angstrom."""

FINEST, SAMPLES = 0.3, 6e5
"""Around few atoms the samples are nearer to each other: down to this, angstrom, while there are no more than these."""

PROBE = 1.4
"""Radius of water, angstrom."""

MOST_SAMPLES = 8e6
"""A default spacing is so wide that there are no more samples than these, and a given one at most ten times as many."""

NEIGHBOURS = 8
"""Atoms that share the colour of a place."""

SOFT = 0.35
"""Angstrom of distance over which the share of an atom in the colour of a place falls to 1 / e."""


class MolecularSurface(GlyphLayer, OutlinedLayer):
    """The surface around a molecule."""

    in_own_coordinates: ClassVar[bool] = True

    kind: Literal["molecular_surface"] = "molecular_surface"

    color: OptionalColoring = None  # type: ignore[assignment]
    """One colour, `element`, `chain`, `residue`, `secondary_structure`, or `{by: FIELD, colormap: NAME}`. Default: by
    chain if there are several, else by element."""

    method: Annotated[str, choice("gaussian", "excluded", noun="method")] = "gaussian"
    """`gaussian` (default), atoms blended into each other; or `excluded`, which a ball of solvent cannot cross."""

    probe: Annotated[float | None, Moving(POSITIVE, optional=True)] = None
    """Radius of the ball of solvent of `excluded`, scene units. Default: 1.4 angstrom, that of water."""

    spacing: Annotated[float | None, Moving(POSITIVE, optional=True)] = None
    """Distance of the samples that the surface is made from, scene units. Default: 0.8 angstrom, 0.6 with `excluded`,
    less around few atoms and more around very many."""

    def named_fields(self) -> tuple[tuple[Location, str], ...]:
        """The radii, and the fields that give colours and opacities."""
        return (*super().named_fields(), (("data",), "radius"))

    def resolve(self, source: Source[Any]) -> Self:
        """The ranges, colours and lengths that the scene does not give.

        Raises:
            InputError: at `probe`: of a surface that has none; at `spacing`: it is too short for all atoms.
        """
        if self.method == "gaussian" and "probe" in self.model_fields_set:
            raise InputError("a gaussian surface has no probe", "write method: excluded, or leave it out", ("probe",))
        angstrom = angstrom_in(source)
        changes: dict[str, object] = {} if self.probe is not None else {"probe": PROBE * angstrom}
        position = np.asarray(source.at(first_time(source)).position, np.float64)
        room = float(np.prod(np.ptp(position, axis=0) + 8 * angstrom)) if len(position) else 1.0
        if self.spacing is None:
            fine = np.clip((room / SAMPLES) ** (1 / 3), FINEST * angstrom, SPACING[self.method] * angstrom)
            changes["spacing"] = max(float(fine), (room / MOST_SAMPLES) ** (1 / 3))
        else:
            least = min(getattr(self.spacing, "values", (self.spacing,)))
            if room / least**3 > 10 * MOST_SAMPLES:
                what = f"a spacing of {least:g} makes {room / least**3:.2g} samples"
                right = f"write at least {(room / MOST_SAMPLES / 10) ** (1 / 3):.2g}, or take fewer atoms"
                raise InputError(what, right, ("spacing",))
        if self.color is None:
            fields = source.fields
            several = "chain" in fields and any(np.ptp(codes) > 0 for codes in source.survey("chain") if len(codes))
            changes["color"] = ColorBy(by="chain" if several else "cpk")
        return super(MolecularSurface, self.model_copy(update=changes)).resolve(source)

    def props(self, sample: Particles) -> tuple[Drawable, ...]:
        """The surface around all atoms that are not faded out."""
        position, radius = np.asarray(sample.position, np.float64), np.asarray(sample.fields["radius"], np.float64)
        if not len(position):
            return ()
        assert self.spacing is not None
        assert self.probe is not None
        if self.method == "gaussian":
            lattice = gaussian_field(position, radius, self.spacing, SHARPNESS)
        else:
            lattice = excluded_field(position, radius, self.spacing, self.probe)
        points, normals, triangles = surface_of(lattice)
        if not len(triangles):
            return ()
        colors = self._shared(points, position, radius, self.rgba(sample))
        polys = Cells(np.arange(0, triangles.size + 1, 3), triangles.ravel())
        surface = SurfaceProp(
            points.astype(np.float32), polys, (0.0, 0.0, 0.0), 1.0, self.shade, colors=colors, normals=normals
        )
        return (surface,)

    def _shared(self, points: np.ndarray, position: np.ndarray, radius: np.ndarray, colors: np.ndarray) -> np.ndarray:
        """Colours (n, 4) at points, mixed from those of the atoms around them."""
        from scipy.spatial import cKDTree  # heavy; only where surfaces are drawn

        count = min(NEIGHBOURS, len(position))
        distance, atoms = cKDTree(position).query(points, k=count)
        distance, atoms = distance.reshape(len(points), count), atoms.reshape(len(points), count)
        assert self.probe is not None
        excess = distance - radius[atoms]
        soft = SOFT / 1.7 * float(np.median(radius))
        share = np.exp(-(excess - excess.min(axis=1, keepdims=True)) / soft)
        share /= share.sum(axis=1, keepdims=True)
        mixed = np.einsum("nk,nkc->nc", share, colors[atoms].astype(np.float64))
        return np.asarray(np.rint(mixed).astype(np.uint8))

    def near(self, sample: Particles, place: np.ndarray, reach: float) -> np.ndarray:
        """The surfaces of the atoms."""
        radius = np.asarray(sample.fields["radius"], np.float64)
        near = within(sample.position, place, reach + float(radius.max(initial=0.0)))
        return surfaces(sample.position[near], radius[near, None], place)
