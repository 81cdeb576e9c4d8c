"""A picture of where the time went: a lane for each worker, a colour for each kind of work, and gaps where it waited.

A column of pixels shows the shares of its time, stacked. So where frames are wide each has its own bars, and where
thousands lie in a column its bars show what they took on average.
"""

from __future__ import annotations

import itertools
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from moviemaker.core.machine.terminal import visible
from moviemaker.core.progress import duration
from moviemaker.rendering.events import PARTS
from moviemaker.rendering.reports.profile import MOVIE, Lane, Piece

if TYPE_CHECKING:
    from matplotlib.figure import Figure

COLORS = {
    "start": "#8c8c8c",
    "read": "#e69f00",
    "shade": "#009e73",
    "draw": "#0072b2",
    "develop": "#56b4e9",
    "encode": "#cc79a7",
    MOVIE: "#7a3b69",
}
"""Distinct with any kind of sight: those of Okabe and Ito, but for the last one."""

_NAMES = {
    "start": "start (libraries, window)",
    "read": "read data",
    "shade": "shade (light in the scene)",
    "draw": "draw",
    "develop": "develop (lens, glows)",
    "encode": "encode the frame's file",
    MOVIE: "encode the movie",
}
_PAPER, _INK, _FAINT, _WAITING, _LINE = "#ffffff", "#222222", "#5f6368", "#e9e9e6", "#c9c9c5"
_WIDTH, _LEFT, _RIGHT, _DPI = 1600, 210, 40, 100
_TOP, _BOTTOM, _CORES = 112, 62, 84
_LANES = 48
"""Lanes that are shown; of more workers the busiest."""


@dataclass(frozen=True)
class _Row:
    """A lane over all outputs."""

    worker: str
    lanes: tuple[Lane, ...]


def timeline(title: str, found: Sequence[Piece]) -> np.ndarray:
    """The picture of some runs.

    Args:
        title: of the picture, such as the name of the scene.
        found: the runs, in the order in which they began; one at least.

    Returns:
        (height, width, 3) uint8, row 0 on top.
    """
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    rows, hidden = _rows(found)
    high = 26 if len(rows) <= 16 else 14
    gap = 6 if high > 20 else 3
    lanes = len(rows) * (high + gap)
    height = _TOP + lanes + 20 + _CORES + _BOTTOM
    figure = Figure(figsize=(_WIDTH / _DPI, height / _DPI), dpi=_DPI, facecolor=_PAPER)
    canvas = FigureCanvasAgg(figure)
    page = _Page(figure, height, min(piece.start for piece in found), max(piece.end for piece in found))
    _head(page, title, found, hidden)
    _ticks(page, _TOP, height - _BOTTOM)
    for number, row in enumerate(rows):
        top = _TOP + number * (high + gap)
        page.picture(_bars(row.lanes, page, high), _LEFT, top)
        page.text(_LEFT - 10, top + high / 2, _short(row.worker, 26), _INK, 9 if high > 20 else 7.5, "right")
    _outputs(page, found, _TOP, _TOP + lanes - gap)
    _cores(page, rows, _TOP + lanes + 20)
    canvas.draw()
    return np.asarray(canvas.buffer_rgba())[..., :3].copy()


class _Page:
    """The figure in pixels from its top left corner, and the time of each column."""

    def __init__(self, figure: Figure, height: int, start: float, end: float):
        self.figure, self.height = figure, height
        self.start, self.seconds = start, max(end - start, 1e-3)
        self.width = _WIDTH - _LEFT - _RIGHT

    def across(self, when: Any) -> Any:
        """The column of a moment, or of an array of them, from the first column of the lanes."""
        return (when - self.start) / self.seconds * self.width

    def picture(self, pixels: np.ndarray, left: int, top: int) -> None:
        """Shows pixels, (height, width, 3)."""
        self.figure.figimage(pixels, left, self.height - top - pixels.shape[0], resize=False, origin="upper")

    def text(self, left: float, middle: float, text: str, color: str, size: float, align: str = "left") -> None:
        """Writes a line."""
        at = (left / _WIDTH, 1 - middle / self.height)
        shown = visible(text, lines=False).replace("$", r"\$")
        self.figure.text(*at, shown, color=color, fontsize=size, ha=align, va="center")

    def line(self, left: float, top: float, right: float, bottom: float, color: str, width: float = 0.8) -> None:
        """Draws a line."""
        from matplotlib.lines import Line2D

        xs, ys = (left / _WIDTH, right / _WIDTH), (1 - top / self.height, 1 - bottom / self.height)
        self.figure.add_artist(Line2D(xs, ys, color=color, linewidth=width, transform=self.figure.transFigure))


