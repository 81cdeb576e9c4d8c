"""Pictures that layers lay on things."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path

import numpy as np

from moviemaker.core.errors import Mistake
from moviemaker.core.fingerprint import file_fingerprint


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
        """(height, width, 3) uint8, sRGB, row 0 on top; the same object every time."""
        return _pixels(self.path, self.content)


def find_picture(path: Path, at: str) -> Picture:
    """A picture that can be read.

    Args:
        path: of the file.
        at: the key that names it.

    Raises:
        Mistake: at that key: there is no such file, or it is no picture.
    """
    if not path.is_file():
        what = f"there is no file {str(path)!r}"
        raise Mistake(what, "name a picture, relative to the folder of the scene", (at,))
    found = Picture(str(path), file_fingerprint(str(path)))
    try:
        found.pixels  # noqa: B018
    except (OSError, ValueError) as error:
        raise Mistake(f"{path.name!r} is no picture that can be read: {error}", "name a PNG or JPEG", (at,)) from None
    return found


@lru_cache(maxsize=8)
def _pixels(path: str, content: str) -> np.ndarray:
    from PIL import Image

    with Image.open(path) as image:
        return np.asarray(image.convert("RGB"))
