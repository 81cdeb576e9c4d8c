"""The status of a scene in words for a terminal, and as JSON for scripts. Pure."""

from __future__ import annotations

import json
import textwrap
import time
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path

from moviemaker.core.progress import duration
from moviemaker.film.claims.intervals import Frames, count_of, in_words
from moviemaker.rendering.reports.status import OutputStatus, RunStatus, Status

VERSION = 1
"""Of the JSON: a program that reads it need not understand that of a greater number."""

_WIDTH = 80
_INDENT = "    "
_FAILED = 3  # frames whose reasons are told


def status_json(status: Status) -> str:
    """The status as JSON: the attributes of `Status`, and its `version`."""
    return json.dumps({"version": VERSION, **asdict(status)}, default=_plain, indent=2)


def status_lines(status: Status, now: float | None = None) -> list[str]:
    """The status in lines of at most 80 columns, as far as names and paths allow.

    Args:
        status: of a scene.
        now: seconds since 1970; default: now.
    """
    now = time.time() if now is None else now
    named = [_name(each, status) for each in status.outputs]
    width = max(map(len, named), default=0)
    lines = []
    for name, output in zip(named, status.outputs, strict=True):
        lines.append(f"{name:<{width}}  {output.state:<9}  {_count(output)}".rstrip())
        for text in _details(output, now):
            lines += textwrap.wrap(
                text, _WIDTH, initial_indent=_INDENT, subsequent_indent=_INDENT + "  ", break_long_words=False
            )
    return lines


def _name(output: OutputStatus, status: Status) -> str:
    sizes = {each.size for each in status.outputs if each.output == output.output}
    size = f" {output.size[0]}x{output.size[1]}" if len(sizes) > 1 else ""
    return f"{output.output}{size}{' ' + output.eye if output.eye else ''}"


def _count(output: OutputStatus) -> str:
    share = 100 * output.finished // max(output.frames, 1)
    text = f"{output.finished} of {_frames(output.frames)} ({share}%)"
    if output.state == "running" and output.rate is not None and output.finished < output.frames:
        left = f", about {duration(output.seconds_left)} left" if output.seconds_left is not None else ""
        text += f", {_rate(output.rate)}{left}"
    return text


def _details(output: OutputStatus, now: float) -> Iterator[str]:
    if output.changed:
        what, have = _listed(list(output.changed)), "have" if len(output.changed) > 1 else "has"
        yield f"{what} {have} changed since these frames were drawn: render says which are drawn again"
    for run in output.runs:
        yield _run(run, now)
    missing = tuple(range(*each) for each in output.missing)
    if output.state == "done":
        yield str(output.path)
        return
    if output.runs and (left := count_of(missing) - sum(run.left for run in output.runs)) > 0:
        they, them = ("frame is", "it") if left == 1 else ("frames are", "them")
        yield f"{left} further {they} missing, and no run has taken {them}"
    elif not output.runs:
        yield from _standing(output, missing, now)
    for index, why in list(output.failed.items())[:_FAILED]:
        yield f"frame {index} failed: {why}"
    if len(output.failed) > _FAILED:
        yield f"and {_frames(len(output.failed) - _FAILED)} more failed"


def _standing(output: OutputStatus, missing: Frames, now: float) -> Iterator[str]:
    """What is left to do of an output on which nothing is at work."""
    ago = f", {duration(max(0.0, now - output.last))} ago" if output.last is not None else ""
    if output.error:
        yield f"the last run failed{ago}: {output.error}"
    elif output.last is not None and output.state != "not begun":
        yield f"nothing is at work on it; the last run was heard of {ago[2:]}"
    rest = ""
    if output.rate and output.seconds_left:
        rest = f"; a run like the last ({_rate(output.rate)}) takes about {duration(output.seconds_left)}"
    if missing and output.finished:
        yield f"missing: {in_words(missing)}{rest}"
    elif missing or output.changed:
        if rest:
            yield rest[2:]
    else:
        yield f"all frames are there; render makes {output.path.name} of them"


def _run(run: RunStatus, now: float) -> str:
    who = f"process {run.process} on {run.host}{f', shard {run.shard}' if run.shard else ''}"
    frames = tuple(range(*each) for each in run.frames)
    if run.doing == "cleaning":
        does = "frees the disk"
    elif run.doing == "waiting":
        does = "waits for frames of other runs"
    elif run.doing == "encoding":
        does = "has drawn its frames" if run.shard else "makes the movie"
    elif run.doing == "starting":
        does = f"starts to draw {in_words(frames)}"
    else:
        with_workers = f", {run.workers} workers" if run.workers > 1 else ""
        rate = f", {_rate(run.rate)}{with_workers}" if run.rate is not None else ""
        left = f", about {duration(run.seconds_left)} left" if run.seconds_left is not None else ""
        does = f"draws {in_words(frames)}: {run.left} missing{rate}{left}"
    text = f"{who}, since {_clock(run.since, now)}: {does}"
    return text if run.alive else f"{text} (no sign of life from there: it may have ended)"


def _clock(when: float, now: float) -> str:
    """The time of day, with the date if it is another day, as in this machine's time zone."""
    then, today = time.localtime(when), time.localtime(now)
    return time.strftime("%H:%M" if then[:3] == today[:3] else "%Y-%m-%d %H:%M", then)


def _frames(count: int) -> str:
    return f"{count} frame{'' if count == 1 else 's'}"


def _rate(rate: float) -> str:
    """The speed in words.

    >>> _rate(12.34), _rate(0.25), _rate(0.005)
    ('12.3 frames/s', '15 frames/min', '18 frames/h')
    """
    for unit, seconds in (("s", 1), ("min", 60)):
        if rate * seconds >= 0.95:
            return f"{rate * seconds:.3g} frames/{unit}"
    return f"{rate * 3600:.2g} frames/h"


def _listed(words: list[str]) -> str:
    *first, last = words
    return f"{', '.join(first)} and {last}" if first else last


def _plain(value: object) -> str:
    assert isinstance(value, Path)
    return str(value)
