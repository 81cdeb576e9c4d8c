"""`status`: how far the renders of a scene are."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from cyclopts import Parameter

from moviemaker.commands.arguments.numbers import frames_of
from moviemaker.commands.arguments.options import Scale, SceneFile
from moviemaker.core.progress import say, to_standard_error

if TYPE_CHECKING:
    from moviemaker.rendering.reports.profile import Piece

EXIT = {"done": 0, "failed": 1, "running": 3, "stopped": 4, "not begun": 4}
"""Exit status by the state of the scene."""


def status(
    scene: SceneFile,
    /,
    *,
    output: Annotated[
        list[str] | None, Parameter(negative="", help="An output to tell of; may be repeated. Default: all.")
    ] = None,
    out: Annotated[Path, Parameter(name=["-o", "--out"], help="Folder of the results.")] = Path("outputs"),
    frames: Annotated[str | None, Parameter(help="Frames A:B, from 0, without B. Default: all.")] = None,
    scale: Scale = 1.0,
    json: Annotated[bool, Parameter(negative="", help="Write JSON for scripts.")] = False,
    profile: Annotated[bool, Parameter(negative="", help="Tell where the time of the last render went, too.")] = False,
    picture: Annotated[Path | None, Parameter(help="Draw where the time went into this file (.png).")] = None,
) -> int:
    """Tell how far renders are: what is done, running, missing and failed, how fast, and how long it will take.

    It opens no data, and disturbs no render. Exits with 0 if all is done, 1 if a render has failed,
    3 while one is running, 4 if something is missing and nothing runs.
    """
    from moviemaker.python_scenes.scene_files import scene_document, written_scene
    from moviemaker.rendering.reports.asking import profile_in, status_in
    from moviemaker.rendering.reports.status_text import status_json, status_lines

    written = written_scene(scene_document(scene), scene.stem)
    found = status_in(written, output, out, frames_of(frames, written.frame_count), scale)
    for line in [status_json(found)] if json else status_lines(found):
        say(line)
    if profile or picture is not None:
        _tell_profile(profile_in(written, output, out, scale), written.name, profile, picture)
    return EXIT[found.state]


def _tell_profile(pieces: list[Piece], name: str, table: bool, picture: Path | None) -> None:
    from moviemaker.film.picture import check_picture_path, write_picture
    from moviemaker.rendering.reports.profile_text import profile_lines
    from moviemaker.rendering.reports.timeline import timeline

    if picture is not None:
        check_picture_path(picture)
    if not pieces:
        to_standard_error().note("no log tells of a render, so nothing is known of where the time went")
        return
    for line in ["", *profile_lines(pieces)] if table else []:
        say(line)
    if picture is not None:
        say(write_picture(picture, timeline(name, pieces)))
