"""The options of a render, checked: what `Scene.render` and the command take."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Literal

from moviemaker.core.errors import InputErrors, UserError
from moviemaker.core.kinds import build, load_kind
from moviemaker.core.machine.cores import usable_cores
from moviemaker.core.machine.crashes import drawn_apart
from moviemaker.farm import Farm
from moviemaker.python_scenes.arguments import number, path_of, said, whole_number
from moviemaker.rendering.shards import Shard


def render_options(
    count: int,
    *,
    out: str | Path,
    frames: range | None,
    scale: float,
    workers: int | Literal["auto"],
    cluster: str | None,
    shared: bool,
    farm: Farm | None,
    shard: str | None,
) -> dict[str, Any]:
    """The arguments of `Scene.render`, which describes them, as `render_outputs` takes them.

    Args:
        count: number of frames of the movie.

    Raises:
        UserError: an argument is not right, or does not go with the others.
    """
    out, scale = path_of(out, "out"), number(scale, "the scale")
    if workers != "auto":
        workers = whole_number(workers, "the number of workers")
    if frames is not None and not isinstance(frames, range):
        raise UserError(f"the frames cannot be {said(frames)}; give a range, such as range(0, 100)")
    if workers != "auto" and workers < 1:
        raise UserError(f"{workers} workers cannot render; give a number from 1 up")
    if frames is not None and (not frames or frames.step != 1 or frames.start < 0 or frames.stop > count):
        raise UserError(f"the movie has no frames {frames.start}:{frames.stop}; it has 0:{count}")
    if cluster is not None:
        farm = _of_cluster(cluster, 1 if workers == "auto" else workers, shared, farm)
    elif not shared:
        raise UserError("--no-shared is for a cluster, and none is named; give --cluster too, or leave it out")
    elif farm is None and drawn_apart():
        farm = load_kind("farm", "processes")(workers=min(2, usable_cores()) if workers == "auto" else workers)
    elif farm is None and workers != 1:
        farm = load_kind("farm", "processes")(workers=workers)
    if shard is not None and not isinstance(shard, str):
        raise UserError(f"the shard cannot be {said(shard)}; give a text, such as '2/8' for the second of eight")
    part = None if shard is None else Shard.of(shard)
    return {"out": out, "frames": frames, "scale": scale, "farm": farm, "shard": part}


def _of_cluster(cluster: str, workers: int, shared: bool, farm: Farm | None) -> Farm:
    if farm is not None:
        raise UserError("a cluster and a farm are given; give one of them")
    if workers > 1 and cluster != "local":
        raise UserError(f"{workers} workers are for this machine, and {cluster} has its own; give one of the two")
    try:
        made: Farm = build(load_kind("farm", "dask"), {"address": cluster, "workers": workers, "shared": shared})
    except InputErrors as errors:
        raise UserError(str(errors.errors[0])) from None
    return made
