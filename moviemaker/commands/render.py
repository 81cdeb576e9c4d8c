"""`render`: makes the movies of a scene."""

from __future__ import annotations

import os
import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

from cyclopts import Parameter

import moviemaker
from moviemaker.commands.arguments.numbers import frames_of, workers_of
from moviemaker.commands.arguments.options import LocalNetwork, Scale, SceneFile
from moviemaker.core.progress import Progress, say, to_standard_error
from moviemaker.farm.crew.spares import spare_workers

if TYPE_CHECKING:
    from moviemaker.scene.model import Scene


def render(
    scene: SceneFile,
    /,
    *,
    output: Annotated[
        list[str] | None, Parameter(negative="", help="An output to render; may be repeated. Default: all.")
    ] = None,
    out: Annotated[Path, Parameter(name=["-o", "--out"], help="Folder for the results.")] = Path("outputs"),
    frames: Annotated[str | None, Parameter(help="Frames A:B to render, from 0, without B. Default: all.")] = None,
    scale: Scale = 1.0,
    workers: Annotated[
        str,
        Parameter(
            name=["-j", "--workers", "--jobs"],
            help="Number of processes that compute frames; auto: as many as the first frames show to be fastest. "
            "With --cluster local, the number of its workers; auto: one.",
        ),
    ] = "auto",
    cluster: Annotated[
        str | None,
        Parameter(help="Address of a Dask scheduler whose workers compute frames, such as tcp://host:8786, or local."),
    ] = None,
    shared: Annotated[
        bool,
        Parameter(name="--shared", negative="--no-shared", help="Workers keep frames in the folder if they see it."),
    ] = True,
    restart: Annotated[bool, Parameter(negative="", help="Forget frames that an earlier run has finished.")] = False,
    shard: Annotated[
        str | None,
        Parameter(help="I/N: draw the I-th of N parts of the frames, while other machines draw the others."),
    ] = None,
    profile: Annotated[
        bool, Parameter(negative="", help="Tell where the time went at the end, as a table and as a picture.")
    ] = False,
    allow_local_network: LocalNetwork = False,
) -> None:
    """Render the outputs of a scene. A render that was stopped carries on where it was.

    Prints the path of each finished file.
    """
    progress, processes = to_standard_error(), workers_of(workers)
    with spare_workers() as start:

        def expecting(count: int) -> None:
            numbers = frames_of(frames, count) or range(count)
            if cluster is None:
                start(processes, len(numbers))

        loaded = moviemaker.load(scene, progress, allow_local_network, expecting)
        names = list(dict.fromkeys(output or loaded.outputs))
        loaded.check_outputs(names)
        numbers = frames_of(frames, loaded.frame_count)
        options: Any = {"scale": scale, "workers": processes, "restart": restart, "progress": progress}
        options |= {"out": out, "frames": numbers, "cluster": cluster, "shared": shared, "shard": shard}
        begun = time.time()
        try:
            loaded.render(names, finished=say, **options)
        finally:
            if profile:
                _tell_profile(loaded.prepared.script.scene, names, out, scale, begun, progress)


def _tell_profile(scene: Scene, names: list[str], out: Path, scale: float, since: float, progress: Progress) -> None:
    """Says where the time went, and draws it, also of a render that has failed."""
    from moviemaker.film.picture import write_picture
    from moviemaker.rendering.reports.asking import profile_in
    from moviemaker.rendering.reports.profile_text import profile_lines
    from moviemaker.rendering.reports.timeline import timeline

    pieces = profile_in(scene, names, out, scale, since)
    if not pieces:
        progress.note("nothing was drawn; where the time of the last render went, tells: moviemaker status --profile")
        return
    for line in profile_lines(pieces):
        progress.note(line)
    stamp = time.strftime("%Y-%m-%d_%H%M%S", time.localtime(since))
    path = out / scene.name / f"{scene.name}_profile_{stamp}_{os.getpid()}.png"
    progress.note(f"where the time went: {write_picture(path, timeline(scene.name, pieces))}")
