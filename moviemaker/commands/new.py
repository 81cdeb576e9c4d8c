"""`new`: writes a scene to begin with."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from moviemaker.core.progress import say


def new(
    file: Annotated[Path, Parameter(help="The scene file to write.")],
    /,
    *,
    force: Annotated[bool, Parameter(negative="", help="Replace a file that is there.")] = False,
) -> None:
    """Write a commented scene that renders as it is, and print its path."""
    from moviemaker.scene.template import write_template

    say(write_template(file, replace=force))
