"""The log of a render: one JSON object a line, in `log/` of the hidden folder of each output, a file for each run.

Every line has `event` and `when` (seconds since 1970, UTC; within a run they never go back). What else:

- `start`: `log` (version of this format: `VERSION`), `run` (name of the run), `host`, `process`, `version` (of the
  program), `output`, `eye` (of a file for one eye: `L` or `R`), `shard` (such as `2/8`; empty: not one), `stem`
  (beginning of the names of frames), `fingerprint` (of what they are made from), `frames` (the first, and the one after
  the last), `missing` (number of frames to draw), `size`, `fps`, `opening` (seconds of a core for opening the data,
  before the run began).
- `frame`: `frame` (number from 0), `worker`, `renderer`, `bytes` of its file, `seconds` of each part of `PARTS`, `busy`
  (seconds of all processor cores together), `finished` (when, by the clock of the worker's machine). A frame that a
  worker has found finished has `renderer` empty and seconds of 0.
- `note`: `text`, such as that a worker has died and its frame is drawn again.
- `failed`: `frame`, `why`.
- `movie`: `seconds` that encoding took after the last frame was drawn, `began` (when encoding began, beside the
  drawing), `frames`, `bytes` of the movie.
- `end`: `seconds` since the start, and `error` if the run has failed. A run that was killed has no such line.

The logs of the last `KEPT` runs are kept, and those of the last day; the others are deleted when a run begins. Runs
that go on at the same time never share a file.
"""

from __future__ import annotations

import json
import os
import socket
import time
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from moviemaker.core.fingerprint import program_version
from moviemaker.core.machine.files import read_own
from moviemaker.core.progress import Advance, Progress
from moviemaker.film.frame_record import origin
from moviemaker.film.store import FrameStore

if TYPE_CHECKING:
    from moviemaker.farm import Done, Failed  # which those do not need who only read

FOLDER = "log"
VERSION = 1
"""Of the format: a program that reads logs need not understand those of a greater number."""

PARTS = ("start", "read", "shade", "draw", "develop", "encode")
"""Parts of the work on a frame: the libraries and a window; data; light in the scene; the drawing; the lens and glowing
particles; making the file of the picture."""

KEPT = 20
"""Number of runs whose logs are kept, and those of the last day."""

_DAY = 86400.0
_LARGEST = 1e18  # JSON has infinite numbers too
_NEW = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_NOFOLLOW", 0)


class RunLog:
    """The log of one run, which writes a line for each event at once. A log that cannot be written stops no render.

    A progress reporter too: notes go to the log and to the reporter that it was made with. Nothing is written before
    there is something to do.

    Args:
        store: the frames of the output.
        progress: the reporter.
        facts: of the `start` line.
    """

    def __init__(self, store: FrameStore, progress: Progress, **facts: Any):
        self._work = store.work
        self._progress = progress
        self._facts = facts | {"stem": store.stem, "fingerprint": origin(store.fingerprint)}
        self._begun = time.time()
        self._since = time.monotonic()
        self._waiting: list[str] | None = []
        self._path: Path | None = None
        self._file: int | None = None

    @property
    def seconds(self) -> float:
        """Seconds since the start."""
        return time.monotonic() - self._since

    def begin(self, **facts: Any) -> None:
        """Writes the first lines, since there is something to do."""
        if self._waiting is None:
            return
        before, self._waiting = self._waiting, None
        host, process = socket.gethostname(), os.getpid()
        stamp = time.strftime("%Y%m%dT%H%M%SZ", time.gmtime(self._begun))
        run = f"{stamp}_{host.split('.')[0]}_{process}_{os.urandom(2).hex()}"
        self._path = self._work / FOLDER / f"{run}.jsonl"
        try:
            self._file = _opened(self._path.parent, self._path.name)
        except OSError as error:
            self._progress.note(f"no log of this run is kept: {error.strerror or error}")
        who = {"run": run, "host": host, "process": process, "version": program_version("moviemaker")}
        self._write("start", log=VERSION, **who, **self._facts, **facts)
        for text in before:
            self._write("note", text=text)

    def frame(self, done: Done) -> None:
        """Writes the line of a finished frame."""
        seconds = {part: round(done.seconds.get(part, 0.0), 4) for part in dict.fromkeys((*PARTS, *done.seconds))}
        facts = {"frame": done.index, "worker": done.worker, "renderer": done.renderer, "bytes": done.size}
        self._write("frame", **facts, seconds=seconds, busy=round(done.busy, 4), finished=round(done.finished, 3))

    def failed(self, frame: Failed) -> None:
        """Writes the line of a frame that was given up."""
        self._write("failed", frame=frame.index, why=frame.why)

    @contextmanager
    def encoding(self, frames: int, movie: Path, beside: float = 0.0) -> Iterator[None]:
        """Writes the line of a movie that is made until the context ends.

        Args:
            frames: their number.
            movie: its file.
            beside: seconds for which it has been made beside the drawing, until now.
        """
        self.begin(missing=0)
        begun = self.seconds
        yield
        seconds, began = round(self.seconds - begun, 3), round(self._begun + begun - beside, 3)
        self._write("movie", seconds=seconds, began=began, frames=frames, bytes=movie.stat().st_size)

    def note(self, text: str) -> None:
        """Writes a note, and reports it."""
        if self._waiting is None:
            self._write("note", text=text)
        else:
            self._waiting.append(text)
        self._progress.note(text)

    def task(self, what: str, total: int | None, unit: str, *, after: float = 0.0) -> AbstractContextManager[Advance]:
        """Reports a task, which the log does not mention."""
        return self._progress.task(what, total, unit, after=after)

    def told(self) -> Run | None:
        """What the log tells so far; None: nothing was to be done, or it cannot be kept."""
        return None if self._path is None else _read(self._path)

    def __enter__(self) -> RunLog:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: object) -> None:
        failure = {} if error is None else {"error": str(error) or type(error).__name__}
        self._write("end", seconds=round(self.seconds, 3), **failure)
        self._close()

    def _write(self, event: str, **facts: Any) -> None:
        if self._file is None:
            return
        line = {"event": event, "when": round(self._begun + self.seconds, 3)} | facts
        try:
            os.write(self._file, json.dumps(line).encode() + b"\n")
        except OSError as error:
            self._close()
            self._progress.note(f"the log of this run ends here: {error.strerror or error}")

    def _close(self) -> None:
        if self._file is not None:
            with suppress(OSError):
                os.close(self._file)
            self._file = None


