"""A scene and a picture of data files at once: what `moviemaker quick` does, and the arguments that `info` shares."""

from __future__ import annotations

import os
import re
from collections.abc import Sequence
from pathlib import Path

from moviemaker.api import Scene, load
from moviemaker.core.errors import InputErrors, UserError
from moviemaker.core.kinds import build
from moviemaker.core.machine.network import local_network
from moviemaker.core.progress import Progress
from moviemaker.data.describing.describe import describe
from moviemaker.data.describing.report import stem, title_of
from moviemaker.data.formats.contents import Layout
from moviemaker.data.grid import Grid
from moviemaker.film.picture import check_picture_path, write_picture
from moviemaker.scene.model import TRANSPARENT
from moviemaker.scene.template import write_scene

SCENES = (".yaml", ".yml")
"""Endings of scene files."""


def raw_layout(
    shape: Sequence[str] | None, dtype: str | None = None, order: str | None = None, offset: int | None = None
) -> Layout | None:
    """The layout of raw files that options give; None: they give none.

    Args:
        shape: numbers of samples, x first, as separate texts or in one: `256x256x128`, `256,256,128`.
        dtype, order, offset: as the keys of a grid.

    Raises:
        UserError: one of them is wrong.
    """
    keys = {"dtype": dtype, "order": order, "offset": offset}
    given = {key: value for key, value in keys.items() if value is not None}
    if shape is None:
        if given:
            raise UserError(f"--{next(iter(given))} is given without --shape; write --shape NX NY NZ too")
        return None
    numbers = [word for word in re.split(r"[\s,;x×*\[\]()]+", " ".join(shape)) if word]
    if not all(word.isdecimal() for word in numbers) or len(numbers) not in (3, 4):
        right = "write three or four whole numbers, x first, such as --shape 256 256 128"
        raise UserError(f"--shape {' '.join(shape)}: not the shape of a grid; {right}")
    try:
        grid = build(Grid, {"file": "raw", "shape": list(map(int, numbers)), **given})
    except InputErrors as errors:
        first = errors.errors[0]
        raise UserError(f"--{first.at[0] if first.at else 'shape'}: {first}") from None
    whole = tuple(map(int, numbers))
    return Layout(whole, grid.dtype or "uint8", grid.order or "C", grid.offset or 0)


def quick(
    files: Sequence[Path],
    target: Path | None = None,
    *,
    replace: bool = False,
    group: str | None = None,
    layout: Layout | None = None,
    scale: float = 1.0,
    allow_local_network: bool = False,
    progress: Progress | None = None,
) -> tuple[Path, Path]:
    """Writes a scene that shows data files, and its first picture.

    Args:
        files: paths of the files, a glob, or an address.
        target: the scene file (`.yaml`) or the picture (any other ending); the other one lies beside it (default: both
            in the current folder, named after the data).
        replace: whether files that are there are replaced.
        group: of an HDF5 file with several groups of particles.
        layout: of raw files.
        scale: makes the picture smaller.
        allow_local_network: whether data may be read from addresses of this machine and its network.
        progress: reporter for warnings and for data that take long to read (default: none).

    Returns:
        The paths of the scene and of the picture.

    Raises:
        InputError: the data cannot be read.
        UserError: a file is there already, or cannot be written.
    """
    scene, picture = _targets(files, target)
    check_picture_path(picture)
    for path in (scene, picture):
        if not replace and os.path.lexists(path):
            right = "replace it with --force, or name another one with -o"
            raise UserError(f"{path}: there is a file already; {right}")
    with local_network(allow_local_network):
        found = describe(files, progress, group, layout=layout, folder=scene.parent)
    write_scene(scene, f"{found}\n", replace)
    loaded = load(scene, progress, allow_local_network)
    try:
        write_picture(picture, loaded.still(0.0, scale=scale, progress=progress))
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
