"""`schema`: prints the JSON Schema of scene files."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from moviemaker.commands.arguments.options import Force
from moviemaker.core.progress import say


def schema(
    *,
    file: Annotated[Path | None, Parameter(name=["-o", "--file"], help="Write it into this file.")] = None,
    force: Force = False,
) -> None:
    """Print the JSON Schema of scene files, for editors."""
    import json

    from moviemaker.film.settings import FilmSettings
    from moviemaker.scene.schema import scene_schema

    text = json.dumps(scene_schema(FilmSettings), indent=2)
    if file is None:
        say(text)
        return
    from moviemaker.scene.template import write_scene

    say(write_scene(file, f"{text}\n", force))
