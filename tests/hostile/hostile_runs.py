"""Runs commands on hostile inputs, each in a process of its own with limits, and says what became of them.

One process imports the program and is then forked for every command, which takes hundredths of a second instead of
one second. It has no threads and no OpenGL, so that forking is safe.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from functools import cache
from pathlib import Path

SECONDS = 10.0
"""A command that takes longer is killed."""

_SERVER = """
import json, os, resource, signal, sys, time
os.environ["OPENBLAS_NUM_THREADS"] = "1"
import moviemaker.api, moviemaker.cli, moviemaker.data.describing.describe, moviemaker.prepare
import moviemaker.rendering.estimate
import moviemaker.layers.points, moviemaker.layers.surface, moviemaker.layers.volume, moviemaker.lens.perspective
import moviemaker.rig.mono, moviemaker.rig.stereo, PIL.Image

answers = os.fdopen(os.dup(1), "w")
for line in sys.stdin:
    order = json.loads(line)
    began = time.monotonic()
    child = os.fork()
    if child == 0:
        os.setsid()
        for number, name in ((0, os.devnull), (1, order["out"]), (2, order["err"])):
            os.dup2(os.open(name, os.O_RDONLY if number == 0 else os.O_WRONLY | os.O_CREAT | os.O_TRUNC), number)
        sys.stdin, sys.stdout, sys.stderr = open(0), open(1, "w"), open(2, "w")
        os.chdir(order["folder"])
        os.environ.update(order["environment"])
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        if order["bytes"]:
            resource.setrlimit(resource.RLIMIT_AS, (order["bytes"], order["bytes"]))
        status = moviemaker.cli.main(order["arguments"])
        sys.stdout.flush(), sys.stderr.flush()
        os._exit(status)
    while True:
        done, status, usage = os.wait4(child, os.WNOHANG)
        if done:
            break
        if time.monotonic() - began > order["seconds"]:
            os.killpg(child, signal.SIGKILL)
            done, status, usage = os.wait4(child, 0)
            break
        time.sleep(0.002)
    status = os.waitstatus_to_exitcode(status)
    took = [time.monotonic() - began, usage.ru_utime + usage.ru_stime]
    print(json.dumps([status, *took, usage.ru_maxrss * 1024]), file=answers, flush=True)
"""


@dataclass(frozen=True)
class Outcome:
    """What became of a command.

    Attributes:
        status: exit status; negative: the number of the signal that ended it.
        out, err: what it wrote.
        seconds: how long it took.
        cpu: seconds that it computed, which depend less on what else the machine does.
        peak: the most memory in use, bytes. About 150 MB of it are the program itself.
    """

    status: int
    out: str
    err: str
    seconds: float
    cpu: float
    peak: int


def run(
    *arguments: str | Path,
    folder: Path,
    seconds: float = SECONDS,
    most_bytes: int = 0,
    environment: dict[str, str] | None = None,
) -> Outcome:
    """Runs `moviemaker ARGUMENTS`.

    Args:
        arguments: the command and what belongs to it.
        folder: the current folder of the command.
        seconds: after which it is killed, with the status -9.
        most_bytes: limit of its address space (RLIMIT_AS); 0: none.
        environment: variables to set.
    """
    server = _server()
    out, err = Path(folder) / ".stdout", Path(folder) / ".stderr"
    order = {
        "arguments": [str(argument) for argument in arguments],
        "folder": str(folder),
        "out": str(out),
        "err": str(err),
        "seconds": seconds,
        "bytes": most_bytes,
        "environment": environment or {name: os.environ[name] for name in ("MOVIEMAKER_CACHE",) if name in os.environ},
    }
    assert server.stdin is not None
    assert server.stdout is not None
    server.stdin.write(json.dumps(order) + "\n")
    server.stdin.flush()
    status, took, cpu, peak = json.loads(server.stdout.readline())
    texts = [path.read_text(encoding="utf-8", errors="replace") if path.exists() else "" for path in (out, err)]
    return Outcome(status, *texts, took, cpu, peak)


def refused(outcome: Outcome, *words: str, seconds: float = 3.0, most: float = 1e9) -> None:
    """Asserts that a hostile input was refused as promised: exit 2, a sentence, quickly, in little memory.

    Args:
        outcome: of the command.
        words: which the message has to hold.
        seconds: the command computes for less.
        most: bytes; the command uses less memory.
    """
    assert outcome.status == 2, (outcome.status, outcome.err[-2000:])
    assert outcome.err.strip(), "it says nothing"
    assert "Traceback" not in outcome.err, outcome.err
    assert "went wrong inside" not in outcome.err, outcome.err
    assert all(word in outcome.err for word in words), outcome.err
    assert not any(ord(character) < 32 and character not in "\n\t" for character in outcome.err), repr(outcome.err)
    assert outcome.cpu < seconds, outcome.cpu  # what waits for ever is killed after `SECONDS`
    assert outcome.peak < most, outcome.peak


@cache
def _server() -> subprocess.Popen[str]:
    """The process that is forked. It ends with this one, whose pipe it reads."""
    command = [sys.executable, "-c", _SERVER]
    return subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, start_new_session=True)