@dataclass
class Run:
    """What the log of a run tells.

    Attributes:
        start: facts of its `start` line.
        frames: facts of its `frame` lines, in the order in which they were finished.
        notes: texts of its notes.
        failed: reasons why frames failed, by their numbers.
        movie: facts of its `movie` line; empty: it has made none.
        end: facts of its `end` line; empty: it goes on, or was killed.
    """

    start: dict[str, Any]
    frames: list[dict[str, Any]] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    failed: dict[int, str] = field(default_factory=dict)
    movie: dict[str, Any] = field(default_factory=dict)
    end: dict[str, Any] = field(default_factory=dict)

    @property
    def last(self) -> float:
        """When it was heard of last, seconds since 1970."""
        ends = (self.start, *self.frames[-1:], self.movie, self.end)
        return max(float(facts.get("when", 0.0)) for facts in ends)


def runs(work: Path) -> list[Run]:
    """The runs whose logs are kept in the hidden folder of an output, the oldest first."""
    found = (_read(path) for path in _logs(work / FOLDER))
    return sorted((run for run in found if run is not None), key=lambda run: float(run.start["when"]))


def latest_runs(work: Path, made_of: str) -> list[Run]:
    """The runs since those that drew something else, the oldest first.

    Args:
        work: hidden folder of the output.
        made_of: hash of what their frames are made from.
    """
    found: list[Run] = []
    for path in reversed(_logs(work / FOLDER)):
        start = _first_line(path)
        if start.get("fingerprint", made_of) != made_of:
            break
        run = _read(path) if start else None
        found += [run] if run else []
    return sorted(found, key=lambda run: float(run.start["when"]))


def _first_line(path: Path) -> dict[str, Any]:
    """The start of a log; empty: it has none."""
    with suppress(OSError, ValueError, RecursionError), open(path, "rb") as file:
        found = json.loads(file.readline(1 << 16))
        if isinstance(found, dict):
            return found
    return {}


def _read(path: Path) -> Run | None:
    run: Run | None = None
    for facts in _lines(path):
        match facts.get("event"):
            case "start":
                run = Run(facts)
            case "frame" if run and _is_number(facts, "frame", "bytes", "busy", "finished") and _has_seconds(facts):
                run.frames.append(facts)
            case "note" if run:
                run.notes.append(str(facts.get("text")))
            case "failed" if run and _is_number(facts, "frame"):
                run.failed[int(facts["frame"])] = str(facts.get("why"))
            case "movie" if run and _is_number(facts, "seconds", "began", "frames"):
                run.movie = facts
            case "end" if run:
                run.end = facts
    return run


def _lines(path: Path) -> Iterator[dict[str, Any]]:
    """The lines of a log; one that is cut short, as when a machine has failed, is left out."""
    for line in (read_own(path) or "").splitlines():
        with suppress(ValueError, RecursionError):
            facts = json.loads(line)
            if isinstance(facts, dict) and _is_number(facts, "when"):
                yield facts


def _is_number(facts: dict[str, Any], *names: str) -> bool:
    return all(isinstance(value := facts.get(name), int | float) and abs(value) < _LARGEST for name in names)


def _has_seconds(facts: dict[str, Any]) -> bool:
    seconds = facts.get("seconds")
    return isinstance(seconds, dict) and _is_number(seconds, *seconds)


def _opened(folder: Path, name: str) -> int:
    if folder.is_symlink():
        raise OSError(f"{folder} is a link")
    folder.mkdir(parents=True, exist_ok=True)
    for path in _logs(folder)[: 1 - KEPT]:
        with suppress(OSError):
            if time.time() - path.stat().st_mtime > _DAY:
                path.unlink()
    return os.open(folder / name, _NEW, 0o644)


def _logs(folder: Path) -> list[Path]:
    """The files of logs, the oldest first, as their names tell."""
    if folder.is_symlink():
        return []
    return sorted(folder.glob("*.jsonl"))
