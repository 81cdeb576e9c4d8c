"""Files of pictures and movies for textures."""

from __future__ import annotations

import math
import os
import warnings
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from moviemaker.core.errors import InputError, MoviemakerError
from moviemaker.core.fingerprint import file_fingerprint
from moviemaker.core.machine.memory import check_memory, size_text
from moviemaker.core.machine.regular_files import first_bytes
from moviemaker.layers.textures.movie import Movie, read_movie
from moviemaker.layers.textures.movie_frames import MovieFrames, without_needless_opacity

if TYPE_CHECKING:
    from PIL.Image import Image

PICTURES = ("PNG", "JPEG", "TIFF", "WEBP")
"""Formats of pictures that are read. Pillow would start other programs for some of the rest, such as EPS."""

MOST_PIXELS = 1 << 30
"""Largest number of pixels of a picture in a file."""

MOST_RATIO = 1000
"""Largest ratio of the bytes of a picture to those of its file ..."""

LARGE = 1 << 28
"""... if the picture has more bytes than these. Small pictures of one colour may be in any file."""

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
        InputError: no such file, it is neither, or it needs more memory than there is.
        MoviemakerError: ffmpeg is missing.
    """
    if not path.is_file():
        what = f"{str(path)!r} is not a file" if path.exists() else f"no such file {str(path)!r}"
        raise InputError(what, "name a picture or a movie, relative to the folder of the scene")
    try:
        if _is_picture(first_bytes(path, 16)):
            picture = Picture(str(path), file_fingerprint(str(path)))
            picture.pixels  # noqa: B018
            return picture
        movie = read_movie(path)
        with closing(MovieFrames(movie)) as frames:
            frames.get(0)
        return movie
    except (InputError, MoviemakerError, MemoryError):
        raise
    except Exception as error:  # a damaged file raises what its library did not expect
        reason = (str(error) or type(error).__name__).split("\n")[0][:160]
        what = f"{path.name!r} is not a picture or a movie that can be read: {reason}"
        raise InputError(what, "name a PNG, JPEG, TIFF or WebP, or a movie such as MP4 or WebM") from None


def _is_picture(start: bytes) -> bool:
    """Whether a file begins like one of `PICTURES`."""
    tiff = (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+")
    webp = start[:4] == b"RIFF" and start[8:12] == b"WEBP"
    return webp or start.startswith((b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff", *tiff))


@contextmanager
def _opened(path: str) -> Iterator[Image]:
    """A picture whose header has been read, and which fits into memory.

    Raises:
        InputError: it needs more memory than there is.
        OSError, ValueError: the file is not a picture, has too many pixels, or is far too small for them.
    """
    from PIL import Image

    # Maps of the whole Earth have more pixels than Pillow accepts by default.
    usual, Image.MAX_IMAGE_PIXELS = Image.MAX_IMAGE_PIXELS, MOST_PIXELS
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            image = Image.open(path, formats=PICTURES)
    except (Image.DecompressionBombWarning, Image.DecompressionBombError):
        raise ValueError(f"it has more than {MOST_PIXELS} pixels") from None
    finally:
        Image.MAX_IMAGE_PIXELS = usual
    with image:
        _check_size(path, image.size)
        yield image


def _check_size(path: str, size: tuple[int, int]) -> None:
    """Holds the size that a picture declares against its file and the memory, before it is decoded."""
    name, bytes_ = os.path.basename(path), 4 * math.prod(size)
    there = os.path.getsize(path)
    if bytes_ > max(LARGE, MOST_RATIO * there):
        what = f"it says {size[0]} x {size[1]} pixels, {size_text(bytes_)}, in a file of {size_text(there)}"
        raise ValueError(f"{what}, a ratio of more than {MOST_RATIO}")
    # Once as decoded, once with opacity.
    check_memory(2 * bytes_, f"the {size[0]} x {size[1]} pixels of {name!r}", "make the picture smaller")


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
