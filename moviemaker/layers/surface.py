"""A mesh as a surface, both of whose sides are seen.

```yaml
kind: surface
data: membrane
color: {by: tension, colormap: viridis, range: ["1%", "99%"]}
opacity: {0: 1, 3: 0.4}
```

It is lit smoothly; edges sharper than 30 degrees stay sharp. `shade: false` shows the colours as they are, and
`wireframe: true` only the edges of the polygons. Polygons with a corner whose place or value is not known are left out.

`texture` is a picture or a movie that is laid on by the mesh's texture coordinates: a field of two columns, found by
itself or named by `coordinates`.

```yaml
kind: surface
data: screen
texture: {file: talk.mp4, start: 2, loop: true}
coordinates: TCoords
```

A movie plays with the seconds of the scene's movie and at its own rate, from its beginning or from `start`, seconds;
`start: -2` lets it wait. When it is over its last frame stays, or with `loop` it begins again. `speed: 2` is twice as
fast, 0 stands still, and -1 runs backwards, which takes longer. Both may move: of a speed that does, the way adds up,
and with `speed: 0` it is `start` alone that says what is shown, as `{0: 2, 10: 5, ease: linear}`.

What is clear in a picture or a movie lets what is behind shine through, as clouds do over a globe: PNG, GIF and WebP,
and of movies ProRes 4444, VP8 and VP9 in WebM, FFV1 and QuickTime Animation. `opacity` of the layer multiplies it.

`wrap: lonlat` lays a picture of all longitudes and latitudes (equirectangular, north on top) round a globe: x goes
through longitude 0, y through 90 degrees east and z through the north pole, as data with `globe` lie. It is exact
between the points of coarse meshes too, and needs no texture coordinates. `west` is the longitude of its left edge,
-180 or, as of many maps of planets, 0; if it moves, the picture turns. `center` is the middle of a globe that is not
around the origin.

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

from moviemaker.core.errors import InputError, Location
from moviemaker.core.fields import Mesh
from moviemaker.core.props import Drawable
from moviemaker.core.props import Surface as SurfaceProp
from moviemaker.core.sources import Source
from moviemaker.core.values import TEXT, TRUTH, optional
from moviemaker.layers._color_by import ColorBy, Coloring
from moviemaker.layers._layer import Layer
from moviemaker.layers._near_camera import MOST_POLYGONS, NOTHING, is_near
from moviemaker.layers._palette import palette
from moviemaker.layers._plane import nearest_in_polygons
from moviemaker.layers.textures.texture import TEXTURE, LaidOn, Texture


class Surface(Layer):
    """Polygons."""

    takes: ClassVar[type] = Mesh

    kind: Literal["surface"] = "surface"
    color: Coloring = (0.85, 0.85, 0.85)
    shade: Annotated[bool, TRUTH] = True
    wireframe: Annotated[bool, TRUTH] = False
    texture: Annotated[Texture | None, optional(TEXTURE)] = None
    coordinates: Annotated[str | None, optional(TEXT)] = None

    def named_fields(self) -> tuple[tuple[Location, str], ...]:
        """The field that colours the surface, and the texture coordinates, where the scene names them."""
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
            InputError: no polygons; the texture cannot be read, or nothing says where on the mesh it lies.
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
            what = "a texture that goes round a globe and coordinates are given"
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
        looks: dict[str, Any] = {}
        if isinstance(self.texture, LaidOn):
            named = self.coordinates
            coordinates = self.texture.directions(sample) if named is None else sample.fields[named]
            looks = {"picture": self.texture.picture.pixels, "coordinates": coordinates}
        elif not isinstance(by, ColorBy):
            color = by
        elif sample.fields[by.by].ndim == 2:
            looks = {"colors": by.colors(sample.fields[by.by])}
        else:
            looks = {"values": sample.fields[by.by], "palette": palette(by)}
        return (SurfaceProp(sample.points, sample.polys, color, self.opacity, self.shade, self.wireframe, **looks),)

    def near(self, sample: Mesh, place: np.ndarray, reach: float) -> np.ndarray:
        """The nearest point of each polygon within reach; of very many, of the nearest and some others."""
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
"""Names, in small letters, that texture coordinates often have."""
