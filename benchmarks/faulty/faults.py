"""The faults. Each starts a run of its round and lets something go wrong in it."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from dataclasses import asdict

from faulty.cluster import dask_scheduler_is_killed, dask_worker_is_killed
from faulty.rounds import FRAMES, Fault, Round
from moviemaker.film.claims.owner import this_process
from moviemaker.film.frame_record import origin

_WORK = "faults/.faults_main.frames"
_MESSAGE = "stopped; the same command carries on where it was"


def worker_is_killed(one: Round) -> None:
    """SIGKILL of one of two workers, twice."""
    one.options = ["--workers", "2"]
    run = one.start()
    for _ in range(2):
        one.await_frames(run)
        one.kill_one(lambda command: "spawn_main" in command)
    status, said = one.end(run)
    assert status == 0, said


def command_is_killed(one: Round) -> None:
    """SIGKILL of the process that renders, or of the one that started it, three times."""
    one.workers()
    for _ in range(3):
        run = one.start()
        one.await_frames(run)
        one.kill_one(lambda command: "-m moviemaker render" in command)
        one.end(run)


def anything_is_killed(one: Round) -> None:
    """SIGKILL of any process of the render, three times: also of ffmpeg, and of the one that gives signs of life."""
    one.workers()
    run = one.start()
    for _ in range(3):
        one.await_frames(run)
        one.kill_one(lambda _: True)
        if run.poll() is not None:
            one.end(run)
            run = one.start()
    one.end(run)


def command_is_stopped(one: Round) -> None:
    """Ctrl-C or SIGTERM: it ends within two seconds (where others need the cores: twenty), and says how to carry on."""
    one.workers()
    run = one.start()
    one.await_frames(run, least=one.chance.randrange(1, FRAMES))
    ended, sent = run.poll() is not None, time.monotonic()
    one.kill(run.pid, one.chance.choice((signal.SIGINT, signal.SIGTERM)))
    status, said = one.end(run)
    if not ended and status:
        seconds, is_busy = time.monotonic() - sent, os.getloadavg()[0] > 2 * (os.cpu_count() or 1)
        assert seconds < (20 if is_busy else 2), f"{seconds:.1f} s to stop"
        assert said == _MESSAGE, said


def frame_is_truncated(one: Round) -> None:
    """Three finished frames lose their end."""
    _spoil(one, "truncated")


def bit_is_flipped(one: Round) -> None:
    """One bit anywhere in each of three finished frames is another one."""
    _spoil(one, "flipped")


def frame_is_deleted(one: Round) -> None:
    """Three finished frames are deleted."""
    _spoil(one, "deleted")


def _spoil(one: Round, how: str) -> None:
    """Does something to finished frames, while a run goes on or between two runs."""
    one.workers()
    between = one.chance.random() < 0.5
    run = one.start()
    one.await_frames(run, least=one.chance.randrange(5, FRAMES))
    if between:
        one.kill(run.pid, signal.SIGTERM)
        one.end(run)
    for path in one.chance.sample(one.frames(), 3):
        one.ledger.spoil([int(path.stem.rpartition("_")[2]) - 1])
        if how == "deleted":
            path.unlink()
            continue
        size = path.stat().st_size
        at = one.chance.randrange(size)
        if how == "truncated":
            os.truncate(path, at)
        else:
            with open(path, "r+b") as file:
                file.seek(at)
                (byte,) = file.read(1)
                file.seek(at)
                file.write(bytes([byte ^ 1 << one.chance.randrange(8)]))
    if not between:
        one.end(run)


def folder_is_deleted(one: Round) -> None:
    """The hidden folder with all frames is deleted, while a run goes on."""
    one.workers()
    run = one.start()
    one.await_frames(run)
    one.ledger.spoil(range(FRAMES))
    shutil.rmtree(one.out / _WORK, ignore_errors=True)
    one.ledger.spoil(range(FRAMES))  # those too that were kept meanwhile
    one.end(run)


def disk_is_full(one: Round) -> None:
    """The disk is full, at any moment from the claim to the movie, and larger later on."""
    one.workers()
    one.mount(one.chance.choice((8, 16, one.chance.randrange(24, 600))))
    status, said = one.end(one.start())
    assert status == 1, said
    assert "the disk is full" in said, said
    one.mount(100_000, again=True)


def clock_goes_back(one: Round) -> None:
    """`time.time` goes back by a day in the middle of each run, and frames are of the future and the far past."""
    one.workers()
    one.variables = {"FAULTS_CLOCK": f"{one.chance.uniform(0.5, 3):.2f}"}
    run = one.start()
    one.await_frames(run)
    one.kill(run.pid, signal.SIGTERM)
    one.end(run)
    for path in one.frames():
        when = one.chance.choice((1.0, time.time() + 1e7))
        os.utime(path, (when, when))


def claim_is_left(one: Round) -> None:
    """Claims of a process that has ended, of one whose number another one has, and of a machine that has vanished."""
    one.workers()
    one.variables = {"MOVIEMAKER_SILENCE": "2"}
    run = one.start()
    one.await_frames(run, least=one.chance.randrange(1, FRAMES))
    one.kill(run.pid)
    one.end(run)
    mine = (one.out / _WORK / "fingerprint").read_text(encoding="utf-8")
    me = asdict(this_process())
    gone = subprocess.Popen([sys.executable, "-c", ""])
    gone.wait()
    owners = {"gone": {"pid": gone.pid}, "other": {"started": "1"}, "far": {"host": "far", "machine": "far"}}
    for name, owner in owners.items():
        claim = {"owner": me | owner, "frames": [[0, FRAMES]], "origin": origin(mine), "product": "faults_main.mp4"}
        when = one.chance.choice((1.0, time.time() + 1e7))
        path = one.out / _WORK / "claims" / f"{name}.claim"
        path.write_text(json.dumps(claim | {"shard": "", "run": "", "since": when}), encoding="utf-8")
        os.utime(path, (when, when))


def shard_is_killed(one: Round) -> None:
    """One of two shards is killed, and a run that waits for both of them draws what it has left."""
    shards = [one.start("--shard", f"{number}/2") for number in (1, 2)]
    one.await_frames(shards[0], least=one.chance.randrange(1, FRAMES))
    joined = one.start()
    time.sleep(one.chance.uniform(0, 2))
    one.kill(shards[0].pid)
    for run in (*shards, joined):
        one.end(run)


FAULTS: list[Fault] = [
    worker_is_killed,
    command_is_killed,
    anything_is_killed,
    command_is_stopped,
    dask_worker_is_killed,
    dask_scheduler_is_killed,
    frame_is_truncated,
    bit_is_flipped,
    frame_is_deleted,
    folder_is_deleted,
    disk_is_full,
    clock_goes_back,
    claim_is_left,
    shard_is_killed,
]
