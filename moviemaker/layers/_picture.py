"""Pictures and movies that layers lay on things."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path

import numpy as np

from moviemaker.core.errors import Mistake
from moviemaker.core.fingerprint import file_fingerprint
from moviemaker.layers._movie import Movie, read_movie
from moviemaker.layers._movie_frames import MovieFrames, without_needless_opacity


@dataclass(frozen=True)
class Picture:
    """A picture in a file.

    Attributes:
        path: of the file. Where it is changes no pixel.
        content: a hash of it.
    """

    path: str = field(compare=False)
    content: str

    @property
    def pixels(self) -> np.ndarray:
        """(height, width, 3) uint8, sRGB, row 0 on top; or (height, width, 4), with opacity. The same object always."""
        return _pixels(self.path, self.content)


def find_picture(path: Path) -> Picture | Movie:
    """A picture that can be read, or a movie whose first frame can.

    Args:
        path: of the file.

    Raises:
        Mistake: there is no such file, or it is neither.
    """
    if not path.is_file():
        what = f"there is no file {str(path)!r}"
        raise Mistake(what, "name a picture or a movie, relative to the folder of the scene")
    if not _moves(path):
        found = Picture(str(path), file_fingerprint(str(path)))
        try:
            found.pixels  # noqa: B018
            return found
        except (OSError, ValueError) as error:
            reason = str(error)
            if not _is_unknown(error):
                raise _unreadable(path, reason) from None
    try:
        movie = read_movie(path)
        frames = MovieFrames(movie)
        frames.get(0)
        frames.close()
    except (OSError, ValueError) as error:
        raise _unreadable(path, str(error)) from None
    return movie


def _unreadable(path: Path, reason: str) -> Mistake:
    what = f"{path.name!r} is no picture and no movie that can be read: {reason}"
    return Mistake(what, "name a PNG or JPEG, or a movie such as MP4 or WebM")


def _is_unknown(error: Exception) -> bool:
    from PIL import UnidentifiedImageError

    return isinstance(error, UnidentifiedImageError)


def _moves(path: Path) -> bool:
    """Whether a file that may be a picture is one that moves."""
    from PIL import Image

    try:
        with Image.open(path) as image:
            return image.format == "GIF" and bool(getattr(image, "is_animated", False))
    except (OSError, ValueError):
        return False


@lru_cache(maxsize=8)
def _pixels(path: str, content: str) -> np.ndarray:
    from PIL import Image

    with Image.open(path) as image:
        return without_needless_opacity(np.asarray(image.convert("RGBA" if image.has_transparency_data else "RGB")))
