"""Writes what was measured as a page of the documentation."""

from __future__ import annotations

import os
import platform
import statistics
from collections.abc import Iterator, Sequence
from contextlib import suppress
from pathlib import Path

from peers.pictures import NOTES, TABLE, Row, ratio
from peers.scaling import SCENES, Way
from peers.work import Settings

HEAD = """\
# Scaling, and other tools

Written by `python benchmarks/against_others.py`, which measures the same on your machine.
"""
PEERS = """
## The same pictures by other tools

Every tool draws the same data from the same places, in pictures of the same size, in a process and an environment of
its own. The tools draw frame by frame in turn, and the first frame, which loads and prepares, does not count. Seconds
are medians of {rounds} frames; **ratios are a tool's time over moviemaker's in the same round**, so above 1
moviemaker is faster. Memory is the largest of the tool's process, at its end. Likeness is the rank correlation of
brightness with moviemaker's picture, in blocks of 4 x 4 pixels: 1 is the same order everywhere. Flat pictures have
{flat[0]} x {flat[1]} pixels, an eye of 360 pictures {width} x {half}, a dome {half} x {half}.
"""
SCALING = """
## One machine, several processes

A movie of {frames} frames of {flat[0]} x {flat[1]} pixels by whole `render` commands, with their start, the encoding
and the end, in turn. {rounds} Memory is that of all processes together, where shared pages count
once.
"""


def machine() -> str:
    """The machine, in words, without its name."""
    model = platform.processor() or platform.machine()
    with suppress(OSError, StopIteration):
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
        model = next(line.split(":", 1)[1].strip() for line in lines if line.startswith("model name"))
    memory = ""
    with suppress(OSError, ValueError):
        memory = f", {os.sysconf('SC_PAGE_SIZE') * os.sysconf('SC_PHYS_PAGES') / 2**30:.0f} GiB of memory"
    return f"{model}, {cores()} cores{memory}, {platform.system()} {platform.release().split('-')[0]}"


def cores() -> int:
    """The cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def page(ways: Sequence[Way], rows: Sequence[Row], settings: Settings, facts: Sequence[str]) -> str:
    """The whole page.

    Args:
        ways: of rendering that were measured.
        rows: of pictures by tools.
        settings: sizes.
        facts: further words about the machine and the data.
    """
    parts = [HEAD, f"\nMachine: {machine()}; {'; '.join(facts)}.\n"]
    size = {"flat": settings.flat, "width": settings.width, "half": settings.width // 2}
    if ways:
        rounds = max(len(each) for way in ways for each in way.wall.values())
        said = "One round." if rounds == 1 else f"Medians of {rounds} rounds."
        parts.append(SCALING.format(rounds=said, frames=settings.frames, **size))
        parts += [f"\n{what[0].upper()}{what[1:]}:\n\n" + scaling_table(ways, scene) for scene, what in SCENES.items()]
    if rows:
        rounds = max(len(row.wall) for row in rows)
        parts.append(PEERS.format(rounds=rounds, **size))
        for picture, (title, _) in TABLE.items():
            mine = [row for row in rows if row.picture == picture]
            parts.append(f"\n### {title}\n\n{picture_table(mine)}" if mine else "")
        parts.append(f"\n### Versions\n\n{''.join(versions(rows))}")
    return "".join(parts)


def scaling_table(ways: Sequence[Way], scene: str) -> str:
    """The ways of rendering a scene."""
    lines = [
        "| | wall | processor | memory | times as fast as one process | the same movie |",
        "|---|---|---|---|---|---|",
    ]
    first = ways[0]
    for way in ways:
        if way.missing:
            lines.append(f"| {way.name} | not measured: {way.missing} | | | | |")
            continue
        wall, cpu = statistics.median(way.wall[scene]), statistics.median(way.cpu[scene])
        faster = statistics.median(a / b for a, b in zip(first.wall[scene], way.wall[scene], strict=True))
        memory = f"{way.memory[scene]:.0f} MB" if way.memory[scene] else ""
        same = "yes" if way.movies[scene] == first.movies[scene] and len(way.movies[scene]) == 1 else "**no**"
        lines.append(f"| {way.name} | {wall:.1f} s | {cpu:.1f} s | {memory} | {faster:.2f} | {same} |")
    return "\n".join(lines) + "\n"


def picture_table(rows: Sequence[Row]) -> str:
    """A picture by all tools."""
    own = rows[0]
    lines = [
        "| tool | | wall | processor | ratio, wall | ratio, processor | memory | likeness |",
        "|---|---|---|---|---|---|---|---|",
    ]
    for row in rows:
        note = NOTES.get((row.picture, row.tool), "")
        if row.missing or not row.wall:
            lines.append(f"| {named(row)} | not measured: {row.missing} | | | | | | |")
            continue
        wall, cpu = statistics.median(row.wall), statistics.median(row.cpu)
        by = [f"{ratio(row, own, what):.2f}" for what in ("wall", "cpu")] if own.wall else ["", ""]
        like = "" if row.likeness is None else f"{row.likeness:.3f}"
        lines.append(
            f"| {named(row)} | {note} | {wall:.3f} s | {cpu:.3f} s | {by[0]} | {by[1]} | {row.memory:.0f} MB | {like} |"
        )
    return "\n".join(lines) + "\n"


def named(row: Row) -> str:
    """The name of a tool as its authors write it."""
    names = {
        "vtk": "VTK",
        "pyvista": "PyVista",
        "pyvista-fine": "PyVista",
        "mayavi": "Mayavi",
        "sphviewer": "py-sphviewer",
    }
    return names.get(row.tool, row.tool)


def versions(rows: Sequence[Row]) -> Iterator[str]:
    """A line for each tool."""
    seen = set()
    for row in rows:
        if named(row) not in seen and row.versions:
            seen.add(named(row))
            yield f"- {named(row)}: {row.versions}\n"
