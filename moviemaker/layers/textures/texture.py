"""What is laid on a surface, as a scene writes it: a picture or a movie, and where it lies.

```yaml
texture: moon.jpg
texture: {file: clouds.mp4, start: 2, speed: 0.5, loop: true, wrap: lonlat}
```

The page of `surface` says what the keys do. A GIF is a movie if it has several frames.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any
from weakref import WeakKeyDictionary

import numpy as np

from moviemaker.core.errors import InputError
from moviemaker.core.fields import Mesh
from moviemaker.core.kinds import Kind, shorthand
from moviemaker.core.values import TEXT, TRUTH, choice, optional
from moviemaker.layers.textures.image import find_picture
from moviemaker.layers.textures.movie import Movie
from moviemaker.layers.textures.movie_time import play
from moviemaker.timeline.tracks import Number, Vector

_OF_MOVIES = ("start", "speed", "loop")
_OF_GLOBES = ("west", "center")


class Texture(Kind):
    """A picture or a movie as a scene names it."""

    file: Annotated[str, TEXT]
    start: Number = 0.0
    speed: Number = 1.0
    loop: Annotated[bool, TRUTH] = False
    wrap: Annotated[str | None, optional(choice("lonlat", noun="wrap"))] = None
    west: Number = -180.0
    center: Vector = (0.0, 0.0, 0.0)

    def resolve(self) -> LaidOn:
        """The same with its file read.

        Raises:
            InputError: no such file, it can be decoded by nothing, or a key has no meaning here.
        """
        if self.wrap is None:
            self._refuse(_OF_GLOBES, "is for pictures that go round a globe", "write wrap: lonlat, or leave it out")
        try:
            found: Any = find_picture(Path(self.file))
        except InputError as error:
            at = ("file",) if self.model_fields_set > {"file"} else ()
            raise InputError(error.what, error.instead, at) from None
        if isinstance(found, Movie):
            found = play(found, self.start, self.speed, self.loop)
        else:
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
        picture: a `Picture` or a `Playing` movie, frozen a `Picture` or a `MovieFrame`, which have `pixels`.
        wrap, west, center: as in `Texture`.
    """

    picture: Any
    wrap: str | None
    west: Any
    center: Any

    def directions(self, mesh: Mesh) -> np.ndarray:
        """From the middle of the globe to the points of a mesh, (n, 3), as a picture from -180 degrees on needs them.

        The same object as long as the mesh and the place of the globe are the same.
        """
        turn = (self.west + 180.0) % 360.0
        if turn == 0 and not any(self.center):
            return mesh.points
        known = _DIRECTIONS.get(mesh)
        if known is None or known[:2] != (turn, self.center):
            angle = np.radians(turn)
            cosine, sine = np.cos(angle), np.sin(angle)
            turned = np.array([(cosine, sine, 0.0), (-sine, cosine, 0.0), (0.0, 0.0, 1.0)])
            known = _DIRECTIONS[mesh] = (turn, self.center, (mesh.points - self.center) @ turned.T)
        return known[2]


_DIRECTIONS: WeakKeyDictionary[Mesh, tuple[float, Any, np.ndarray]] = WeakKeyDictionary()
"""What was found last for each mesh, so that a mesh that stands still is not made anew for every frame."""


TEXTURE = shorthand(
    Texture,
    "file",
    "file",
    "the file of a picture or a movie, or {file: clouds.mp4, start: 0, speed: 1, loop: true}",
)
