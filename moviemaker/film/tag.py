"""Puts metadata for 360-degree players back into a movie that an editor has stripped.

Only the index of the file changes: the pictures and the sound are copied as they are. The new file is written beside
the old one, is read again, and only then takes its place.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from moviemaker.core.errors import InputError, UserError
from moviemaker.core.machine.files import check_target, whole_file
from moviemaker.film.containers.embed import embed
from moviemaker.film.containers.spherical import Reading
from moviemaker.film.disk_errors import explain_disk
from moviemaker.film.inspect.compatibility import contradictions, picture_layout
from moviemaker.film.inspect.probe import Facts, gather
from moviemaker.film.layout import PictureLayout, name_tokens

_CONTAINERS = ("MP4", "MOV", "Matroska", "WebM")


def tag(
    movie: Path,
    like: str,
    target: Path | None = None,
    *,
    force: bool = False,
    note: Callable[[str], None] | None = None,
) -> Path:
    """Writes the metadata of a layout into a movie.

    Args:
        movie: MP4, MOV, Matroska or WebM.
        like: a word for the layout, such as `360-tb`, or the path of a movie that has the same.
        target: the file to write; default: the movie itself, which is replaced when the new file is whole.
        force: also if the movie has other metadata, if its name or the ratio of its picture says otherwise, and if the
            target exists.
        note: called with a sentence for the user, such as that its name should say so too.

    Returns:
        The file that has the metadata.

    Raises:
        UserError: one of these, the file cannot be read or written, or no such layout.
        MoviemakerError: the disk is full.
    """
    movie = movie.resolve() if movie.is_symlink() else movie
    check_target(target or movie)
    facts, layout = gather(movie), _layout(like)
    _check(movie, facts, layout, force)
    place = target or movie
    if target is not None and os.path.lexists(target) and not force:
        raise UserError(f"{target}: there is a file already; choose another name, or replace it with --force")
    with explain_disk(place.parent), whole_file(place) as partial:
        _link_or_copy(movie, partial)
        embed(partial, layout)
        if partial.samefile(movie):  # all of the metadata are there already
            partial.unlink()
            shutil.copy(movie, partial)
        written = replace(gather(partial), name=facts.name)
        if _without_metadata(written) != _without_metadata(facts) or not _agree(written, layout):
            raise UserError(f"{movie}: the metadata cannot be read back; it is left as it is: render it again instead")
    tokens, suffix = name_tokens(place.name), layout.name_suffix
    if note is not None and suffix and (tokens.projection, tokens.stereo) == (None, None):
        note(f"some players go by the name alone: name it {place.stem}{suffix}{place.suffix}")
    return place


def _layout(like: str) -> PictureLayout:
    path = Path(like)
    try:
        return PictureLayout.like(like)
    except InputError as error:
        if not _is_file(path):
            raise UserError(f"--like {like}: {error}, or the path of a movie") from None
    facts = gather(path)
    if not facts.readings:
        raise UserError(f"--like {like}: that movie has no metadata; name one that has, or a word such as 360-tb")
    return picture_layout(facts)


def _is_file(path: Path) -> bool:
    """Whether a text is the path of a file. It may be longer than a path can be."""
    try:
        return path.is_file()
    except OSError:
        return False


def _check(movie: Path, facts: Facts, layout: PictureLayout, force: bool) -> None:
    if facts.container not in _CONTAINERS:
        what = f"{facts.container} has no place for such metadata"
        raise UserError(f"{movie}: {what}; copy it into an MP4 or MKV first, with ffmpeg -c copy")
    if force:
        return
    others = [str(reading) for reading in facts.readings if not _says(reading, layout)]
    if others:
        what = f"it has other metadata already ({'; '.join(others)})"
        raise UserError(f"{movie}: {what}; --force replaces them with {layout}")
    wanted = replace(facts, container="", readings=(Reading("V2", layout.projection, layout.stereo),))
    for what, instead in contradictions(wanted):
        raise UserError(f"{movie}: as {layout} it would contradict itself: {what}; {instead}, or write it with --force")


def _says(reading: Reading, layout: PictureLayout) -> bool:
    return reading.projection in (None, layout.projection) and reading.stereo == layout.stereo


def _agree(facts: Facts, layout: PictureLayout) -> bool:
    return (bool(facts.readings) or layout.is_plain) and all(_says(reading, layout) for reading in facts.readings)


def _without_metadata(facts: Facts) -> Facts:
    return replace(facts, readings=(), index_first=None)


def _link_or_copy(movie: Path, partial: Path) -> None:
    """Gives a movie a second name, which `embed` replaces by a new file, or copies it where that cannot be done."""
    try:
        os.link(movie, partial)
    except OSError:
        shutil.copy(movie, partial)