def _rows(found: Sequence[Piece]) -> tuple[list[_Row], int]:
    """The lanes, those of one worker for several outputs joined, and how many more there are."""
    joined: dict[tuple[str, str], list[Lane]] = {}
    at_once = _at_once(found)
    for piece in found:
        for lane in piece.lanes:
            own = piece.output if at_once else ""
            joined.setdefault((own if lane.worker != MOVIE else "", lane.worker), []).append(lane)
    rows = [_Row(f"{worker}, {own}" if own else worker, tuple(lanes)) for (own, worker), lanes in joined.items()]
    rows = [_Row("movies" if len(found) > 1 and row.worker == MOVIE else row.worker, row.lanes) for row in rows]
    rows.sort(key=lambda row: row.worker in (MOVIE, "movies"))
    kept = rows if len(rows) <= _LANES else sorted(rows, key=lambda row: -sum(each.cpu for each in row.lanes))[:_LANES]
    return [row for row in rows if row in kept], len(rows) - len(kept)


def _at_once(found: Sequence[Piece]) -> bool:
    """Whether runs went on at the same time."""
    return any(a.end > b.start + 1 for a, b in itertools.pairwise(found))


def _head(page: _Page, title: str, found: Sequence[Piece], hidden: int) -> None:
    workers = [lane for piece in found for lane in piece.workers]
    frames = sum(lane.frames for lane in workers)
    when = time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(page.start))
    share = {part: sum(lane.seconds.get(part, 0.0) for lane in workers) for part in PARTS}
    waiting = sum(lane.waiting for lane in workers)
    wall = max(sum(share.values()) + waiting, 1e-9)
    shares = ", ".join(f"{part} {100 * taken / wall:.0f}%" for part, taken in (*share.items(), ("waiting", waiting)))
    more = f"; {hidden} more workers are not shown" if hidden else ""
    page.text(24, 26, f"{title}: where the time went", _INK, 15)
    page.text(24, 52, f"{when}: {duration(page.seconds)}, {frames} frames. {shares}{more}", _FAINT, 10)
    left = 24.0
    there = {span.part for piece in found for lane in piece.lanes for span in lane.spans}
    for part, name in (*((part, _NAMES[part]) for part in COLORS if part in there), ("", "waiting")):
        color = COLORS.get(part, _WAITING)
        page.picture(np.full((12, 18, 3), _rgb(color), np.uint8), int(left), 74)
        page.text(left + 24, 80, name, _INK, 9)
        left += 44 + 6.6 * len(name)


def _bars(lanes: Sequence[Lane], page: _Page, high: int) -> np.ndarray:
    """The pixels of a lane: in each column the shares of its time, stacked."""
    spans = [span for lane in lanes for span in lane.spans]
    heights = np.zeros((len(COLORS), page.width))
    for number, part in enumerate(COLORS):
        edges = np.array([(page.across(s.start), page.across(s.end)) for s in spans if s.part == part]).reshape(-1, 2)
        heights[number] = _coverage(edges, page.width, np.ones(len(edges)))
    tops = np.rint(np.clip(np.cumsum(heights, axis=0), 0, 1) * high).astype(int)
    pixels = np.full((high, page.width, 3), _rgb(_WAITING), np.uint8)
    from_below = high - 1 - np.arange(high)[:, None]
    for number, color in reversed(list(enumerate(COLORS.values()))):
        pixels[from_below < tops[number]] = _rgb(color)
    return pixels


