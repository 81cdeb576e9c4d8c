"""`storyboard`: draws a sheet of small pictures."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

import moviemaker
from moviemaker.commands.arguments.options import LocalNetwork, OutputName, SceneFile
from moviemaker.core.progress import say, to_standard_error


def storyboard(
    scene: SceneFile,
    /,
    *,
    picture: Annotated[Path, Parameter(name=["-o", "--picture"], help="The file to write: .png, or .jpg, .tif.")],
    output: OutputName = None,
    pictures: Annotated[int | None, Parameter(help="About how many pictures. Default: 16.")] = None,
    allow_local_network: LocalNetwork = False,
) -> None:
    """Draw a sheet of pictures with times, cuts and the camera's path, and print its path."""
    from moviemaker.film.picture import check_picture_path, write_picture

    check_picture_path(picture)
    progress = to_standard_error()
    loaded = moviemaker.load(scene, progress, allow_local_network)
    say(write_picture(picture, loaded.storyboard(output, pictures, progress)))
