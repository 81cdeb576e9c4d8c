"""Functions that may crash or hang are called in another process, with limits of memory and time.

One process beside the program is started when it is first needed. It imports what the functions need, and is forked
for each call, which takes thousandths of a second. It has one thread, so that forking is safe.
"""

from __future__ import annotations

import atexit
import json
import os
import selectors
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

INSIDE = False
"""Whether this process is the one beside the program, or a child of it."""

_START = "import sys; sys.path[:] = {path!r}; from moviemaker.core.machine.isolated_server import main; main()"
_ONE_THREAD = ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS", "VTK_SMP_MAX_THREADS")
_TO_START = 60.0
"""Most seconds that importing takes."""


@dataclass(frozen=True)
class Limits:
    """Limits of a call.

    Attributes:
        nbytes: of memory.
        seconds: of computing.
        wall: seconds on the clock.
    """

    nbytes: int
    seconds: float
    wall: float


@dataclass(frozen=True)
class Outcome:
    """What became of a call.

    Attributes:
        returned: text that the function gave; None: it gave nothing, or did not return.
        failed: type of the exception that it raised; empty: none.
        signal: number of the signal that ended the process; 0: none.
        late: why it was ended: its "time" was over, or it "waits" for something else than a disk; empty: it was not.
        words: what it wrote to standard error.
    """

    returned: str | None = None
    failed: str = ""
    signal: int = 0
    late: str = ""
    words: str = ""


def call_isolated(
    function: str,
    arguments: Sequence[str],
    modules: Sequence[str],
    limits: Limits,
    meanwhile: Callable[[], None] = lambda: None,
) -> Outcome | None:
    """Calls a function in another process.

    Args:
        function: as "package.module:function". It gives None or text.
        arguments: of the function.
        modules: to import before the first call.
        limits: of the call.
        meanwhile: is called in this process while the other one works.

    Returns:
        What became of it; None: processes cannot be started here.
    """
    order = {
        "function": function,
        "arguments": list(arguments),
        "modules": list(modules),
        "bytes": limits.nbytes,
        "seconds": limits.seconds,
        "wall": limits.wall,
    }
    with _lock:
        for _ in range(2):  # a server that was killed is replaced
            server = _running()
            if server is None:
                meanwhile()
                return None
            try:
                server.send(order)
                meanwhile()
                answer = server.answer(limits.wall + _TO_START)
            except BaseException:  # an interrupt leaves an answer behind, which belongs to no other order
                stop()
                raise
            if answer is not None:
                value = json.loads(answer["value"] or "{}")
                ended = -answer["status"] if answer["status"] < 0 else 0
                return Outcome(value.get("returned"), value.get("failed", ""), ended, answer["late"], answer["words"])
            stop()
            meanwhile = _nothing
    return None


def stop() -> None:
    """Ends the process beside the program. The next call starts another."""
    server = _servers.pop(os.getpid(), None)
    if server is not None:
        server.stop()


class _Server:
    """The process beside the program."""

    def __init__(self) -> None:
        path = [os.path.abspath(each) for each in sys.path if each]
        self._process = subprocess.Popen(
            [sys.executable, "-P", "-c", _START.format(path=path)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env=os.environ | dict.fromkeys(_ONE_THREAD, "1"),
        )

    def send(self, order: object) -> None:
        """Sends an order. If the process has ended, no answer will come."""
        assert self._process.stdin is not None
        with suppress(OSError):
            self._process.stdin.write(json.dumps(order).encode() + b"\n")
            self._process.stdin.flush()

    def answer(self, seconds: float) -> dict[str, Any] | None:
        """The answer to an order; None: the process has ended, or takes too long."""
        assert self._process.stdout is not None
        pipe, text, until = self._process.stdout.fileno(), b"", time.monotonic() + seconds
        with selectors.DefaultSelector() as selector:
            selector.register(pipe, selectors.EVENT_READ)
            while not text.endswith(b"\n"):
                ready = selector.select(max(0.0, until - time.monotonic()))
                block = os.read(pipe, 1 << 16) if ready else b""
                if not block:
                    return None
                text += block
        found: dict[str, Any] = json.loads(text)
        return found

    def stop(self) -> None:
        """Ends the process, and with it the child that it may have."""
        for pipe in (self._process.stdin, self._process.stdout):
            assert pipe is not None
            with suppress(OSError):
                pipe.close()
        try:
            self._process.wait(1.0)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()


_lock = threading.RLock()
_servers: dict[int, _Server] = {}
"""By the process that started it: a copy of this process by `fork` must not use the server of the original."""


def _unlock() -> None:
    """Makes the lock anew in a copy of this process, where no thread holds it."""
    global _lock
    _lock = threading.RLock()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_unlock)


def _running() -> _Server | None:
    own = os.getpid()
    if own not in _servers:
        if not hasattr(os, "fork") or not sys.executable:
            return None
        _servers.clear()
        try:
            _servers[own] = _Server()
        except OSError:
            return None
        atexit.register(stop)
    return _servers[own]


def _nothing() -> None:
    """Does nothing."""
