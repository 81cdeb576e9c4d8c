"""Starts a command in a process of its own, so that signals, crashes and a lack of memory end it cleanly.

Libraries keep Python from answering signals for as long as they draw, decode or read, and some of them end the process
themselves. So the command runs in a child. This process waits. It answers a signal by ending the child with all the
processes that the child has started, deletes their unfinished files, says how to carry on, and exits with 128 and the
number of the signal, as shells expect. Finished frames are safe at every moment. A render that crashes is started once
more.

The module imports little, so that it is ready for signals a few hundredths of a second after the start.
"""

from __future__ import annotations

import os
import select
import signal
import sys
import time
from contextlib import suppress
from functools import partial

STOPPING = ("SIGINT", "SIGTERM", "SIGHUP", "SIGQUIT")
_SECONDS_TO_END = 1.0
_RESUMABLE = ("render",)
_CRASHES = ("SIGSEGV", "SIGABRT", "SIGBUS", "SIGILL", "SIGFPE")


def main() -> int:
    """Runs the command of this process's arguments.

    Returns:
        The exit status: that of the command, 128 and the number of a signal that stopped it, or 1 if it crashed.
    """
    from moviemaker.core.machine.terminal import in_utf8, open_streams

    open_streams()
    if not hasattr(os, "fork"):
        from moviemaker.cli import main as command

        return command()
    in_utf8()
    answered = [number for number in _numbers(STOPPING) if signal.getsignal(number) is not signal.SIG_IGN]
    received: list[int] = []
    wake_read, wake_write = os.pipe()
    os.set_blocking(wake_write, False)
    signal.set_wakeup_fd(wake_write, warn_on_full_buffer=False)
    for number in answered:
        signal.signal(number, lambda number, _: received.append(number))
    signal.signal(signal.SIGCHLD, lambda number, _: None)
    crashed = False
    while True:
        told_read, told_write = os.pipe()
        run, parent = os.urandom(4).hex(), os.getpid()
        child = os.fork()
        if child == 0:
            signal.set_wakeup_fd(-1)
            for end in (wake_read, wake_write, told_read):
                os.close(end)
            return _command(parent, answered, run, told_write)
        os.close(told_write)
        with suppress(OSError):
            os.setpgid(child, child)
        signal.signal(signal.SIGTSTP, partial(_pause, child))
        told, status = _wait(child, received, wake_read, told_read)
        _end_group(child, reaped=status is not None)
        _sweep(run, told + _rest(told_read))
        os.close(told_read)
        stopped_by = received[0] if received else -status if status is not None and -status in answered else None
        if stopped_by is not None:
            _say("stopped; the same command carries on where it was" if _resumable() else "stopped")
            return 128 + stopped_by
        if status is not None and status >= 0:
            return status
        ended_by = -status if status is not None else 0
        if crashed or not _resumable() or ended_by not in _numbers(_CRASHES):
            _say(_crash(ended_by))
            return 1
        crashed = True
        _carry_on(ended_by)


def _numbers(names: tuple[str, ...]) -> list[signal.Signals]:
    return [getattr(signal, name) for name in names if hasattr(signal, name)]


def _command(parent: int, answered: list[signal.Signals], run: str, channel: int) -> int:
    """Runs the command in the child. Signals end it at once."""
    with suppress(OSError):
        os.setpgid(0, 0)
    for number in (*answered, signal.SIGCHLD):
        signal.signal(number, signal.SIG_DFL)
    signal.signal(signal.SIGTTOU, signal.SIG_IGN)  # a process in the background may write to the terminal
    from moviemaker.core.machine import leftovers, libraries, orphans

    if "--debug" not in sys.argv:
        libraries.quiet_libraries()
    orphans.end_with_parent()
    if os.getppid() != parent:
        return 1
    leftovers.begin(run, channel)
    from moviemaker.cli import main as command

    return command()


def _wait(child: int, received: list[int], wake: int, told: int) -> tuple[bytes, int | None]:
    """Waits for the end of the child or a signal.

    Returns:
        What the child has told, and its exit status; None: a signal came first.
    """
    heard, open_ends = b"", [wake, told]
    while True:
        done, status = os.waitpid(child, os.WNOHANG)
        if done:
            return heard, os.waitstatus_to_exitcode(status)
        if received:
            return heard, None
        for ready in select.select(open_ends, [], [])[0]:
            read = os.read(ready, 1 << 16)
            if ready == told:
                heard += read
                if not read:
                    open_ends.remove(told)


def _rest(told: int) -> bytes:
    """What the child has told and was not read yet."""
    os.set_blocking(told, False)
    heard = b""
    with suppress(BlockingIOError):
        while read := os.read(told, 1 << 16):
            heard += read
    return heard


def _end_group(child: int, reaped: bool) -> None:
    """Ends the child and every process that it has started, and waits until they are gone."""
    deadline = time.monotonic() + _SECONDS_TO_END
    with suppress(ProcessLookupError, PermissionError):
        while time.monotonic() < deadline:
            os.killpg(child, signal.SIGKILL)
            if not reaped:
                reaped = os.waitpid(child, os.WNOHANG)[0] != 0
            time.sleep(0.005)


def _sweep(run: str, told: bytes) -> None:
    if told:
        from moviemaker.core.machine.leftovers import sweep

        sweep(run, filter(None, told.split(b"\0")))


def _carry_on(number: int) -> None:
    """Before the command is started anew: it draws in processes of their own, of which none takes the render along."""
    from moviemaker.core.machine.crashes import draw_apart

    draw_apart()
    name = signal.Signals(number).name
    _say(f"the program crashed ({name}) in a library that it uses; it carries on, and draws in other processes now")


def _pause(child: int, *_: object) -> None:
    """Stops the command and this process (Ctrl-Z) until both go on."""
    with suppress(ProcessLookupError):
        os.killpg(child, signal.SIGSTOP)
    os.kill(os.getpid(), signal.SIGSTOP)
    with suppress(ProcessLookupError):
        os.killpg(child, signal.SIGCONT)


def _resumable() -> bool:
    return any(word in _RESUMABLE for word in sys.argv[1:2])


def _crash(number: int) -> str:
    """What is said if the command was ended by a signal that is not meant to stop it."""
    kept = "; finished frames are kept, and the same command carries on" if _resumable() else ""
    if number == signal.SIGKILL:
        return (
            "the program was ended from outside (SIGKILL), as happens when the memory is used up; close other "
            f"programs, or make the data, the size or --workers smaller{kept}"
        )
    name = signal.Signals(number).name if number in set(signal.Signals) else f"signal {number}"
    return f"the program crashed ({name}) in a library that it uses; report it with the scene and the data{kept}"


def _say(text: str) -> None:
    with suppress(OSError, ValueError):
        if sys.stderr.isatty():
            sys.stderr.write("\x1b[?25h\r\n")  # shows the cursor, which a live bar hides
        sys.stderr.write(f"{text}\n")
        sys.stderr.flush()
