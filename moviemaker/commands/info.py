"""`info`: says what is in data files."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from moviemaker.commands.arguments.options import DataFiles, Force, LocalNetwork
from moviemaker.core.machine.file_names import SCENES
from moviemaker.core.machine.terminal import visible, written_into
from moviemaker.core.progress import say, to_standard_error
from moviemaker.data_options import DataOptions


def info(
    *files: DataFiles,
    scene: Annotated[
        Path | None, Parameter(name=["-o", "--scene"], help="Write the scene into this file, and print its path.")
    ] = None,
    force: Force = False,
    options: DataOptions = DataOptions(),  # noqa: B008 - it is frozen
    allow_local_network: LocalNetwork = False,
) -> None:
    """Say what is in data files, and propose a scene that shows them.

    Paths in the scene start where it is written, or in the current folder. Of a scene file it says what is in its data.
    """
    from moviemaker.core.machine.network import local_network
    from moviemaker.scene.template import write_scene

    if len(files) == 1 and files[0].suffix.lower() in SCENES:
        from moviemaker.scene_contents import scene_contents

        say(scene_contents(files[0], to_standard_error(), allow_local_network))
        return
    folder = (scene or written_into(SCENES) or Path("scene.yaml")).parent
    with local_network(allow_local_network):
        found = options.describe(files, folder, to_standard_error())
    say(found if scene is None else write_scene(scene, visible(f"{found}\n"), force))
