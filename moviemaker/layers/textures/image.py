"""Files of pictures and movies for textures."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from moviemaker.core.errors import InputError
from moviemaker.core.fingerprint import file_fingerprint
from moviemaker.layers.textures.movie import Movie, read_movie
from moviemaker.layers.textures.movie_frames import MovieFrames, without_needless_opacity

if TYPE_CHECKING:
    from PIL.Image import Image

MOST_PIXELS = 1 << 30
"""Largest number of pixels of a picture in a file."""

LARGEST_SIDE = 16384
"""Largest side in pixels of a picture that is drawn: all renderers accept it."""


@dataclass(frozen=True)
class Picture:
    """A picture in a file.

    Attributes:
        path: of the file. It has no influence on pixels.
        content: a hash of it.
    """

    path: str = field(compare=False)
    content: str

    @property
    def pixels(self) -> np.ndarray:
        """(height, width, 3) uint8, sRGB, row 0 on top; or (height, width, 4), with opacity. Always the same object."""
        return _pixels(self.path, self.content)


def find_picture(path: Path) -> Picture | Movie:
    """The picture or the movie in a file; the picture, or the movie's first frame, has been read once.

    Args:
        path: of the file.

    Raises:
        InputError: no such file, or it is neither.
    """
    if not path.is_file():
        what = f"no such file {str(path)!r}"
        raise InputError(what, "name a picture or a movie, relative to the folder of the scene")
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


def _unreadable(path: Path, reason: str) -> InputError:
    what = f"{path.name!r} is not a picture or a movie that can be read: {reason}"
    return InputError(what, "name a PNG or JPEG, or a movie such as MP4 or WebM")


def _is_unknown(error: Exception) -> bool:
    from PIL import UnidentifiedImageError

    return isinstance(error, UnidentifiedImageError)


def _moves(path: Path) -> bool:
    """Whether a file is an animated picture."""
    try:
        with _opened(str(path)) as image:
            return image.format == "GIF" and bool(getattr(image, "is_animated", False))
    except (OSError, ValueError):
        return False


@contextmanager
def _opened(path: str) -> Iterator[Image]:
    """A picture whose header has been read.

    Raises:
        OSError, ValueError: the file is not a picture, or has too many pixels.
    """
    from PIL import Image

    # Maps of the whole Earth have more pixels than Pillow accepts by default.
    usual, Image.MAX_IMAGE_PIXELS = Image.MAX_IMAGE_PIXELS, MOST_PIXELS
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            image = Image.open(path)
    except (Image.DecompressionBombWarning, Image.DecompressionBombError):
        raise ValueError(f"it has more than {MOST_PIXELS} pixels") from None
    finally:
        Image.MAX_IMAGE_PIXELS = usual
    with image:
        yield image


@lru_cache(maxsize=8)
def _pixels(path: str, content: str) -> np.ndarray:
    with _opened(path) as image:
        if image.mode.startswith("I;16"):  # Pillow would turn all but the darkest values white
            grey = (np.asarray(image) >> 8).astype(np.uint8)
            found = np.repeat(grey[..., None], 3, axis=2)
        else:
            found = np.asarray(image.convert("RGBA" if image.has_transparency_data else "RGB"))
    return without_needless_opacity(_no_larger(found))


def _no_larger(pixels: np.ndarray) -> np.ndarray:
    """A picture with sides that OpenGL accepts; a larger one is reduced by averaging pixels."""
    factor = -(-max(pixels.shape[:2]) // LARGEST_SIDE)
    if factor == 1:
        return pixels
    from PIL import Image

    return np.asarray(Image.fromarray(pixels).reduce(factor))
