"""A molecule in a style that one word names: a cartoon, sticks, balls and sticks, balls that fill space, or a surface.

```yaml
kind: molecule
data: protein
style: cartoon
```

`cartoon` draws the chains of proteins as a layer of kind `ribbons` does. `ball_and_stick`, `licorice` (sticks alone)
and `spacefill` (van der Waals radii) draw every atom, with the bonds that data of kind `bonds` would find. `surface` is
that of the layer `molecular_surface`.

`color` may be `element`, `chain`, `residue` or `secondary_structure` in their usual colours, one colour, or any field.
A ligand beside a protein is another layer, of data `of` the same atoms:

```yaml
kind: molecule
data: ligand
style: ball_and_stick
color: element
```

`scale` makes balls, sticks and ribbons thicker or thinner.

```yaml
kind: molecule
data: ligand
style: licorice
color: chain
scale: 0.7
```
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, ClassVar, Literal, Self

import numpy as np

from moviemaker.core.errors import InputError, Location
from moviemaker.core.fields import Particles
from moviemaker.core.props import Drawable
from moviemaker.core.sources import Source, is_particles
from moviemaker.core.values import POSITIVE, choice, optional
from moviemaker.layers._color_by import ColorBy
from moviemaker.layers._glyphs import GlyphLayer, some_of
from moviemaker.layers._palette import OptionalColoring
from moviemaker.layers._size_by import SizeBy
from moviemaker.layers.lines import Lines
from moviemaker.layers.materials.outlined import OutlinedLayer
from moviemaker.layers.molecular.bonds import Bonded, bonded, sticks
from moviemaker.layers.molecular.units import angstrom_in
from moviemaker.layers.molecular_surface import MolecularSurface
from moviemaker.layers.points import Points
from moviemaker.layers.ribbons import Ribbons

STYLES = ("cartoon", "licorice", "ball_and_stick", "spacefill", "surface")
WITH_BONDS = ("licorice", "ball_and_stick")

BALL = 0.25
"""Diameters of balls beside sticks, as parts of those of van der Waals."""

STICK, LICORICE = 0.3, 0.5
"""Full widths of sticks, with and without balls, angstrom."""

LARGEST = 1e3
"""An end of the range of diameters that no atom reaches, angstrom."""

Part = Ribbons | Points | Lines | MolecularSurface


class Molecule(GlyphLayer, OutlinedLayer):
    """A molecule in a style."""

    in_own_coordinates: ClassVar[bool] = True

    kind: Literal["molecule"] = "molecule"

    style: Annotated[str | tuple[Any, ...] | None, optional(choice(*STYLES, noun="style"))] = None
    """How it is drawn: `cartoon`, `licorice`, `ball_and_stick`, `spacefill` or `surface`. Default: `cartoon` if there
    are chains of a protein or a nucleic acid, else `ball_and_stick`."""

    color: OptionalColoring = None  # type: ignore[assignment]
    """One colour, `element`, `chain`, `residue`, `secondary_structure`, or `{by: FIELD, colormap: NAME}`. Default: by
    element; of a cartoon and of a surface by chain if there are several."""

    scale: Annotated[float, POSITIVE] = 1.0
    """Factor on the widths of balls, sticks and ribbons; a surface has none. Default: 1."""

    reach: Annotated[float | Bonded | None, optional(POSITIVE)] = None
    """Greatest distance, scene units, of atoms that are bonded. Default: from their van der Waals radii."""

    def named_fields(self) -> tuple[tuple[Location, str], ...]:
        """The fields that give colours and opacities, and what the style takes from the atoms."""
        found = super().named_fields()
        if not isinstance(self.style, tuple):
            return found
        own = dict.fromkeys(name for part in self._parts for _, name in part.named_fields())
        if isinstance(self.reach, Bonded):
            own["id"] = None
        return (*found, *((("data",), name) for name in own))

    @property
    def _parts(self) -> tuple[Part, ...]:
        """The layers of a resolved layer."""
        assert isinstance(self.style, tuple)
        return self.style

    def joined(self, sources: Mapping[str, Source[Any]]) -> Self:
        """The same with the bonds of its atoms.

        Raises:
            InputError: at `reach`: nothing says which atoms are bonded.
        """
        source = sources[self.data]
        if self.style is None:
            usual = "cartoon" if "backbone" in source.fields else "ball_and_stick"
            return self.model_copy(update={"style": usual}).joined(sources)
        if self.style not in WITH_BONDS or not is_particles(source):
            return self
        assert not isinstance(self.reach, Bonded)
        if self.reach is None and "radius" not in source.fields:
            raise self._without_elements()
        return self.model_copy(update={"reach": bonded(self.data, sources, self.reach)})

    def _without_elements(self) -> InputError:
        what = f"the elements of the atoms in {self.data!r} are not known, which say how large they are"
        return InputError(what, "write topology: and a file that names them, or a layer of kind points", ("data",))

    def resolve(self, source: Source[Any]) -> Self:
        """The parts of the style, with ranges and sizes.

        Raises:
            InputError: at `data`: no chains for a cartoon, or no elements for other styles.
        """
        common: dict[str, Any] = {"data": self.data, "opacity": self.opacity, "shade": self.shade}
        if self.style == "cartoon":
            ribbons = Ribbons(**common, color=self.color).resolve(source)
            wide = {key: getattr(ribbons, key) * self.scale for key in ("width", "thickness", "tube")}
            return self.model_copy(update={"style": (ribbons.model_copy(update=wide),)})
        if "diameter" not in source.fields:
            raise self._without_elements()
        if self.style == "surface":
            return self.model_copy(update={"style": (MolecularSurface(**common, color=self.color).resolve(source),)})
        common["color"] = ColorBy(by="cpk") if self.color is None else self.color
        angstrom = angstrom_in(source)
        ball = {"spacefill": 1.0, "ball_and_stick": BALL}.get(str(self.style), 0.0) * self.scale
        stick = angstrom * self.scale * (STICK if self.style == "ball_and_stick" else LICORICE)
        ends = (0.0, LARGEST * angstrom)
        size = SizeBy(by="diameter", range=ends, size=(0.0, ends[1] * ball)) if ball else stick
        parts: tuple[Part, ...] = (Points(**common, size=size).resolve(source),)
        if self.style in WITH_BONDS:
            parts += (GlyphLayer.resolve(Lines(**common, width=stick), source),)
        return self.model_copy(update={"style": parts, "color": common["color"]})

    def props(self, sample: Particles) -> tuple[Drawable, ...]:
        """What all parts draw."""
        props: list[Drawable] = []
        lines, alone = sticks(sample, self.reach) if isinstance(self.reach, Bonded) else (None, np.zeros(0, np.intp))
        for part in self._parts:
            if isinstance(part, Lines):
                assert lines is not None
                props += part.props(lines) if len(lines.lines) else ()
            elif isinstance(part, Points) and not isinstance(part.size, SizeBy):  # of sticks alone
                props += part.props(some_of(sample, alone)) if len(alone) else ()
            else:
                props += part.props(sample)
        return tuple(props)

    def near(self, sample: Particles, place: np.ndarray, reach: float) -> np.ndarray:
        """What is near of ribbons, or the surfaces of atoms."""
        first = self._parts[0]
        assert not isinstance(first, Lines)
        return first.near(sample, place, reach)
