"""Limits of a process that handles what may do harm: memory, computing time, files, the network and other programs.

All of them last until the process ends.
"""

from __future__ import annotations

import ctypes
import errno
import math
import os
import platform
import resource
import signal
import struct
from contextlib import suppress

from moviemaker.core.machine.orphans import end_with_parent

_REFUSED_ON = {
    # creat, open by openat2; socket, execve, execveat; truncate, rename*, mkdir*, link*, unlink*, symlink*
    "x86_64": (
        0xC000003E,
        (85, 437, 41, 59, 322, 76, 82, 264, 316, 83, 258, 86, 265, 87, 263, 88, 266),
        ((257, 2), (2, 1)),
    ),
    "aarch64": (0xC00000B7, (437, 198, 221, 281, 45, 38, 276, 34, 37, 35, 36), ((56, 2),)),
}
"""By machine: its number in the kernel's audit interface; the numbers of refused system calls; those that open files,
each with the place of its flags among the arguments."""

_WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT

_PR_SET_SECCOMP, _PR_SET_NO_NEW_PRIVS = 22, 38
_SECCOMP_FILTER = 2
_LOAD, _AND, _EQUAL, _RETURN = 0x20, 0x54, 0x15, 0x06
_ALLOW, _REFUSE = 0x7FFF0000, 0x00050000 | errno.EACCES
"""Results of a filter: the call goes on, or fails as one that is not permitted."""

_NUMBER, _MACHINE, _ARGUMENTS = 0, 4, 16
"""Where a filter finds the number of a system call, that of the machine, and the arguments of eight bytes each."""


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
    end_with_parent()
    _forbid_errands()
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
    """Lets the kernel refuse to write files, to connect and to start programs, where it can (seccomp on Linux)."""
    if platform.machine() not in _REFUSED_ON or not os.path.exists("/proc/self/status"):
        return
    libc = ctypes.CDLL(None, use_errno=True)
    steps = _filter(*_REFUSED_ON[platform.machine()])
    code = ctypes.create_string_buffer(b"".join(struct.pack("HBBI", *step) for step in steps))
    program = ctypes.create_string_buffer(struct.pack("HxxxxxxP", len(steps), ctypes.addressof(code)))
    zero, one = ctypes.c_ulong(0), ctypes.c_ulong(1)
    libc.prctl(_PR_SET_NO_NEW_PRIVS, one, zero, zero, zero)
    libc.prctl(_PR_SET_SECCOMP, ctypes.c_ulong(_SECCOMP_FILTER), ctypes.byref(program), zero, zero)


def _filter(machine: int, refused: tuple[int, ...], opening: tuple[tuple[int, int], ...]) -> list[_Step]:
    """A filter of system calls: steps of (operation, steps to skip if equal, and if not, value)."""
    steps: list[_Step] = [(_LOAD, 0, 0, _MACHINE), (_EQUAL, 1, 0, machine), (_RETURN, 0, 0, _ALLOW)]
    for call in refused:
        steps += [(_LOAD, 0, 0, _NUMBER), (_EQUAL, 0, 1, call), (_RETURN, 0, 0, _REFUSE)]
    for call, place in opening:
        steps += [
            *((_LOAD, 0, 0, _NUMBER), (_EQUAL, 0, 4, call)),
            *((_LOAD, 0, 0, _ARGUMENTS + 8 * place), (_AND, 0, 0, _WRITING)),
            *((_EQUAL, 1, 0, 0), (_RETURN, 0, 0, _REFUSE)),
        ]
    return [*steps, (_RETURN, 0, 0, _ALLOW)]


_Step = tuple[int, int, int, int]
