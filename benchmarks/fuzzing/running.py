"""Runs commands on many inputs in forked processes with limits, and says what became of each.

One process imports the program and is then forked for every few inputs. A child handles its inputs one after the other
and says so through a pipe; when it dies or takes too long, the input that it was handling is to blame, and another
child goes on after it.
"""

from __future__ import annotations

import os
import resource
import select
import signal
import sys
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

SECONDS = 5.0
BYTES = 2 << 30
"""Limit of the address space of a child, beside what the programs and libraries take that are imported before it."""
TO_IMPORT = 20.0
"""More seconds for the first input of a child, which imports libraries in this process and in another one."""
AT_ONCE = 40
"""Inputs of a child."""

OUTCOMES = ("accepted", "refused", "internal error", "crash", "hang", "out of memory", "unclear")
"""`unclear`: it was refused without a sentence, or with control characters."""
FAILURES = OUTCOMES[2:]
_TRIED_AGAIN = ("hang", "out of memory", "crash")
"""Outcomes that may be due to inputs before, or to other programs. They are tried once more, alone."""


@dataclass(frozen=True)
class Case:
    """One input.

    Attributes:
        format: its name.
        folder: that holds it, and nothing else.
        arguments: of the command, which runs in that folder.
    """

    format: str
    folder: Path
    arguments: tuple[str, ...]


@dataclass(frozen=True)
class Result:
    """What became of an input.

    Attributes:
        case: the input.
        outcome: one of `OUTCOMES`.
        words: what the command said on standard error.
        seconds: how long it took.
    """

    case: Case
    outcome: str
    words: str
    seconds: float


def imported() -> None:
    """Imports what most commands need, before the first fork."""
    os.environ["OPENBLAS_NUM_THREADS"] = "1"
    import importlib

    names = [
        "api",
        "cli",
        "data.describing.describe",
        "rendering.estimate",
        "prepare",
        "layers.points",
        "layers.surface",
        "layers.volume",
    ]
    for name in [*names, "lens.perspective", "rig.mono"]:
        importlib.import_module(f"moviemaker.{name}")
    libraries = "nibabel nrrd tifffile astropy.io.fits pydicom laspy pyarrow.parquet h5py netCDF4 MDAnalysis zarr scipy"
    for name in libraries.split():
        with suppress(ImportError):
            importlib.import_module(name)


def run_all(cases: Iterable[Sequence[Case]]) -> Iterator[Result]:
    """What becomes of cases, which come in small groups that one child handles."""
    for group in cases:
        waiting = list(group)
        while waiting:
            for result in _in_child(tuple(waiting)):
                waiting.pop(0)
                if result.outcome in _TRIED_AGAIN:
                    result = next(_in_child([result.case]))
                yield result


def _in_child(cases: Sequence[Case]) -> Iterator[Result]:
    """Results up to the first that ends the child."""
    read, write = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            os.close(read)
            _handle(cases, write)
        finally:
            os._exit(3)
    os.close(write)
    began, heard = time.monotonic(), b""
    try:
        for case in cases:
            most = SECONDS + (TO_IMPORT if case is cases[0] else 0)
            while b"\n" not in heard:
                left = began + most - time.monotonic()
                if left <= 0 or not select.select([read], [], [], left)[0]:
                    os.killpg(child, signal.SIGKILL)
                    yield Result(case, "hang", _said(case), time.monotonic() - began)
                    return
                part = os.read(read, 1 << 16)
                if not part:
                    yield Result(case, "crash", _said(case), time.monotonic() - began)
                    return
                heard += part
            line, _, heard = heard.partition(b"\n")
            words = _said(case)
            yield Result(case, _outcome(int(line), words), words, time.monotonic() - began)
            began = time.monotonic()
    finally:
        with suppress(OSError):
            os.killpg(child, signal.SIGKILL)
        os.close(read)
        with suppress(ChildProcessError):
            os.waitpid(child, 0)


def _handle(cases: Sequence[Case], write: int) -> None:
    """Handles cases in a child, which ends with the last of them."""
    from moviemaker.cli import main
    from moviemaker.core.machine.libraries import quiet_libraries

    os.setsid()
    quiet_libraries()  # as the program does when it is started
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    most = BYTES + _addresses()
    resource.setrlimit(resource.RLIMIT_AS, (most, most))
    nothing = os.open(os.devnull, os.O_RDWR)
    os.dup2(nothing, 0)
    os.dup2(nothing, 1)
    for case in cases:
        said = os.open(_errors(case), os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
        os.dup2(said, 2)
        os.close(said)
        sys.stdout, sys.stderr = open(1, "w", closefd=False), open(2, "w", closefd=False)  # noqa: SIM115
        os.chdir(case.folder)
        try:
            status = main(list(case.arguments))
        except BaseException as error:
            print(f"went wrong inside: {type(error).__name__}: {error}", file=sys.stderr)
            status = 1
        sys.stderr.flush()
        os.write(write, f"{status}\n".encode())
    os._exit(0)


def _addresses() -> int:
    """Bytes of the address space of this process."""
    return int(Path("/proc/self/statm").read_text(encoding="ascii").split()[0]) * os.sysconf("SC_PAGE_SIZE")


def _errors(case: Case) -> Path:
    return case.folder.with_name(f"{case.folder.name}.err")


def _said(case: Case) -> str:
    try:
        return _errors(case).read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""


def _outcome(status: int, words: str) -> str:
    if status == 0:
        return "accepted"
    if status == 2:
        clear = words.strip() and not any(ord(letter) < 32 and letter not in "\n\t" for letter in words)
        return "refused" if clear and "Traceback" not in words and "went wrong inside" not in words else "unclear"
    return "out of memory" if "there is not enough memory" in words else "internal error"
