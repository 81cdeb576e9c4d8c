"""A storyboard: a sheet of pictures with their times, the cuts, and the camera's path from above and from the side.

The number of a shot's pictures is in proportion to its length, and the first one is at its beginning. The last shot
ends with the movie's last frame, if it has more than one picture. Grey squares stand for transparency.
"""

from __future__ import annotations

import io
import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

from moviemaker.comfort.camera_motion import shots
from moviemaker.core.camera import viewer_frame
from moviemaker.core.colors import before_checks
from moviemaker.core.errors import UserError
from moviemaker.core.machine.terminal import visible
from moviemaker.core.progress import Progress, Silent
from moviemaker.core.sources import Source
from moviemaker.resolved_scene import Script
from moviemaker.rig.mono import Mono
from moviemaker.scene.model import Output
from moviemaker.studio import Studio
from moviemaker.timeline.camera import CameraPath

if TYPE_CHECKING:
    from matplotlib.figure import Figure

WIDTH = 360
"""About the width of a picture on the sheet, pixels."""

ACROSS = 4
"""Pictures side by side."""

PICTURES = 16
"""About the number of pictures; every shot has at least one."""

_DPI = 100
_PAPER, _INK, _FAINT, _CUT = "#16181d", "#e8e8e8", "#8a8f98", "#ff6b4a"


@dataclass(frozen=True)
class Moment:
    """When a picture of the sheet is taken.

    Attributes:
        time: seconds of the movie, of a frame.
        shot: number of the shot, from 0.
        cut: whether it is the first picture after a cut.
    """

    time: float
    shot: int
    cut: bool


