"""Writes metadata for players (projection, stereo mode) into a finished movie, before the file gets its name.

Each container has several places for such metadata. All that fit are filled, since players read different ones. GIF has
none.
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
    """Writes the metadata of a layout into a movie, and replaces those that were there.

    The file is replaced as a whole, which takes as much free disk space as the file: an interrupted call leaves it
    unchanged. A second call does not change the bytes. The index of an MP4 or MOV is moved to the front.

    Args:
        path: MP4, MOV, Matroska or WebM, recognized by its content; a GIF stays unchanged.
        layout: projection and stereo mode of the picture. A layout without metadata removes those in the file.

    Raises:
        UserError: the file cannot be read or written there, is damaged or fragmented, or is not a movie.
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
    """The argument `finish` of `encode` and `make_movie` for a layout; None for a layout without metadata."""
    return None if layout.is_plain else partial(embed, layout=layout)


def container_family(path: Path) -> str:
    """`matroska` for Matroska and WebM, `gif`, or `boxes` for everything else, by the first bytes of the file."""
    with open(path, "rb") as file:
        start = file.read(4)
    return {b"\x1aE\xdf\xa3": "matroska", b"GIF8": "gif"}.get(start, "boxes")


@contextmanager
def explain_file(path: Path) -> Iterator[None]:
    """Turns errors of reading a file or folder into an error that names it.

    Raises:
        UserError: the file is missing, cannot be read, is damaged, or is of the wrong type.
    """
    try:
        yield
    except InputError as input_error:
        raise UserError(f"{path}: {input_error}") from input_error
    except struct.error as error:
        raise UserError(f"{path}: a part of its index is cut short; make the file again") from error
    except OSError as error:
        raise UserError(f"{path}: it cannot be read: {error.strerror or error}; name another file") from error
