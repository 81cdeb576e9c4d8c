"""`check`: finds every mistake, or says what rendering will take."""

from __future__ import annotations

from typing import Annotated

from cyclopts import Parameter

import moviemaker
from moviemaker.commands.arguments.numbers import frames_of, workers_of
from moviemaker.commands.arguments.options import LocalNetwork, Scale, SceneFile
from moviemaker.core.errors import UserError
from moviemaker.core.progress import say, to_standard_error


def check(
    scene: SceneFile,
    /,
    *,
    output: Annotated[
        list[str] | None, Parameter(negative="", help="An output to estimate; may be repeated. Default: all.")
    ] = None,
    frames: Annotated[str | None, Parameter(help="Frames A:B to estimate, from 0, without B. Default: all.")] = None,
    scale: Scale = 1.0,
    workers: Annotated[
        str,
        Parameter(name=["-j", "--workers", "--jobs"], help="Number of processes that would compute frames, or auto."),
    ] = "auto",
    measure: Annotated[
        bool, Parameter(negative="", help="Draw some small pictures, to know how long frames take on this machine.")
    ] = False,
    allow_local_network: LocalNetwork = False,
) -> None:
    """Report every mistake of a scene and its data, or else what rendering it will take."""
    from moviemaker.rendering.estimate import estimates

    progress = to_standard_error()
    loaded = moviemaker.load(scene, progress, allow_local_network)
    for warning in loaded.warnings:
        progress.note(f"warning: {warning}")
    names = list(dict.fromkeys(output or loaded.outputs))
    loaded.check_outputs(names)
    numbers, processes = frames_of(frames, loaded.frame_count), workers_of(workers)
    if processes != "auto" and processes < 1:
        raise UserError(f"{processes} workers cannot render; give a number from 1 up")
    say(f"{scene}: no mistakes")
    measuring = progress if measure else None
    for line in estimates(loaded.prepared, names, frames=numbers, scale=scale, workers=processes, measuring=measuring):
        say(f"  {line}")