def moments(cuts: Sequence[float], frames: int, fps: float, count: int = PICTURES) -> list[Moment]:
    """The moments of about `count` pictures of a movie, each at a frame, with at least one for each shot."""
    found = []
    for number, (start, end) in enumerate(shots(cuts, frames / fps)):
        first, beyond = math.ceil(start * fps - 1e-6), min(math.ceil(end * fps - 1e-6), frames)
        if first >= beyond:
            continue  # between two frames
        many = min(beyond - first, max(1, round(count * (beyond - first) / frames)))
        # The last shot ends with its last frame, any other with one before the cut.
        span, pieces = (beyond - 1 - first, max(1, many - 1)) if beyond == frames else (beyond - first, many)
        found += [Moment((first + span * k // pieces) / fps, number, number > 0 and k == 0) for k in range(many)]
    return found


def one_eyed(script: Script, name: str) -> tuple[Script, tuple[int, int]]:
    """A script whose output shows one picture from between the eyes, and the size of a small picture of it."""
    output: Output = script.scene.outputs[name]
    width, height = output.rig.eye_size(output.size)
    part = min(1.0, WIDTH / width)
    size = (max(2, round(width * part)), max(2, round(height * part)))
    seen = replace(output, rig=Mono(), size=(width, height))
    scene = replace(script.scene, outputs={**script.scene.outputs, name: seen})
    return replace(script, scene=scene), size


def storyboard(
    script: Script,
    name: str,
    sources: dict[str, Source[object]],
    count: int = PICTURES,
    progress: Progress | None = None,
) -> np.ndarray:
    """The storyboard of an output.

    Args:
        script: the scene.
        name: of the output; if it has several eyes, the sheet shows the view from between them.
        sources: its data, open, by name.
        count: about the number of pictures.
        progress: progress reporter (default: none).

    Returns:
        (height, width, 3) uint8.

    Raises:
        UserError: `count` is below 1.
        MoviemakerError: a picture cannot be drawn.
    """
    if count < 1:
        raise UserError(f"a storyboard of {count} pictures shows nothing; give a number from 1 up")
    seen, size = one_eyed(script, name)
    studio = Studio(seen, name, size, sources)
    header = script.scene.header
    try:
        taken = moments(studio.path.cuts, script.scene.frame_count, header.fps, count)
        pictures = []
        with (progress or Silent()).task(name, len(taken), "picture") as advance:
            for moment in taken:
                pictures.append(before_checks(studio.picture(moment.time)))
                advance(len(pictures))
        title = f"{script.scene.name} · {name} · {header.duration:g} s, {script.scene.frame_count} frames"
        return _sheet(visible(title, lines=False), taken, pictures, header.fps, studio.path, header.duration)
    finally:
        studio.close()


def _sheet(
    title: str,
    taken: Sequence[Moment],
    pictures: Sequence[np.ndarray],
    fps: float,
    path: CameraPath,
    duration: float,
) -> np.ndarray:
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure
    from PIL import Image

    high, wide = pictures[0].shape[:2]
    gap, label, head, paths = 12, 24, 44, 420
    across = min(ACROSS, len(pictures))
    down = -(-len(pictures) // across)
    width = max(gap + across * (wide + gap), 2 * WIDTH + 3 * gap)
    height = head + down * (high + label + gap) + paths
    figure = Figure(figsize=(width / _DPI, height / _DPI), dpi=_DPI, facecolor=_PAPER)
    figure.text(gap / width, 1 - head / 2 / height, title, color=_INK, va="center", fontsize=13, parse_math=False)
    for number, (moment, picture) in enumerate(zip(taken, pictures, strict=True)):
        left = gap + number % across * (wide + gap)
        top = head + number // across * (high + label + gap)
        figure.figimage(picture, left, height - top - high, resize=False, origin="upper")
        below = 1 - (top + high + label / 2) / height
        when = f"{number + 1}   {moment.time:.2f} s   frame {round(moment.time * fps)}"
        figure.text(left / width, below, when, color=_INK, va="center", fontsize=9)
        if moment.cut:
            figure.text((left + wide) / width, below, "cut", color=_CUT, va="center", ha="right", fontsize=9)
            edge = 1 - (top + high) / height
            bar = figure.add_axes(((left - 6) / width, edge, 4 / width, high / height), facecolor=_CUT)
            bar.set(xticks=[], yticks=[])
            for side in bar.spines.values():
                side.set_visible(False)
    _draw_path(figure, taken, path, duration, (gap, paths, width, height))
    canvas = FigureCanvasAgg(figure)
    file = io.BytesIO()
    canvas.print_png(file)
    with Image.open(file) as image:
        return np.asarray(image.convert("RGB"))


def _draw_path(
    figure: Figure, taken: Sequence[Moment], path: CameraPath, duration: float, room: tuple[int, int, int, int]
) -> None:
    """Draws the camera's path twice: from above, and from the side from which it is longest."""
    gap, paths, width, height = room
    tracks = [
        np.array([path.at(time).position for time in np.linspace(start, end, 200)])
        for start, end in shots(path.cuts, duration)
    ]
    cameras = [path.at(moment.time) for moment in taken]
    right, up, ahead = viewer_frame(cameras[0], level=True).T
    everything = np.concatenate(tracks)
    reach = max(float(np.ptp(everything, axis=0).max()), 1e-9 + 1e-3 * float(np.abs(everything).max()))
    aside = right if np.ptp(everything @ right) >= np.ptp(everything @ ahead) else ahead
    for number, (name, x, y) in enumerate((("from above", right, ahead), ("from the side", aside, up))):
        half = (width - 3 * gap) / 2
        box = ((gap + number * (half + gap) + 50) / width, 45 / height, (half - 60) / width, (paths - 85) / height)
        axes = figure.add_axes(box, facecolor=_PAPER)
        axes.set_title(f"The camera's path {name}", color=_INK, fontsize=10, loc="left")
        for track in tracks:
            axes.plot(track @ x, track @ y, color=_FAINT, linewidth=1.5)
        for before, after in pairwise(tracks):
            ends = np.stack([before[-1], after[0]])
            axes.plot(ends @ x, ends @ y, color=_CUT, linewidth=1, linestyle=":")
        for order, (moment, camera) in enumerate(zip(taken, cameras, strict=True)):
            at, ahead_of_it = camera.position, 0.08 * reach * camera.forward
            axes.annotate(
                "",
                ((at + ahead_of_it) @ x, (at + ahead_of_it) @ y),
                (at @ x, at @ y),
                arrowprops={"arrowstyle": "->", "color": _CUT if moment.cut else _INK},
            )
            axes.annotate(str(order + 1), (at @ x, at @ y), (4, 4), textcoords="offset points", color=_INK, fontsize=8)
        axes.set_aspect("equal", adjustable="datalim")
        axes.margins(0.12)
        axes.tick_params(colors=_FAINT, labelsize=8)
        for side in axes.spines.values():
            side.set_color(_FAINT)
