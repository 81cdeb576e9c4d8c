"""`status`: how far the renders of a scene are."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from moviemaker.commands.arguments.numbers import frames_of
from moviemaker.commands.arguments.options import Scale, SceneFile
from moviemaker.core.progress import say

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
) -> int:
    """Tell how far renders are: what is done, running, missing and failed, how fast, and how long it will take.

    It opens no data, writes nothing, and disturbs no render. Exits with 0 if all is done, 1 if a render has failed,
    3 while one is running, 4 if something is missing and nothing runs.
    """
    from moviemaker.python_scenes.scene_files import scene_document, written_scene
    from moviemaker.rendering.reports.asking import status_in
    from moviemaker.rendering.reports.status_text import status_json, status_lines

    written = written_scene(scene_document(scene), scene.stem)
    found = status_in(written, output, out, frames_of(frames, written.frame_count), scale)
    for line in [status_json(found)] if json else status_lines(found):
        say(line)
    return EXIT[found.state]
