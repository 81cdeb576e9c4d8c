"""What the render and the workers of a cluster say to each other: plain values, sent as bytes.

The scheduler passes the bytes on and never looks into them, so it needs no moviemaker.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from moviemaker.farm.crew.contract import Done, Failed


@dataclass(frozen=True)
class DataFile:
    """A file that the frames are made from, as it is where the render was started.

    Attributes:
        path: where it is.
        size: its bytes; of a folder, those of the files in it.
        changed: time of its last change, nanoseconds.
        fingerprint: of its content.
    """

    path: str
    size: int
    changed: int
    fingerprint: str


@dataclass(frozen=True)
class Question:
    """What a worker is asked before it gets a job.

    Attributes:
        folder: where the frames are kept; None: the worker need not see it.
        probe: name of a file in there; its content is its name.
        files: data that the frames are made from.
        plugins: packages whose plug-ins the scene uses, by their names in an import statement.
        leftovers: name of the run, which unfinished files bear so that they are found.
        sharing: number of workers on its machine, which share the cores.
    """

    folder: Path | None
    probe: str
    files: tuple[DataFile, ...]
    plugins: tuple[str, ...]
    leftovers: str
    sharing: int = 1


@dataclass(frozen=True)
class Findings:
    """What the process that draws says about itself.

    Attributes:
        versions: of what draws the frames, by name.
        unreadable: data that it cannot read, with the reason.
    """

    versions: Mapping[str, str]
    unreadable: Mapping[str, str]


@dataclass(frozen=True)
class Answer:
    """What a worker says about itself.

    Attributes:
        host: name of its machine.
        keeps: whether it sees the folder of the frames and may write there.
        findings: of its process that draws.
    """

    host: str
    keeps: bool
    findings: Findings


@dataclass(frozen=True)
class Kit:
    """What a worker needs for a job.

    Attributes:
        run: name of the render, which a worker tells from others by it.
        number: of the job.
        job: the pickled job.
        keeps: whether the worker keeps frames in the store; else it sends them.
        parcel: content of data files by path, for a worker that cannot read them; None: it can.
    """

    run: str
    number: int
    job: bytes
    keeps: bool
    parcel: Mapping[str, bytes] | None = None


@dataclass(frozen=True)
class Outcome:
    """What became of a frame.

    Attributes:
        frame: it, done or failed; None: neither.
        data: the file of the frame, if the worker does not keep it.
        error: what prevents other frames too.
        ended: how the process ended that drew it, in words.
    """

    frame: Done | Failed | None = None
    data: bytes | None = None
    error: BaseException | None = None
    ended: str = ""
