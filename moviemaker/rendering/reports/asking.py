"""What users ask of renders: how far they are (`moviemaker.status`), and where the time went."""

from __future__ import annotations

import os
import socket
from collections.abc import Iterable
from pathlib import Path

from moviemaker.core.errors import UserError
from moviemaker.python_scenes.arguments import number, path_of, said
from moviemaker.python_scenes.scene_files import chosen_outputs, scene_document, written_scene
from moviemaker.rendering.events import runs
from moviemaker.rendering.orders import Order, scaled_size
from moviemaker.rendering.reports.profile import Piece, last_together, pieces
from moviemaker.rendering.reports.status import Status, status_of
from moviemaker.scene.model import Scene


def status(
    path: str | Path,
    output: str | Iterable[str] | None = None,
    out: str | Path = "outputs",
    frames: range | None = None,
    scale: float = 1.0,
) -> Status:
    """How far the renders of a scene file are. Its data are not opened, nothing is written, no render is disturbed.

    Args:
        path: of the scene file.
        output: name or names of outputs; default: all.
        out: folder of the results.
        frames: numbers of the frames, such as `range(0, 100)`; default: all.
        scale: of the pictures.

    Returns:
        Plain values: `state`, and for each output its state, frames, runs, speed and time left.

    Raises:
        SceneError: every mistake of the scene file that shows without its data.
        UserError: an argument is not right.
    """
    written = written_scene(scene_document(path), path_of(path, "path").stem)
    return status_in(written, output, out, frames, scale)


def status_in(
    scene: Scene, output: str | Iterable[str] | None, out: str | Path, frames: range | None, scale: float
) -> Status:
    """The same of a scene as it is written."""
    names = chosen_outputs([output] if isinstance(output, str) else output, tuple(scene.outputs))
    if frames is not None and not isinstance(frames, range):
        raise UserError(f"the frames cannot be {said(frames)}; give a range, such as range(0, 100)")
    count = scene.frame_count
    if frames is not None and (not frames or frames.step != 1 or frames.start < 0 or frames.stop > count):
        raise UserError(f"the movie has no frames {frames.start}:{frames.stop}; it has 0:{count}")
    return status_of(scene, names, path_of(out, "out"), frames, number(scale, "the scale"))


def profile_in(
    scene: Scene, output: str | Iterable[str] | None, out: str | Path, scale: float, since: float | None = None
) -> list[Piece]:
    """Where the time of the last render went, as its logs tell.

    Args:
        scene: as it is written.
        output: name or names of outputs; None: all.
        out: folder of the results.
        scale: of the pictures.
        since: take only what this process has rendered from this moment on, seconds since 1970.
    """
    found = []
    for name in chosen_outputs([output] if isinstance(output, str) else output, tuple(scene.outputs)):
        order = Order(name, path_of(out, "out"), range(scene.frame_count), scaled_size(scene.outputs[name], scale))
        for eye in scene.outputs[name].rig.files:
            label = order.label(scene.outputs[name]) + (f" {eye}" if eye else "")
            found += [(label, run) for run in runs(order.kept(scene, eye).work)]
    if since is None:
        return pieces(last_together(found))
    here = (socket.gethostname(), os.getpid())
    return pieces(
        (label, run)
        for label, run in found
        if (run.start.get("host"), run.start.get("process")) == here and float(run.start["when"]) >= since
    )
