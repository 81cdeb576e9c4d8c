"""Tells players what a movie's picture is: the last touches to a file before it gets its name.

Each container has its own places for it; all that fit are filled, as each player looks into another. GIF has none.
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

from moviemaker.core.errors import InputError, UserError
from moviemaker.film.containers import matroska, mp4_boxes, mp4_metadata
from moviemaker.film.disk_errors import explain_disk
from moviemaker.film.layout import PictureLayout


def embed(path: Path, layout: PictureLayout) -> None:
    """Writes the metadata of a layout into a movie, in the place of all that were there.

    The file is replaced as a whole, which takes its size in free disk: being stopped at any moment leaves it as it was.
    Doing it twice gives the same bytes as once. The index of an MP4 or MOV is put in front if it was not.

    Args:
        path: MP4, MOV, Matroska or WebM, told by its content; a GIF is left as it is.
        layout: what the picture is; one without metadata removes what is there.

    Raises:
        UserError: it cannot be read or written there, is damaged, fragmented, or no movie.
        MoviemakerError: the disk is full.
    """
    with explain_file(path):
        kind = container_family(path)
    if kind == "gif":
        return
    with explain_file(path), explain_disk(path.parent):
        if kind == "matroska":
            if not layout.is_plain or matroska.read_metadata(path):
                matroska.write_metadata(path, layout)
        else:
            mp4_boxes.rewrite(path, lambda moov: mp4_metadata.write_metadata(moov, layout))


def finishing_touch(layout: PictureLayout) -> Callable[[Path], None] | None:
    """What `encode` and `make_movie` take as `finish` for a layout; None where there is nothing to write."""
    return None if layout.is_plain else partial(embed, layout=layout)


def container_family(path: Path) -> str:
    """`matroska` for Matroska and WebM, `gif`, or `boxes` for all else, told by the first bytes."""
    with open(path, "rb") as file:
        start = file.read(4)
    return {b"\x1aE\xdf\xa3": "matroska", b"GIF8": "gif"}.get(start, "boxes")


@contextmanager
def explain_file(path: Path) -> Iterator[None]:
    """Turns what is wrong with a file or folder that is read into an error that names it.

    Raises:
        UserError: it is missing, cannot be read, is damaged, or not what is needed.
    """
    try:
        yield
    except InputError as input_error:
        raise UserError(f"{path}: {input_error}") from input_error
    except struct.error as error:
        raise UserError(f"{path}: a part of its index is cut short; make the file again") from error
    except OSError as error:
        raise UserError(f"{path}: it cannot be read: {error.strerror or error}; name another file") from error
