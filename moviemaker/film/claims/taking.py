"""Takes claims: which frames of an output a run writes, so that no other run writes them too."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from moviemaker.core.errors import UserError
from moviemaker.core.machine.files import write_own
from moviemaker.core.machine.leftovers import run_name, unfinished_token, watch
from moviemaker.film.claims.claim import CLAIM, CLEANING, Claim
from moviemaker.film.claims.heartbeat import begin_beating, end_beating, silence
from moviemaker.film.claims.intervals import Frames, common, in_words, together, without
from moviemaker.film.claims.owner import this_process
from moviemaker.film.claims.turns import turn
from moviemaker.film.claims.watch import Watch

_PAUSE = 0.5  # seconds between looks for a sign of life


@dataclass(frozen=True)
class Wish:
    """What a run wants to write.

    Attributes:
        frames: their numbers.
        origin: hash of what they are made from.
        place: the output and its folder, for messages.
        product: name of the file that the run makes of them; empty for a shard.
        shard: which part of the work it does, such as `2/8`; empty: it is not a shard.
    """

    frames: Frames
    origin: str
    place: str
    product: str = ""
    shard: str = ""


class Held:
    """The claim of this run, until it is released or the process dies."""

    def __init__(self, work: Path, wish: Wish, unfinished: Callable[[], Sequence[int]]):
        self._watch, self._wish, self._unfinished = Watch(work), wish, unfinished
        self._path = self._watch.folder / f"{unfinished_token()}{CLAIM}"
        self._since = time.time()
        self.frames: Frames = ()
        """The frames that this run, and no other, writes."""

    def others(self) -> list[Claim]:
        """Claims of other runs that live, or may live."""
        return [each for each in self._watch.claims() if each.name != self._path.name and each.alive is not False]

    @contextmanager
    def taken(self, waiting: Callable[[str], None] | None = None) -> Iterator[list[Claim]]:
        """Takes the frames that no other run holds. This process alone does so until the context ends.

        May be called again, to take over what runs held that have ended.

        Args:
            waiting: called with a sentence if it takes long to find out whether another run lives.

        Yields:
            The claims of runs that have ended, which have been deleted.

        Raises:
            UserError: another run writes the same.
            OSError: nothing can be written there.
        """
        self._watch.folder.mkdir(parents=True, exist_ok=True)
        watch(self._watch.folder)
        said = False
        while True:
            with turn(self._watch.folder):
                ended, others = self._look()
                unknown = [each for each in others if each.alive is None and self._collides(each)]
                if not unknown:
                    self._take(others)
                    yield ended
                    return
            if waiting is not None and not said:
                said = True
                waiting(
                    f"waiting up to {silence():g} seconds for a sign of life of {unknown[0]}, which has claimed frames"
                )
            time.sleep(_PAUSE)

    def release(self) -> None:
        """Gives all frames free."""
        end_beating(self._path)
        with suppress(OSError):
            self._path.unlink()

    def _look(self) -> tuple[list[Claim], list[Claim]]:
        """Deletes the claims of runs that have ended, and gives them and those of all others."""
        found = [each for each in self._watch.claims() if each.name != self._path.name]
        ended = [each for each in found if each.alive is False]
        for each in ended:
            with suppress(OSError):
                (self._watch.folder / each.name).unlink()
        return ended, [each for each in found if each.alive is not False]

    def _collides(self, other: Claim) -> bool:
        wish = self._wish
        if other.owner is None or other.origin != wish.origin or (wish.product and other.product == wish.product):
            return True
        return bool(common(without(wish.frames, self.frames), other.frames))

    def _take(self, others: Sequence[Claim]) -> None:
        wish = self._wish
        stop = "wait until it is done, stop it, or choose another folder"
        for other in others:
            if other.owner is not None and other.origin != wish.origin:
                if CLEANING in (other.origin, wish.origin):
                    does = "freeing" if other.origin == CLEANING else "writing"
                    raise UserError(f"another run ({other}) is {does} {wish.place}; wait until it is done, or stop it")
                what = f"another run ({other}) is writing {wish.place} from another scene, data or program"
                raise UserError(f"{what}; {stop}")
            if wish.product and other.product == wish.product:
                raise UserError(f"another run ({other}) is writing {wish.place}{_shown(other.frames)}; {stop}")
        held = [other for other in others if common(wish.frames, other.frames)]
        free = wish.frames
        for other in held:
            free = without(free, other.frames)
        if not free and wish.frames and (wish.shard or not all(other.shard for other in held)) and self._unfinished():
            who = "; ".join(f"({other}) is writing {wish.place}{_shown(other.frames)}" for other in held[:3])
            raise UserError(f"another run {who}; {stop}")
        self.frames = together(self.frames, free) if os.path.lexists(self._path) else free
        claim = Claim(
            self._path.name,
            this_process(),
            self.frames,
            wish.origin,
            wish.product,
            wish.shard,
            run_name(),
            self._since,
        )
        write_own(self._path, claim.written())
        begin_beating(self._path)


def _shown(frames: Frames) -> str:
    return f" ({in_words(frames)})" if frames else ""
