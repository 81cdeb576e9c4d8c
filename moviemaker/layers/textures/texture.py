"""Textures of surfaces, as a scene gives them: a picture or a movie, and how it is mapped.

```yaml
texture: moon.jpg
texture: {file: weather.mp4, start: 2, speed: 0.5, loop: true, wrap: lonlat}
```

The page of `surface` explains the keys. A GIF is a movie.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated
from weakref import WeakKeyDictionary

import numpy as np
from pydantic import SkipValidation

from moviemaker.core.errors import InputError
from moviemaker.core.fields import Mesh
from moviemaker.core.geometry import own_places
from moviemaker.core.kinds import Kind, shorthand
from moviemaker.core.values import TEXT, TRUTH, choice, optional
from moviemaker.layers.textures.image import Picture, find_picture
from moviemaker.layers.textures.movie import Movie
from moviemaker.layers.textures.movie_time import MovieFrame, Playing, play
from moviemaker.timeline.tracks import Number, Vector

_OF_MOVIES = ("start", "speed", "loop")
_OF_GLOBES = ("west", "center")


class Texture(Kind):
    """A picture or a movie on a surface."""

    file: Annotated[str, TEXT]
    """File of the picture (PNG, JPEG, TIFF or WebP) or of the movie (MP4, MOV, MKV, WebM, GIF, ...), relative to the
    folder of the scene."""

    start: Number = 0.0
    """Seconds of the movie at the beginning of the scene; below 0 it waits. Default: 0."""

    speed: Number = 1.0
    """Speed of the movie: 1 is its own (default), 0 stands still, -1 runs backwards. It may move."""

    loop: Annotated[bool, TRUTH] = False
    """Whether the movie begins again at its end. Default: false."""

    wrap: Annotated[str | None, optional(choice("lonlat", noun="wrap"))] = None
    """`lonlat` wraps an equirectangular picture around a globe. Default: the picture follows texture coordinates."""

    west: Number = -180.0
    """With `wrap: lonlat`, longitude of the picture's left edge, degrees. Default: -180."""

    center: Vector = (0.0, 0.0, 0.0)
    """With `wrap: lonlat`, centre of the globe, scene units. Default: the origin."""

    def resolve(self) -> LaidOn:
        """The same with its file read.

        Raises:
            InputError: no such file, it cannot be decoded, or a key has no meaning here.
        """
        if self.wrap is None:
            self._refuse(_OF_GLOBES, "is for pictures around a globe", "write wrap: lonlat, or leave it out")
        try:
            file = find_picture(Path(self.file))
        except InputError as error:
            at = ("file",) if self.model_fields_set > {"file"} else ()
            raise InputError(error.what, error.instead, at) from None
        found: Picture | Playing
        if isinstance(file, Movie):
            found = play(file, self.start, self.speed, self.loop)
        else:
            found = file
            name = Path(self.file).name
            self._refuse(_OF_MOVIES, "is for movies", f"leave it out; {name!r} is a picture that stands still")
        return LaidOn(picture=found, wrap=self.wrap, west=self.west, center=self.center)

    def _refuse(self, keys: tuple[str, ...], why: str, instead: str) -> None:
        for key in keys:
            if key in self.model_fields_set:
                raise InputError(f"{key} {why}", instead, (key,))


class LaidOn(Kind):
    """A resolved texture.

    Attributes:
        picture: a `Picture` or a `Playing` movie; in a frozen model a `Picture` or a `MovieFrame`, which have `pixels`.
        wrap, west, center: as in `Texture`.
    """

    picture: Annotated[Picture | MovieFrame | Playing, SkipValidation]
    wrap: str | None
    west: Number
    center: Vector

    def directions(self, mesh: Mesh) -> np.ndarray:
        """Directions (n, 3) from the globe's centre to the points of a mesh, turned for a left edge at -180 degrees.

        They are in the mesh's own coordinates: the picture turns and moves with the globe.

        It is the same object as long as the mesh and the position of the globe are the same.
        """
        turn = (self.west + 180.0) % 360.0
        if turn == 0 and not any(self.center) and mesh.frame is None:
            return mesh.points
        known = _DIRECTIONS.get(mesh)
        if known is None or known[:2] != (turn, self.center):
            angle = np.radians(turn)
            cosine, sine = np.cos(angle), np.sin(angle)
            turned = np.array([(cosine, sine, 0.0), (-sine, cosine, 0.0), (0.0, 0.0, 1.0)])
            directions = (own_places(mesh.points, mesh.frame) - self.center) @ turned.T
            known = _DIRECTIONS[mesh] = (turn, self.center, directions)
        return known[2]


_DIRECTIONS: WeakKeyDictionary[Mesh, tuple[float, tuple[float, float, float], np.ndarray]] = WeakKeyDictionary()
"""The last result for each mesh, so that a mesh at rest is not built again for every frame."""


TEXTURE = shorthand(
    Texture,
    "file",
    "file",
    "the file of a picture or a movie, or {file: weather.mp4, start: 0, speed: 1, loop: true}",
)
