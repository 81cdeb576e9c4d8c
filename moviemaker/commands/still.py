"""`still`: draws one frame."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

import moviemaker
from moviemaker.commands.arguments.numbers import seconds_of
from moviemaker.commands.arguments.options import LocalNetwork, OutputName, Scale, SceneFile
from moviemaker.core.progress import say, to_standard_error


def still(
    scene: SceneFile,
    /,
    *,
    time: Annotated[
        str | None, Parameter(name=["-t", "--time"], help="Seconds of the movie, or 1:30. Default: its middle.")
    ] = None,
    picture: Annotated[Path, Parameter(name=["-o", "--picture"], help="The file to write: .png, or .jpg, .tif, .exr.")],
    output: OutputName = None,
    scale: Scale = 1.0,
    allow_local_network: LocalNetwork = False,
) -> None:
    """Draw one frame of a scene into a picture file, and print its path."""
    from moviemaker.film.picture import check_picture_path
    from moviemaker.first_picture import write_still

    check_picture_path(picture)
    progress = to_standard_error()
    loaded = moviemaker.load(scene, progress, allow_local_network)
    say(write_still(picture, loaded, seconds_of(time), output, scale, progress))