def _coverage(edges: np.ndarray, width: int, weights: np.ndarray) -> np.ndarray:
    """How much of each column lies between pairs of edges, (n, 2) in columns, times the weight of each: (width,)."""
    changes = np.zeros(width + 1)
    clipped = np.clip(edges, 0, width)
    for sign, column in ((1.0, clipped[:, 0]), (-1.0, clipped[:, 1])):
        index = np.minimum(column.astype(int), width - 1)
        inside = column - index
        np.add.at(changes, index, sign * weights * (1 - inside))  # the rest of this column, and all others wholly
        np.add.at(changes, index + 1, sign * weights * inside)
    return np.maximum(np.cumsum(changes)[:width], 0)


def _outputs(page: _Page, found: Sequence[Piece], top: int, bottom: int) -> None:
    """Names of the outputs above the lanes, with lines where they begin."""
    if len(found) < 2 and not found[0].output:
        return
    free = -1.0
    for piece in found:
        left = _LEFT + page.across(piece.start)
        page.line(left, top - 12, left, bottom, _FAINT)
        name = _short(piece.output, 24)
        if left >= free:
            page.text(left + 4, top - 9, name, _INK, 8.5)
            free = left + 4 + 6.5 * len(name)


def _cores(page: _Page, rows: Sequence[_Row], top: int) -> None:
    """How many cores the frames kept busy, over time."""
    per_column = page.seconds / page.width
    frames = np.array([each for row in rows for lane in row.lanes for each in lane.busy]).reshape(-1, 3)
    lengths = np.maximum(frames[:, 1] - frames[:, 0], per_column)
    edges = page.across(np.stack([frames[:, 0], frames[:, 0] + lengths], axis=1))
    busy = _coverage(edges, page.width, frames[:, 2] / lengths)
    most = max(1.0, float(np.ceil(busy.max(initial=0.0))))
    pixels = np.full((_CORES, page.width, 3), 255, np.uint8)
    filled = np.rint(busy / most * _CORES).astype(int)
    pixels[(_CORES - 1 - np.arange(_CORES)[:, None]) < filled] = _rgb("#9aa0a6")
    page.picture(pixels, _LEFT, top)
    page.text(_LEFT - 10, top + _CORES / 2, "cores busy with frames", _INK, 9, "right")
    for share in (0.0, 1.0):
        level = top + _CORES * (1 - share)
        page.line(_LEFT, level, _LEFT + page.width, level, _LINE)
        page.text(_LEFT + page.width + 6, level, f"{most * share:.0f}", _FAINT, 8.5)


def _ticks(page: _Page, top: int, bottom: int) -> None:
    step = next((each for each in _STEPS if page.seconds / each <= 12), _STEPS[-1])
    unit, name = next(((size, text) for size, text in _UNITS if step >= size), _UNITS[-1])
    for count in range(int(page.seconds / step) + 1):
        left = _LEFT + page.across(page.start + count * step)
        page.line(left, top, left, bottom + 4, _LINE, 0.6)
        page.text(left, bottom + 16, f"{count * step / unit:g}", _FAINT, 9, "center")
    page.text(_LEFT + page.width / 2, bottom + 40, f"{name} since the start", _FAINT, 9, "center")


_STEPS = [base * 10**power for power in range(-2, 1) for base in (1, 2, 5)] + [10, 20, 30, 60, 120, 300, 600]
_STEPS += [1200, 1800, 3600, 7200, 14400, 21600, 43200, 86400, 172800, 604800]
_UNITS = ((86400, "days"), (3600, "hours"), (60, "minutes"), (1, "seconds"))


def _rgb(color: str) -> tuple[int, int, int]:
    return int(color[1:3], 16), int(color[3:5], 16), int(color[5:7], 16)


def _short(text: str, most: int) -> str:
    return text if len(text) <= most else f"{text[: most - 3]}..."
