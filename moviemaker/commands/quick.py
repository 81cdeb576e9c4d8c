"""`quick`: makes a scene and its first picture of data files."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

from cyclopts import Parameter

from moviemaker.commands.arguments.options import DataFiles, Force, LocalNetwork, Scale
from moviemaker.core.progress import say, to_standard_error
from moviemaker.data_options import DataOptions


def quick(
    *files: DataFiles,
    target: Annotated[
        Path | None,
        Parameter(
            name=["-o", "--target"], help="The scene (.yaml) or the picture (.png ...); the other one lies beside it."
        ),
    ] = None,
    force: Force = False,
    scale: Scale = 1.0,
    options: DataOptions = DataOptions(),  # noqa: B008 - it is frozen
    allow_local_network: LocalNetwork = False,
) -> None:
    """Write a scene that shows data files, and its first picture, and print the paths of both."""
    from moviemaker.first_picture import quick as write_both

    how: Any = {"replace": force, "scale": scale, "allow_local_network": allow_local_network}
    for path in write_both(files, target, options, progress=to_standard_error(), **how):
        say(path)
