"""How far the outputs of a scene are: done, running, missing and failed frames, how fast, and how long it will take.

Everything comes from the scene file and the folder of the results: data are not opened, nothing is written, and runs on
this machine and on others are not disturbed. A frame counts as finished as `render` counts it, but for flipped bits,
which `render` finds by checksums.
"""

from __future__ import annotations

import os
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Literal

from moviemaker.core.machine.files import read_own
from moviemaker.film.claims.claim import CLEANING, Claim
from moviemaker.film.claims.heartbeat import BEAT, silence
from moviemaker.film.claims.intervals import Frames, common, count_of, frames_in
from moviemaker.film.claims.watch import Watch
from moviemaker.film.finished_movie import movie_key
from moviemaker.film.frame_record import origin
from moviemaker.film.paths import Eye
from moviemaker.film.records import is_finished
from moviemaker.film.store import AGAIN, FrameStore
from moviemaker.rendering.clean import work_folders
from moviemaker.rendering.events import Run, latest_runs
from moviemaker.rendering.orders import Order, facts_for_players, order_of_label, scaled_size
from moviemaker.rendering.reports.basis import changes
from moviemaker.rendering.reports.speed import Speed, speed_of
from moviemaker.scene.model import Scene

State = Literal["done", "running", "stopped", "failed", "not begun"]
"""Of an output. `stopped`: something is missing, and nothing runs; `failed`: so too, since a run has failed."""

Doing = Literal["starting", "drawing", "encoding", "waiting", "cleaning"]

PATIENCE = 1.5
"""Times of the usual pause between signs of life for which it waits for one of a run on another machine."""

_LOOK = 0.5  # seconds between looks for signs of life


@dataclass(frozen=True)
class RunStatus:
    """A run that is at work on an output.

    Attributes:
        host: name of its machine.
        process: number of its process there.
        since: when it began, in seconds since 1970 by the clock of its machine.
        shard: which part of the work it does, such as `2/8`; empty: it is not a shard.
        alive: whether it lives; None: it is on another machine, and has given no sign of life while this looked.
        doing: what it does.
        frames: those that it has taken, as (first, one after the last) each.
        left: how many of them are missing.
        rate: frames a second; None: unknown.
        workers: number of workers that draw its frames; 0: unknown.
        seconds_left: until it has drawn them; None: unknown.
    """

    host: str
    process: int
    since: float
    shard: str
    alive: bool | None
    doing: Doing
    frames: tuple[tuple[int, int], ...]
    left: int
    rate: float | None = None
    workers: int = 0
    seconds_left: float | None = None


@dataclass(frozen=True)
class OutputStatus:
    """A file of an output, or the sequence of its frames.

    Attributes:
        output: name of the output.
        eye: of a file for one eye: `L` or `R`; otherwise empty.
        size: (width, height) of its pictures.
        path: of the movie, or the folder of the sequence, whether it exists or not.
        state: how far it is.
        frames: number of frames that belong to it.
        finished: how many of them are finished. Those of a finished movie count after `clean` too.
        missing: those that are not, as (first, one after the last) each.
        failed: why frames could not be drawn, by number, as far as they are missing still.
        error: why the last run has failed; empty: it has not.
        changed: what has changed since these frames were drawn, such as `the scene`; a render draws them again.
        runs: those that are at work on it.
        rate: frames a second, of all runs together; if nothing runs, of the last run; None: unknown.
        seconds_left: until its frames are drawn; None: unknown, or no run has taken some of them. If nothing runs, what
            a run like the last would take.
        last: when the last run was heard of, in seconds since 1970; None: never.
    """

    output: str
    eye: str
    size: tuple[int, int]
    path: Path
    state: State
    frames: int
    finished: int
    missing: tuple[tuple[int, int], ...] = ()
    failed: dict[int, str] = field(default_factory=dict)
    error: str = ""
    changed: tuple[str, ...] = ()
    runs: tuple[RunStatus, ...] = ()
    rate: float | None = None
    seconds_left: float | None = None
    last: float | None = None


@dataclass(frozen=True)
class Status:
    """How far a scene is.

    Attributes:
        scene: its name.
        state: `done` if all outputs are; otherwise `running`, `failed` or `stopped`, what holds for one of them, in
            this order; `not begun` if that holds for all.
        outputs: each of them, and previews on which a run is at work.
    """

    scene: str
    state: State
    outputs: tuple[OutputStatus, ...]


