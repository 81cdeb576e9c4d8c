"""A mesh as a surface that is visible from both sides.

```yaml
kind: surface
data: membrane
color: {by: tension, colormap: viridis, range: ["1%", "99%"]}
opacity: {0: 1, 3: 0.4}
```

Shading is smooth; edges sharper than 30 degrees stay sharp. `shade: false` shows the colours as they are, and
`wireframe: true` draws only the edges of the polygons. Polygons with a corner whose position or value is not finite are
left out.

`roughness` and `metal` say how it reflects lamps and the `sky`, and `emission` lets it shine: lacquer is
`roughness: 0.2`, gold `{color: "#ffc356", metal: 1, roughness: 0.3}`.

`texture` is a picture or a movie that is mapped by the mesh's texture coordinates: a field of two columns, which is
found automatically or named by `coordinates`.

```yaml
kind: surface
data: screen
texture: {file: talk.mp4, start: 2, loop: true}
coordinates: TCoords
```

A movie plays in the time of the scene's movie at its own frame rate, from its beginning or from `start`, in seconds;
`start: -2` lets it wait two seconds. At its end the last frame stays, or with `loop` it begins again. `speed: 2` is
twice as fast, 0 stands still, and -1 runs backwards, which takes longer to decode. Both may move: a moving speed is
integrated over time, and with `speed: 0` the shown time is `start` alone, such as `{0: 2, 10: 5, ease: linear}`.

Transparent parts of a picture or a movie show what is behind them, such as the ground under the weather of a globe:
PNG, GIF and WebP, and movies in ProRes 4444, VP8 and VP9 in WebM, FFV1 and QuickTime Animation. `opacity` of the layer
multiplies their opacity.

`wrap: lonlat` wraps a picture of all longitudes and latitudes (equirectangular, north on top) around a globe: x goes
through longitude 0, y through 90 degrees east and z through the north pole, as in data with `globe`. It is exact
between the points of coarse meshes too, and needs no texture coordinates. `west` is the longitude of its left edge:
-180, or 0 in many maps of planets; if it moves, the picture turns. `center` is the middle of a globe that is not at the
origin.

```yaml
kind: surface
data: earth
texture: {file: earth.jpg, wrap: lonlat, west: {0: -180, 10: 180, ease: linear}}
```
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any, ClassVar, Literal, Self

import numpy as np
from pydantic import model_validator

from moviemaker.core.errors import InputError, Location
from moviemaker.core.fields import Mesh
from moviemaker.core.props import Drawable
from moviemaker.core.props import Surface as SurfaceProp
from moviemaker.core.sources import Source
from moviemaker.core.values import TEXT, TRUTH, optional
from moviemaker.layers._color_by import ColorBy, Coloring
from moviemaker.layers._near_camera import MOST_POLYGONS, NOTHING, is_near
from moviemaker.layers._palette import palette
from moviemaker.layers.materials.material import MaterialLayer
from moviemaker.layers.materials.outlined import OutlinedLayer
from moviemaker.layers.planes.plane import nearest_in_polygons
from moviemaker.layers.textures.movie_time import Playing
from moviemaker.layers.textures.texture import TEXTURE, LaidOn, Texture


class Surface(OutlinedLayer, MaterialLayer):
    """The polygons of a mesh."""

    takes: ClassVar[type] = Mesh

    kind: Literal["surface"] = "surface"

    color: Coloring = (0.85, 0.85, 0.85)
    """One colour, or `{by: FIELD, colormap: NAME, range: [lo, hi]}`. Default: light grey."""

    shade: Annotated[bool, TRUTH] = True
    """Whether the scene's lights shade the surface; `false` draws its flat colours. Default: true."""

    wireframe: Annotated[bool, TRUTH] = False
    """Whether only the edges of the polygons are drawn. Default: false."""

    texture: Annotated[Texture | None, optional(TEXTURE)] = None
    """A picture or a movie on the surface: its file, or `{file: talk.mp4, start: 2, loop: true}`. Default: none."""

    coordinates: Annotated[str | None, optional(TEXT)] = None
    """Name of the field of texture coordinates, with two columns: (0, 0) is the lower left corner of the picture.
    Default: the field of the mesh that has such a name or two columns."""

    @model_validator(mode="after")
    def _check_wireframe(self) -> Self:
        if self.wireframe and self.outline is not None:
            raise InputError("outline says nothing about edges alone", "leave it or wireframe out", ("outline",))
        return self

    def named_fields(self) -> tuple[tuple[Location, str], ...]:
        """The field that colours the surface and the texture coordinates, if the scene names them."""
        named: list[tuple[Location, str]] = []
        if isinstance(self.color, ColorBy):
            named.append((("color", "by"), self.color.by))
        if self.coordinates is not None:
            named.append((("coordinates",), self.coordinates))
        return tuple(named)

    def placed(self, folder: Path) -> Self:
        """The same with the path of its texture relative to the folder of the scene."""
        if self.texture is None:
            return self
        placed = self.texture.model_copy(update={"file": str(folder / self.texture.file)})
        return self.model_copy(update={"texture": placed})

    def resolve(self, source: Source[Any]) -> Self:
        """The range of colours, and the picture or movie.

        Raises:
            InputError: no polygons; or the texture cannot be read, or has no coordinates.
        """
        first = 0.0 if source.times is None else float(source.times[0])
        if not len(source.at(first).polys):
            right = "name data with polygons; poly-lines are for a layer of kind lines"
            raise InputError(f"no polygons in {self.data!r}", right, ("data",))
        color = self.color.resolve(source) if isinstance(self.color, ColorBy) else self.color
        if self.texture is None:
            if self.coordinates is not None:
                what = "there are texture coordinates, and no texture"
                raise InputError(what, "name a texture, or leave coordinates out", ("coordinates",))
            return self.model_copy(update={"color": color})
        if "color" in self.model_fields_set or self.wireframe:
            key = "color" if "color" in self.model_fields_set else "wireframe"
            raise InputError(f"a texture and {key} are given", "write one of them", (key,))
        if self.texture.wrap is not None and self.coordinates is not None:
            what = "a texture around a globe and coordinates are given"
            raise InputError(what, "leave wrap or coordinates out", ("coordinates",))
        try:
            laid = self.texture.resolve()
        except InputError as error:
            raise InputError(error.what, error.instead, ("texture", *error.at)) from None
        coordinates = self._coordinates(source, first) if laid.wrap is None else None
        return self.model_copy(update={"texture": laid, "coordinates": coordinates})

    def _coordinates(self, source: Source[Any], first: float) -> str:
        """The field of texture coordinates."""
        names = source.fields if self.coordinates is None else (self.coordinates,)
        for name in sorted(names, key=lambda name: name.lower() not in _USUAL):
            if np.shape(source.at(first, (name,)).fields[name])[1:] == (2,):
                return str(name)
        if self.coordinates is not None:
            what = f"{self.coordinates!r} holds no texture coordinates, which are two numbers at each point"
            raise InputError(what, "name a field that does, or leave coordinates out", ("coordinates",))
        right = "take a file that has them, a field of two columns, or write wrap: lonlat if it is a globe"
        raise InputError(f"no texture coordinates in {self.data!r}", right, ("texture",))

    def props(self, sample: Mesh) -> tuple[Drawable, ...]:
        """The surface."""
        color, by = (0.0, 0.0, 0.0), self.color
        painted: dict[str, Any] = {}
        if isinstance(self.texture, LaidOn):
            named = self.coordinates
            coordinates = self.texture.directions(sample) if named is None else sample.fields[named]
            picture = self.texture.picture
            assert not isinstance(picture, Playing)
            painted = {"picture": picture.pixels, "coordinates": coordinates}
        elif not isinstance(by, ColorBy):
            color = by
        elif sample.fields[by.by].ndim == 2:
            painted = {"colors": by.colors(sample.fields[by.by])}
        else:
            painted = {"values": sample.fields[by.by], "palette": palette(by)}
        return (SurfaceProp(sample.points, sample.polys, color, self.opacity, self.shade, self.wireframe, **painted),)

    def near(self, sample: Mesh, place: np.ndarray, reach: float) -> np.ndarray:
        """The nearest point of each polygon within reach; of very many, only of the nearest and some others."""
        if not len(sample.points) or not is_near(sample.points, place, reach):
            return NOTHING
        sizes = np.diff(sample.polys.offsets)
        filled = sizes > 0
        starts = sample.polys.offsets[:-1][filled]
        if not len(starts):
            return NOTHING
        corners = sample.points[sample.polys.connectivity].astype(np.float64)
        middle = np.add.reduceat(corners, starts) / sizes[filled, None]
        apart = np.linalg.norm(corners - np.repeat(middle, sizes[filled], axis=0), axis=1)
        radius = np.maximum.reduceat(apart, starts)
        away = np.linalg.norm(middle - place, axis=1) - radius
        close = np.flatnonzero(away <= reach)
        if not len(close):
            return NOTHING
        if len(close) > MOST_POLYGONS:
            close = close[np.argsort(away[close], kind="stable")]
            others = close[MOST_POLYGONS :: len(close) // MOST_POLYGONS + 1]
            close = np.concatenate([close[:MOST_POLYGONS], others])
        counts = sizes[filled][close]
        alike = [starts[close[counts == count], None] + np.arange(count) for count in np.unique(counts)]
        found = np.concatenate([nearest_in_polygons(corners[numbers], place) for numbers in alike])
        return np.asarray(found[np.linalg.norm(found - place, axis=1) <= reach])


_USUAL = ("tcoords", "texture coordinates", "texturecoordinates", "uv")
"""Usual names of texture coordinates, in lower case."""
