"""Reads the claims of an output, and finds out which of their owners live.

A process of this machine that has ended has ended. One of another machine counts as ended when its file has not changed
for a while, by this process's own clock that never goes back. Times of several machines are never compared.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path

from moviemaker.core.machine.files import open_own
from moviemaker.film.claims.claim import CLAIM, Claim, claim_of
from moviemaker.film.claims.heartbeat import silence
from moviemaker.film.claims.owner import Owner

CLAIMS = "claims"
"""Name of the folder of claims in the hidden folder of an output."""


@dataclass
class Pulse:
    """When files have changed, as far as this process has seen.

    Attributes:
        clock: seconds that never go back.
    """

    clock: Callable[[], float] = time.monotonic
    _seen: dict[str, tuple[object, float, bool]] = field(default_factory=dict)  # state, since when, whether it changed

    def alive(self, name: str, state: object, owner: Owner | None) -> bool | None:
        """Whether the owner of a file lives; None: not known yet.

        Args:
            name: of the file.
            state: what changes with each sign of life.
            owner: who wrote it.
        """
        ended = owner.has_ended() if owner else None
        if ended is not None:
            return not ended
        now = self.clock()
        before, since, changed = self._seen.get(name, (state, now, False))
        if before != state:
            since, changed = now, True
        self._seen[name] = (state, since, changed)
        if now - since >= silence():
            return False
        return True if changed else None


class Watch:
    """The claims on the frames of an output. It learns who lives by looking several times.

    Args:
        work: hidden folder of the output.
    """

    def __init__(self, work: Path):
        self.folder = work / CLAIMS
        self.pulse = Pulse()

    def claims(self) -> list[Claim]:
        """All claims, in the order of their names, with `alive` as it is known now."""
        found = (self._claim(name) for name in names_in(self.folder, CLAIM))
        return [claim for claim in found if claim is not None]

    def _claim(self, name: str) -> Claim | None:
        text, state = read_state(self.folder / name)
        if state is None:
            return None  # it has been released just now
        claim = claim_of(name, text)
        return replace(claim, alive=self.pulse.alive(name, state, claim.owner))


def claims_of(work: Path) -> list[Claim]:
    """The claims on the frames of an output, with `alive` None for owners on other machines. See also `Watch`.

    Args:
        work: hidden folder of the output.
    """
    return Watch(work).claims()


def names_in(folder: Path, *endings: str) -> list[str]:
    """Names of a folder's entries with one of some endings, sorted."""
    try:
        return sorted(name for name in os.listdir(folder) if name.endswith(endings) and not name.startswith("."))
    except OSError:
        return []


def read_state(path: Path) -> tuple[str | None, object]:
    """The text of a file, and what changes with each sign of life; the latter is None if no such file is there."""
    descriptor = open_own(path)
    if descriptor is None:
        return None, None
    with os.fdopen(descriptor, "rb") as file:
        try:
            known = os.fstat(descriptor)
            return file.read(1 << 24).decode("utf-8", "replace"), (known.st_ino, known.st_mtime_ns, known.st_size)
        except OSError:
            return None, "unreadable"