def status_of(
    scene: Scene,
    names: Sequence[str],
    out: Path,
    frames: range | None = None,
    scale: float = 1.0,
    patience: float = PATIENCE,
) -> Status:
    """How far outputs of a scene are.

    Args:
        scene: as it is written.
        names: of the outputs.
        out: folder of the results.
        frames: which frames; default: all.
        scale: of the pictures.
        patience: how long to wait for a sign of life of runs on other machines, in pauses between two signs.

    Raises:
        UserError: the scale is out of range.
    """
    wanted = range(scene.frame_count) if frames is None else frames
    orders = [Order(name, out, wanted, scaled_size(scene.outputs[name], scale)) for name in names]
    files = [_File(scene, order, eye) for order in orders for eye in scene.outputs[order.output].rig.files]
    asked = len(files)
    if frames is None and scale == 1.0:
        files += _previews(scene, out, names, {file.store.work for file in files})
    _watch(files, min(BEAT, silence() / 6) * patience)
    reports = [file.status() for file in files]
    reports = [each for number, each in enumerate(reports) if number < asked or each.runs]
    return Status(scene.name, _together([each.state for each in reports[:asked]]), tuple(reports))


def _together(states: list[State]) -> State:
    if len(set(states)) == 1:
        return states[0]
    return next((state for state in ("running", "failed") if state in states), "stopped")


def _previews(scene: Scene, out: Path, names: Sequence[str], known: set[Path]) -> Iterator[_File]:
    """Pictures of other sizes that were begun."""
    folder = out / scene.name
    for work, label, _ in work_folders(folder, scene.name) if folder.is_dir() else ():
        order = order_of_label(label, scene, out)
        if order is not None and order.output in names and work not in known:
            eyes = [eye for eye in scene.outputs[order.output].rig.files if order.kept(scene, eye).work == work]
            yield from (_File(scene, order, eye) for eye in eyes)


def _watch(files: Sequence[_File], seconds: float) -> None:
    """Looks who is at work, for so long as a run on another machine may still give a sign of life."""
    until = time.monotonic() + seconds
    while True:
        for file in files:
            file.look()
        if time.monotonic() > until or all(claim.alive is not None for file in files for claim in file.claims):
            return
        time.sleep(_LOOK)


