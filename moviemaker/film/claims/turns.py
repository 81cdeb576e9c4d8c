"""Turns: one process at a time looks at the claims and adds its own.

Lamport's bakery: each process writes a file of its own and no other, draws a number above all that it sees, and
waits for those with lower ones. That needs no locks, which some network file systems do not have, and no file that has
to be taken from a process that has ended. A process sees the files of all that came before it, since it lists the
folder after it has added its own file.
https://lamport.azurewebsites.net/pubs/bakery.pdf
"""

from __future__ import annotations

import json
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict
from pathlib import Path

from moviemaker.core.errors import UserError
from moviemaker.core.machine.files import write_own
from moviemaker.core.machine.leftovers import unfinished_token, watch
from moviemaker.film.claims.claim import owner_of
from moviemaker.film.claims.heartbeat import silence
from moviemaker.film.claims.owner import Owner, this_process
from moviemaker.film.claims.watch import Pulse, names_in, read_state

TURN = ".turn"
_CHOOSING = 0
_LARGEST = 1 << 53  # of a file that others may have written: JSON does not take all numbers
_PATIENCE = 5.0  # silences of a process that lives, after which its turn is waited for no longer


@contextmanager
def turn(folder: Path) -> Iterator[None]:
    """Waits for a turn, which lasts until the context ends or the process dies.

    Args:
        folder: of the claims; it exists.

    Raises:
        OSError: nothing can be written there.
        UserError: another process does not end its turn.
    """
    mine = folder / f"{unfinished_token()}{TURN}"
    watch(folder)
    pulse = Pulse()
    try:
        _write(mine, _CHOOSING)
        number = 1 + max((_read(folder, name, pulse)[0] for name in _others(folder, mine)), default=0)
        _write(mine, number)
        for name in _others(folder, mine):
            _wait_for(folder, name, (number, mine.name), mine, pulse)
        yield
    finally:
        with suppress(OSError):
            mine.unlink()


def _wait_for(folder: Path, name: str, mine: tuple[int, str], file: Path, pulse: Pulse) -> None:
    """Waits until another process has had its turn, unless it comes later, or has ended."""
    begun = touched = time.monotonic()
    pause = 0.002
    while True:
        number, owner, alive = _read(folder, name, pulse)
        if alive is False:
            with suppress(OSError):
                (folder / name).unlink()
            return
        if number < 0 or (number != _CHOOSING and (number, name) > mine):
            return
        now = time.monotonic()
        if now - begun > _PATIENCE * silence():
            raise UserError(f"{owner or name} holds up all runs that write in {folder}; stop it, or let it go on")
        if now - touched > silence() / 6:
            _touch(file)
            touched = now
        time.sleep(pause)
        pause = min(0.2, 1.5 * pause)


def _write(path: Path, number: int) -> None:
    write_own(path, json.dumps({"number": number, "owner": asdict(this_process())}))


def _read(folder: Path, name: str, pulse: Pulse) -> tuple[int, Owner | None, bool | None]:
    """The number of a process, -1 if it has had its turn; its owner; and whether that lives."""
    text, state = read_state(folder / name)
    if state is None:
        return -1, None, None
    number, owner = _CHOOSING, None
    with suppress(ValueError, KeyError, TypeError, OverflowError, RecursionError):
        found = json.loads(text or "")
        owner, number = owner_of(found["owner"]), min(int(found["number"]), _LARGEST)
    return number, owner, pulse.alive(name, state, owner)


def _touch(path: Path) -> None:
    with suppress(OSError):
        next_time = int(path.stat().st_mtime) + 2
        os.utime(path, (next_time, next_time))


def _others(folder: Path, mine: Path) -> list[str]:
    return [name for name in names_in(folder, TURN) if name != mine.name]
