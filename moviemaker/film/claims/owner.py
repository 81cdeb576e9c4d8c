"""Who holds a claim: a process of a machine, and whether it has ended.

Numbers of processes are used again, so the time counts at which a process started; and machines may share a name, so
the identity of a machine is that of its start (Linux's boot id) and of the namespace in which it counts processes.
"""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import uuid
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from pathlib import Path


@dataclass(frozen=True)
class Owner:
    """A process.

    Attributes:
        host: name of its machine.
        machine: identity of the machine since its start.
        pid: number of the process.
        started: when it started, as its system counts; empty: unknown.
    """

    host: str
    machine: str
    pid: int
    started: str

    @property
    def is_here(self) -> bool:
        """Whether it is a process of this machine."""
        return (self.host, self.machine) == (socket.gethostname(), _machine())

    def has_ended(self) -> bool | None:
        """Whether the process has ended; None: unknown, as it is of every process of another machine."""
        if not self.is_here or sys.platform == "win32" or self.pid <= 0:
            return None
        try:
            os.kill(self.pid, 0)
        except ProcessLookupError:
            return True
        except OSError:
            pass  # it belongs to another user
        started = _start_of(self.pid)
        if started is None or not self.started:
            return None
        return started != self.started

    def __str__(self) -> str:
        return f"process {self.pid}" + ("" if self.host == socket.gethostname() else f" on {self.host}")


def this_process() -> Owner:
    """The process that runs this."""
    return Owner(socket.gethostname(), _machine(), os.getpid(), _start_of(os.getpid()) or "")


@cache
def _machine() -> str:
    with suppress(OSError):
        boot = Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii").strip()
        return f"{boot} {os.readlink('/proc/self/ns/pid')}"
    return f"{uuid.getnode():x}"


def _start_of(pid: int) -> str | None:
    """When a process started; "ended" of one that its parent has not asked after yet; None: unknown."""
    if Path("/proc/self/stat").exists():
        try:
            fields = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace").rpartition(")")[2].split()
            return "ended" if fields[0] in "ZX" else fields[19]
        except (OSError, IndexError):
            return None
    with suppress(OSError, subprocess.SubprocessError):
        command = ["ps", "-p", str(pid), "-o", "lstart="]
        found = subprocess.run(command, capture_output=True, text=True, timeout=5, env=os.environ | {"LC_ALL": "C"})
        return found.stdout.strip() or None
    return None