class _File:
    """A file of an output, and what is known of it."""

    def __init__(self, scene: Scene, order: Order, eye: Eye):
        self._scene, self._order, self._eye = scene, order, eye
        self.store = order.kept(scene, eye)
        self._watch = Watch(self.store.work)
        self.claims: list[Claim] = []
        """Of runs that live, or may live."""

    def look(self) -> None:
        """Looks who is at work."""
        self.claims = [each for each in self._watch.claims() if each.alive is not False and each.owner is not None]

    def status(self) -> OutputStatus:
        """How far it is."""
        order, scene, store = self._order, self._scene, self.store
        output = scene.outputs[order.output]
        made_of = origin(store.fingerprint) if store.fingerprint else ""
        logs = latest_runs(store.work, made_of)
        path, total = order.product(scene, self._eye), len(order.frames)
        changed = tuple(changes(store.work, made_of, scene, order.output, order.size)) if made_of else ()
        known = OutputStatus(order.output, self._eye, order.size, path, "done", total, total, changed=changed)
        known = replace(known, last=max((run.last for run in logs), default=None))
        facts = facts_for_players(output)
        key = movie_key(store.fingerprint, output.film, scene.header.fps, order.frames, facts)
        if not output.film.is_sequence and is_finished(store.work, path, key) and not changed:
            return known
        missing = frames_in(self._missing(logs))
        runs = tuple(self._run(claim, missing, logs) for claim in self.claims if self._concerns(claim))
        ended = logs[-1].end.get("error", "") if logs and not runs else ""
        done = not runs and not missing and not changed and output.film.is_sequence
        failed = {index: why for run in logs for index, why in run.failed.items()}
        lacking = {index for part in missing for index in part}
        known = replace(
            known,
            state="done" if done else "running" if any(run.alive for run in runs) else "stopped",
            finished=total - count_of(missing),
            missing=_pairs(missing),
            failed={index: why for index, why in sorted(failed.items()) if index in lacking},
            error=str(ended),
            runs=runs,
        )
        if known.state == "stopped" and (known.failed or known.error):
            known = replace(known, state="failed")
        elif known.state == "stopped" and known.finished == 0 and not logs:
            known = replace(known, state="not begun")
        return self._paced(known, logs)

    def _missing(self, logs: Sequence[Run]) -> list[int]:
        """The missing frames. Files are opened only if no log tells that they are those that a run has written."""
        frames, store = self._order.frames, self.store
        if not store.fingerprint:
            return list(frames)
        written = {frame["frame"]: frame["bytes"] for run in logs for frame in run.frames}
        if (read_own(store.work / AGAIN) or "{}") != "{}":  # some are to be drawn again
            written = {}
        sizes = _sizes(store)
        names = {index: store.path(index).name for index in frames}
        doubtful = [i for i in frames if (size := sizes.get(names[i])) is not None and written.get(i) != size]
        damaged = store.missing(doubtful)
        return sorted([*(index for index in frames if names[index] not in sizes), *damaged])

    def _concerns(self, claim: Claim) -> bool:
        return not claim.frames or bool(common(claim.frames, frames_in(self._order.frames)))

    def _run(self, claim: Claim, missing: Frames, logs: Sequence[Run]) -> RunStatus:
        owner = claim.owner
        assert owner is not None
        log = _log_of(claim, logs)
        left = count_of(common(missing, claim.frames))
        if claim.origin == CLEANING:
            doing: Doing = "cleaning"
        elif left:
            doing = "drawing" if log is not None else "starting"
        else:
            doing = "waiting" if missing and not claim.shard else "encoding"
        speed = _speed(log, time.time() if owner.is_here else None)
        frames = common(claim.frames, (range(self._scene.frame_count),))
        return RunStatus(
            host=owner.host,
            process=owner.pid,
            since=claim.since,
            shard=claim.shard,
            alive=claim.alive,
            doing=doing,
            frames=_pairs(frames),
            left=left,
            rate=speed.rate if speed and left else None,
            workers=speed.workers if speed else 0,
            seconds_left=left / speed.rate if speed and left else None,
        )

    def _paced(self, known: OutputStatus, logs: Sequence[Run]) -> OutputStatus:
        """The same with the speed, and the time that is left."""
        missing = known.frames - known.finished
        if known.state == "running":
            drawing = [run for run in known.runs if run.left and run.alive is not False]
            rates = [run.rate for run in drawing if run.rate]
            rate = sum(rates) if rates else None
            seconds = [run.seconds_left for run in drawing if run.seconds_left is not None]
            left = None if missing else 0.0
            if missing and rate and sum(run.left for run in drawing) == missing:  # no others, which nothing draws
                left = max(seconds) if len(seconds) == len(drawing) else missing / rate
            return replace(known, rate=rate, seconds_left=left)
        before = next((speed for run in reversed(logs) if (speed := _speed(run, None))), None)
        if before is None or known.state == "done":
            return known
        again = known.frames if known.changed else missing
        return replace(known, rate=before.rate, seconds_left=again / before.rate)


def _sizes(store: FrameStore) -> dict[str, int]:
    """Sizes of the files in the folder of the frames, by their names."""
    try:
        with os.scandir(store.folder) as entries:
            return {each.name: each.stat(follow_symlinks=False).st_size for each in entries}
    except OSError:
        return {}


def _speed(log: Run | None, now: float | None) -> Speed | None:
    if log is None:
        return None
    drawn = [(float(frame["when"]), str(frame.get("worker"))) for frame in log.frames]
    return speed_of(drawn, float(log.start["when"]), now)


def _log_of(claim: Claim, logs: Sequence[Run]) -> Run | None:
    """The log of the run that holds a claim; None: it has none yet."""
    owner = claim.owner
    assert owner is not None
    mine = [log for log in logs if (log.start.get("host"), log.start.get("process")) == (owner.host, owner.pid)]
    return next((log for log in reversed(mine) if not log.end and log.start.get("shard", "") == claim.shard), None)


def _pairs(frames: Frames) -> tuple[tuple[int, int], ...]:
    return tuple((part.start, part.stop) for part in frames)
