"""Limits of a process that handles what may do harm: memory, computing time, the network and other programs.

All of them last until the process ends.
"""

from __future__ import annotations

import ctypes
import math
import os
import platform
import resource
import signal
import struct
from contextlib import suppress

_SYSCALLS = {
    "x86_64": (0xC000003E, (41, 59, 322)),
    "aarch64": (0xC00000B7, (198, 221, 281)),
}
"""By machine: its number in the kernel's audit interface; socket, execve and execveat."""

_PR_SET_PDEATHSIG, _PR_SET_SECCOMP, _PR_SET_NO_NEW_PRIVS = 1, 22, 38
_SECCOMP_FILTER = 2
_LOAD, _EQUAL, _RETURN = 0x20, 0x15, 0x06
_ALLOW, _REFUSE = 0x7FFF0000, 0x00050000 | 13
"""Results of a filter: the call goes on, or fails with EACCES."""


def confine(nbytes: int, seconds: float) -> None:
    """Limits this process. It writes no file and no core dump, opens no connection, and starts no program.

    Args:
        nbytes: it may take beyond what it has.
        seconds: it may compute; then the signal SIGPROF ends it.
    """
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    most = _addresses() + nbytes
    soft, hard = resource.getrlimit(resource.RLIMIT_AS)
    limits = [limit for limit in (most, soft, hard) if limit != resource.RLIM_INFINITY]
    with suppress(ValueError, OSError):
        resource.setrlimit(resource.RLIMIT_AS, (min(limits), hard))
    _forbid_errands()
    with suppress(ValueError, OSError):
        resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    signal.signal(signal.SIGPROF, signal.SIG_DFL)
    signal.setitimer(signal.ITIMER_PROF, seconds)
    cpu = math.ceil(seconds) + 2
    with suppress(ValueError, OSError):
        resource.setrlimit(resource.RLIMIT_CPU, (cpu, cpu))


def _addresses() -> int:
    """Size of the address space of this process in bytes; 0: unknown."""
    try:
        with open("/proc/self/statm", encoding="ascii") as file:
            return int(file.read().split()[0]) * os.sysconf("SC_PAGE_SIZE")
    except (OSError, ValueError):
        return 4 << 30


def _forbid_errands() -> None:
    """Lets the kernel refuse sockets and other programs, where it can (seccomp on Linux), and ends with the parent."""
    machine = _SYSCALLS.get(platform.machine())
    if machine is None or not os.path.exists("/proc/self/status"):
        return
    libc = ctypes.CDLL(None, use_errno=True)
    audit, calls = machine
    steps = [(_LOAD, 0, 0, 4), (_EQUAL, 1, 0, audit), (_RETURN, 0, 0, _ALLOW), (_LOAD, 0, 0, 0)]
    steps += [(_EQUAL, len(calls) - index, 0, call) for index, call in enumerate(calls)]
    steps += [(_RETURN, 0, 0, _ALLOW), (_RETURN, 0, 0, _REFUSE)]
    code = ctypes.create_string_buffer(b"".join(struct.pack("HBBI", *step) for step in steps))
    program = ctypes.create_string_buffer(struct.pack("HxxxxxxP", len(steps), ctypes.addressof(code)))
    zero, one = ctypes.c_ulong(0), ctypes.c_ulong(1)
    libc.prctl(_PR_SET_PDEATHSIG, ctypes.c_ulong(signal.SIGKILL), zero, zero, zero)
    libc.prctl(_PR_SET_NO_NEW_PRIVS, one, zero, zero, zero)
    libc.prctl(_PR_SET_SECCOMP, ctypes.c_ulong(_SECCOMP_FILTER), ctypes.byref(program), zero, zero)
