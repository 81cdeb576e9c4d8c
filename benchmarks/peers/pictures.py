"""Draws the same pictures by all tools in turn, and compares them."""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from scipy.stats import spearmanr

from peers.environments import InstallError, python_of

BENCHMARKS = Path(__file__).resolve().parents[1]
OWN = ("moviemaker", "vtk")
"""Tools of this environment."""

TABLE = {
    "volume": ("A volume from outside, flat, without light", ("moviemaker", "vtk", "pyvista", "mayavi", "yt")),
    "mono": ("A volume from inside, 360", ("moviemaker", "vtk", "yt")),
    "stereo": ("A volume from inside, stereo 360", ("moviemaker", "pyvista", "pyvista-fine", "yt")),
    "dome": ("A volume from inside, domemaster of 180 degrees", ("moviemaker", "yt")),
    "glow": ("Glowing particles, flat", ("moviemaker", "pyvista", "sphviewer")),
    "spheres": ("Shaded spheres, flat", ("moviemaker", "vtk", "pyvista", "mayavi")),
}
"""For each picture what it shows, and who draws it; moviemaker first. After a hyphen stands a way of the tool."""

NOTES = {
    ("volume", "moviemaker"): "finished pictures by `still`",
    ("volume", "vtk"): "bare VTK, drawn and read back",
    ("volume", "yt"): "floating-point pixels",
    ("mono", "vtk"): "six faces of a cube, not put together",
    ("mono", "yt"): "lens `spherical`",
    ("stereo", "moviemaker"): "each column of pixels has its own eyes",
    ("stereo", "pyvista"): "72 strips, eyes in steps of 30 degrees",
    ("stereo", "pyvista-fine"): "216 strips, eyes in steps of 10 degrees",
    ("stereo", "yt"): "lens `stereo-spherical`",
    ("dome", "yt"): "lens `fisheye`",
    ("glow", "moviemaker"): "fractions of pixels, colour, tone curve",
    ("glow", "pyvista"): "`points_gaussian`, added up in bytes",
    ("glow", "sphviewer"): "one channel, whole pixels",
    ("spheres", "vtk"): "bare VTK, squares that are made round",
    ("spheres", "pyvista"): "glyphs of 12 x 12 facets",
    ("spheres", "mayavi"): "`points3d`, 12 facets around",
}


@dataclass
class Row:
    """A tool's figures for a picture.

    Attributes:
        picture, tool: which.
        versions: in words.
        wall, cpu: seconds of each round.
        memory: the largest of its process, MB.
        likeness: rank correlation of brightness with moviemaker's picture, in blocks of 4 x 4 pixels; None: it is not
            one picture.
        missing: why it was not measured; empty: it was.
    """

    picture: str
    tool: str
    versions: str = ""
    wall: list[float] = field(default_factory=list)
    cpu: list[float] = field(default_factory=list)
    memory: float = 0.0
    likeness: float | None = None
    missing: str = ""


class Process:
    """A tool in a process of its own."""

    def __init__(self, tool: str, picture: str, folder: Path, environments: Path):
        tool, _, way = tool.partition("-")
        python = python_of(tool, environments)
        path = [str(BENCHMARKS)]
        if tool in OWN:
            path += filter(None, [os.environ.get("PYTHONPATH"), str(BENCHMARKS.parent)])
        with (folder / f"{picture}_{tool}.txt").open("ab") as said:
            self._process = subprocess.Popen(
                [python, "-m", "peers.serve", tool, f"{picture} {way}".strip(), str(folder)],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=said,
                text=True,
                env=os.environ | {"PYTHONPATH": os.pathsep.join(path)},
            )
        self.versions = str(self._answer()["versions"])

    def draw(self, frame: int, keep: Path | None = None) -> dict[str, float]:
        """Draws a frame: seconds (`wall`, `cpu`), and MB (`memory`)."""
        assert self._process.stdin is not None
        with suppress(BrokenPipeError):
            self._process.stdin.write(json.dumps({"frame": frame, "keep": str(keep) if keep else ""}) + "\n")
            self._process.stdin.flush()
        return self._answer()

    def end(self) -> None:
        """Lets it end."""
        assert self._process.stdin is not None
        with suppress(BrokenPipeError):
            self._process.stdin.close()
        self._process.wait()

    def _answer(self) -> dict[str, Any]:
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        found: dict[str, Any] = json.loads(line) if line else {"error": f"it has ended with {self._process.wait()}"}
        if "error" in found:
            raise ToolError(str(found["error"])[:200])
        return found


class ToolError(Exception):
    """A tool has failed."""


def measure(picture: str, folder: Path, environments: Path, rounds: int) -> Iterator[Row]:
    """The rows of a picture. The tools draw one frame each in turn; the first, which loads, is not measured."""
    rows = [Row(picture, tool) for tool in TABLE[picture][1]]
    running: list[tuple[Row, Process]] = []
    for row in rows:
        try:
            process = Process(row.tool, picture, folder, environments)
            row.versions = process.versions
            process.draw(0, folder / f"{picture}_{row.tool}.npy")
            running.append((row, process))
        except (InstallError, ToolError) as error:
            row.missing = " ".join(str(error).split())
    for frame in range(1, rounds + 1):
        for row, process in running:
            found = process.draw(frame)
            row.wall.append(found["wall"])
            row.cpu.append(found["cpu"])
            row.memory = found["memory"]
            print(f"{picture:10}{row.tool:12}{found['wall']:8.3f} s {found['cpu']:8.3f} s CPU", file=sys.stderr)
    for row, process in running:
        process.end()
        if row.tool != "moviemaker" and not (picture == "mono" and row.tool == "vtk"):
            row.likeness = likeness(*(folder / f"{picture}_{tool}.npy" for tool in ("moviemaker", row.tool)))
    yield from rows


def ratio(row: Row, own: Row, what: str) -> float:
    """How much longer a tool takes than moviemaker in the same round: the median."""
    return statistics.median(a / b for a, b in zip(getattr(row, what), getattr(own, what), strict=True))


def likeness(first: Path, second: Path) -> float:
    """Rank correlation of the brightness of two pictures, where one of them is lit."""
    one, other = blocks(np.load(first)), blocks(np.load(second))
    lit = (one > 0.02 * one.max()) | (other > 0.02 * other.max())
    return float(spearmanr(one[lit], other[lit])[0])


def blocks(picture: np.ndarray) -> np.ndarray:
    """Mean brightness of blocks of 4 x 4 pixels, so that edges of one pixel do not count."""
    gray = picture.astype(float).mean(axis=2) if picture.ndim == 3 else picture.astype(float)
    height, width = (4 * (length // 4) for length in gray.shape)
    return gray[:height, :width].reshape(height // 4, 4, width // 4, 4).mean(axis=(1, 3))
