"""Which habits are looked for in which outputs, and the warnings about them.

A flat picture on a screen in a lit room does not make viewers sick, so it is only examined if it is in stereo. The
limits and their sources are in `limits`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from moviemaker.comfort.acceleration import jolts_of_speed, jolts_of_turning
from moviemaker.comfort.camera_motion import MOST_SAMPLES, Flight, flight
from moviemaker.comfort.cuts import fast_cuts
from moviemaker.comfort.data_budget import Data, located
from moviemaker.comfort.horizon import tilted_horizon
from moviemaker.comfort.intervals import Finding
from moviemaker.comfort.limits import DOME_TURNING, TURNING
from moviemaker.comfort.near_objects import near_things
from moviemaker.comfort.rotation import fast_turns
from moviemaker.core.sources import Source
from moviemaker.resolved_scene import Script
from moviemaker.scene.model import Output
from moviemaker.timeline.camera import CameraPath, viewing_distance
from moviemaker.timeline.tracks import freeze


@dataclass(frozen=True)
class Advice:
    """A warning about one habit.

    Attributes:
        outputs: names of the outputs that it is about.
        what: what happens, and when.
        instead: what to do instead.
    """

    outputs: tuple[str, ...]
    what: str
    instead: str


def advice(script: Script, sources: Mapping[str, Source[object]], path: CameraPath) -> list[Advice]:
    """Warnings of what would make the viewers of a movie sick or tire their eyes.

    Args:
        script: the scene.
        sources: its open data, by name.
        path: of its camera.

    Raises:
        InputError: at its place in the scene: data that are needed cannot be read at some time of the movie.
    """
    outputs = script.scene.outputs.values()
    data = Data(script, sources)
    around = [output for output in outputs if output.lens.seen_on != "screen"]
    stereo = [output for output in outputs if freeze(output.rig, 0.0).eye_distance is not None]
    flights = _flights(data, path, around)
    with located("camera"):
        distance = viewing_distance(script.scene.camera, lambda name, time: data.center(name, time))
    near = near_things(data, path, stereo) if stereo else {}
    said: dict[Finding, list[str]] = {}
    for output in outputs:
        found = [*_of_flight(output, flights[output.lens.keeps_level], distance)] if output in around else []
        found += [near[output.name]] if output.name in near else []
        for finding in found:
            said.setdefault(finding, []).append(output.name)
    return [Advice(tuple(names), *finding) for finding, names in said.items()]


def _flights(data: Data, path: CameraPath, outputs: Iterable[Output]) -> dict[bool, Flight]:
    """The viewer's path by whether the horizon is kept level, as far as the outputs need it."""
    scene = data.script.scene
    # If the camera follows data, each of its samples needs the data.
    names = {name for _, name in scene.camera.targets()}
    most = data.times_to_sample(names, MOST_SAMPLES) if names else MOST_SAMPLES
    levels = {output.lens.keeps_level for output in outputs}
    with located("camera"):
        return {level: flight(path, level, scene.header.duration, scene.header.fps, most) for level in levels}


def _of_flight(output: Output, way: Flight, distance: float) -> Iterator[Finding]:
    """What is found in the camera's path alone; `distance` is that to what it looks at."""
    if output.lens.seen_on == "dome":
        found: tuple[Finding | None, ...] = (fast_turns(way.legs, DOME_TURNING), fast_cuts(way.cuts))
    else:
        found = (
            fast_turns(way.legs, TURNING),
            jolts_of_turning(way.legs),
            jolts_of_speed(way.legs, distance),
            tilted_horizon(way.legs),
            fast_cuts(way.cuts),
        )
    return (finding for finding in found if finding is not None)
