"""Shards: the part of the frames that one of several machines draws, without any word between them. Pure."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from moviemaker.core.errors import UserError

RUNS = 8
"""Runs of neighbouring frames that each shard gets, so that costly parts of a movie are spread over all ..."""
SHORTEST = 4
"""... but not shorter than this, as neighbouring frames share data that are read once."""


@dataclass(frozen=True)
class Shard:
    """One of several equal parts of the work.

    Attributes:
        number: which, from 1.
        count: how many there are.

    Raises:
        UserError: no such part.
    """

    number: int
    count: int

    def __post_init__(self) -> None:
        if not 1 <= self.number <= self.count:
            raise _not_a_shard(str(self))

    @classmethod
    def of(cls, text: str) -> Shard:
        """The shard that a text such as `2/8` names.

        Raises:
            UserError: it names none.
        """
        found = re.fullmatch(r"\s*(\d{1,9})\s*/\s*(\d{1,9})\s*", text)
        if found is None:
            raise _not_a_shard(text)
        return cls(int(found[1]), int(found[2]))

    def share(self, frames: Sequence[int]) -> list[int]:
        """The frames that fall to this shard: runs of neighbours. Each frame falls to one shard.

        >>> Shard(2, 2).share(range(12))
        [6, 7, 8, 9, 10, 11]
        >>> [len(Shard(number, 3).share(range(100))) for number in (1, 2, 3)]
        [33, 33, 34]
        """
        # Shares are equal to one frame, however their runs lie.
        shares = [(len(frames) * each // self.count) for each in range(self.count + 1)]
        mine = shares[self.number] - shares[self.number - 1]
        runs = max(1, min(RUNS, len(frames) // (self.count * SHORTEST)))
        found: list[int] = []
        begin = 0
        for run in range(runs):
            for each in range(self.count):
                # Every second round goes backwards, so that none is always behind another.
                shard = each if run % 2 == 0 else self.count - 1 - each
                whole = shares[shard + 1] - shares[shard]
                length = whole * (run + 1) // runs - whole * run // runs
                if shard == self.number - 1:
                    found += frames[begin : begin + length]
                begin += length
        assert len(found) == mine
        return found

    def __str__(self) -> str:
        return f"{self.number}/{self.count}"


def _not_a_shard(text: str) -> UserError:
    return UserError(f"--shard {text}: no such part; write I/N, such as 2/8 for the second of eight, from 1/8 to 8/8")
