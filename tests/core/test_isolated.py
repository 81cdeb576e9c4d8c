"""Functions that are called in another process: what they may not do there, and what becomes of them."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest

from moviemaker.core.machine import isolated
from moviemaker.core.machine.isolated import Limits, Outcome, call_isolated

OWN = f"{__name__}:"
LIMITS = Limits(nbytes=200 << 20, seconds=1.0, wall=20.0)


def write(name: str) -> str:
    return tried(lambda: Path(name).write_text("x"))


def remove(name: str) -> str:
    return tried(lambda: os.unlink(name))


def connect(port: str) -> str:
    return tried(lambda: socket.create_connection(("127.0.0.1", int(port))))


def start(name: str) -> str:
    return tried(lambda: subprocess.run(["/bin/touch", name], check=True))


def tried(do) -> str:
    try:
        do()
    except OSError as error:
        return type(error).__name__
    return "done"


def read(name: str) -> str:
    return Path(name).read_text()


def crash() -> None:
    os.kill(os.getpid(), signal.SIGSEGV)


def allocate() -> None:
    bytearray(1 << 30)


def compute() -> None:
    while True:
        pass


def sleep() -> None:
    time.sleep(60)


def fail() -> None:
    raise KeyError("a key")


def call(function, *arguments: object) -> Outcome:
    found = call_isolated(OWN + function.__name__, [str(each) for each in arguments], [__name__], LIMITS)
    assert found is not None
    return found


def test_a_function_reads(tmp_path):
    (tmp_path / "a").write_text("a text")
    assert call(read, tmp_path / "a").returned == "a text"


@pytest.mark.skipif(sys.platform != "linux", reason="the kernel of Linux refuses these")
def test_a_function_writes_nothing_and_runs_no_errands(tmp_path):
    (tmp_path / "kept").write_text("a text")
    for function in (write, start):
        assert call(function, tmp_path / "canary").returned == "PermissionError"
    assert call(remove, tmp_path / "kept").returned == "PermissionError"
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.setblocking(False)
        assert call(connect, server.getsockname()[1]).returned == "PermissionError"
        with pytest.raises(BlockingIOError):
            server.accept()
    assert [path.name for path in tmp_path.iterdir()] == ["kept"]


def test_crashes_and_limits_are_told_apart():
    assert call(crash) == Outcome(signal=signal.SIGSEGV)
    assert call(allocate).failed == "MemoryError"
    assert call(compute).signal == signal.SIGPROF
    assert call(sleep).late == "waits"
    assert call(fail).failed == "KeyError"


def test_a_server_that_was_killed_is_replaced(tmp_path):
    (tmp_path / "a").write_text("a text")
    assert call(read, tmp_path / "a").returned == "a text"
    server = isolated._servers[os.getpid()]._process
    server.kill()
    server.wait()
    assert call(read, tmp_path / "a").returned == "a text"


@pytest.mark.skipif(sys.platform != "linux", reason="it looks into /proc")
def test_the_server_and_its_child_end_with_the_program():
    script = (
        f"import sys; sys.path.insert(0, {str(Path(__file__).parent)!r}); import threading, test_isolated, os, time; "
        "threading.Thread(target=lambda: test_isolated.call(test_isolated.compute), daemon=True).start(); "
        "exec('while not (found := test_isolated.isolated._servers): time.sleep(0.01)'); "
        "print(next(iter(found.values()))._process.pid, flush=True); time.sleep(0.5); os._exit(0)"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    deadline = time.monotonic() + 2.0
    while time.monotonic() < deadline and runs(int(done.stdout)):
        time.sleep(0.02)
    assert not runs(int(done.stdout))


def runs(process: int) -> bool:
    """Whether a process exists that has not ended yet, even if whoever inherited it has not asked for its status."""
    try:
        return Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False
