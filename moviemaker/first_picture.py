"""A scene and a picture of data files at once: what `moviemaker quick` does."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

from moviemaker.api import Scene, load
from moviemaker.core.errors import UserError
from moviemaker.core.machine.file_names import SCENES
from moviemaker.core.machine.network import local_network
from moviemaker.core.progress import Progress
from moviemaker.data.describing.report import stem, title_of
from moviemaker.data_options import DataOptions, check_given
from moviemaker.film.picture import check_picture_path, write_picture
from moviemaker.rendering.estimate import note_compiling
from moviemaker.scene.model import TRANSPARENT
from moviemaker.scene.template import write_scene
from moviemaker.visibility import is_blank


def quick(
    files: Sequence[Path],
    target: Path | None = None,
    options: DataOptions | None = None,
    *,
    replace: bool = False,
    scale: float = 1.0,
    allow_local_network: bool = False,
    progress: Progress | None = None,
) -> tuple[Path, Path]:
    """Writes a scene that shows data files, and its first picture.

    Args:
        files: paths of the files, a glob, or an address.
        target: the scene file (`.yaml`) or the picture (any other ending); the other one lies beside it (default: both
            in the current folder, named after the data).
        options: what else is to be said of the files (default: nothing).
        replace: whether files that are there are replaced.
        scale: makes the picture smaller.
        allow_local_network: whether data may be read from addresses of this machine and its network.
        progress: reporter for warnings and for data that take long to read (default: none).

    Returns:
        The paths of the scene and of the picture.

    Raises:
        InputError: the data cannot be read.
        UserError: a file is there already, or cannot be written.
    """
    check_given(files)
    for path in files:
        if path.suffix.lower() in SCENES:
            raise UserError(f"{path}: this is a scene already; draw it with: moviemaker still {path}")
    scene, picture = _targets(files, target)
    check_picture_path(picture)
    for path in (scene, picture):
        if not replace and os.path.lexists(path):
            right = "replace it with --force, or name another one with -o"
            raise UserError(f"{path}: there is a file already; {right}")
    with local_network(allow_local_network):
        found = (options or DataOptions()).describe(files, scene.parent, progress)
    write_scene(scene, f"{found}\n", replace)
    loaded = load(scene, progress, allow_local_network)
    try:
        if progress is not None:
            note_compiling(loaded.prepared.script.layers, progress)
        # What is born later is not seen in the beginning.
        middle = loaded.prepared.script.scene.header.duration / 2
        drawn = loaded.still(0.0, scale=scale)
        if is_blank(drawn):
            drawn = loaded.still(middle, scale=scale, progress=progress)
        elif progress is not None:
            for warning in loaded.prepared.warnings:
                progress.note(f"warning: {warning}")
        write_picture(picture, drawn)
    finally:
        loaded.close()
    return scene, picture


def write_still(
    path: Path, scene: Scene, time: float | None, output: str | None, scale: float, progress: Progress
) -> Path:
    """Draws the picture of a scene at a time into a file; an EXR file gets linear light.

    Args:
        path: of the file.
        scene: what is drawn.
        time, output, scale, progress: as `Scene.still` takes them.

    Raises:
        InputError: the file cannot hold a transparent picture.
        UserError: no such output or time, or the file cannot be written.
    """
    check_picture_path(path, scene.prepared.script.scene.header.background == TRANSPARENT)
    return write_picture(path, scene.still(time, output, scale, progress, linear=path.suffix.lower() == ".exr"))


def _targets(files: Sequence[Path], target: Path | None) -> tuple[Path, Path]:
    """Where the scene and the picture go."""
    if target is None:
        names = [str(path) for path in files]
        target = Path(f"{stem(names if len(names) > 1 else title_of(names))}.yaml")
    if target.suffix.lower() in SCENES:
        return target, target.with_suffix(".png")
    if not target.suffix:
        return target.with_name(f"{target.name}.yaml"), target.with_name(f"{target.name}.png")
    return target.with_suffix(".yaml"), target
