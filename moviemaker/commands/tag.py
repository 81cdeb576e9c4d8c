"""`tag`: puts metadata back into a movie."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from moviemaker.core.progress import to_standard_error


def tag(
    movie: Annotated[Path, Parameter(help="A movie that an editor has stripped of its metadata.")],
    /,
    *,
    like: Annotated[str, Parameter(help="What it is: 360, 360-tb, 360-lr, 180-lr ..., or a movie that has them.")],
    target: Annotated[
        Path | None, Parameter(name=["-o", "--target"], help="Write another file. Default: change the movie itself.")
    ] = None,
    force: Annotated[
        bool, Parameter(negative="", help="Replace other metadata and other files, and write what contradicts itself.")
    ] = False,
) -> None:
    """Put the metadata of 360-degree and stereo players back into a movie, and print its path.

    Pictures and sound stay as they are.
    """
    from moviemaker.film.tag import tag as put_back

    print(put_back(movie, like, target, force=force, note=to_standard_error().note))
