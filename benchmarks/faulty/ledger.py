"""What has become of each frame of a round, line by line, and which frames were drawn again for what reason."""

from __future__ import annotations

import os
from collections import Counter, defaultdict
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path


@dataclass
class Again:
    """Frames that were begun again.

    Attributes:
        in_flight: how many had been begun and not kept, by a process that was ended, or that another one helps.
        spoiled: how many had been kept, and were spoiled by the fault.
        needless: numbers of those that were kept and sound.
        drawn: numbers of all that were begun.
    """

    in_flight: int = 0
    spoiled: int = 0
    needless: list[int] = field(default_factory=list)
    drawn: set[int] = field(default_factory=set)

    def __str__(self) -> str:
        return f"{self.in_flight} in flight and {self.spoiled} spoiled frames were drawn again"


class Ledger:
    """The file to which all processes of a round add lines (see `counting/sitecustomize.py`).

    Args:
        path: of the file.
    """

    def __init__(self, path: Path):
        self.path = path

    def spoil(self, frames: Iterable[int]) -> None:
        """Notes that frames are about to be spoiled."""
        with open(self.path, "ab", buffering=0) as file:
            for index in frames:
                file.write(f"spoiled {index} {os.getpid()}\n".encode())

    def spoiled(self) -> set[int]:
        """Numbers of the frames that were spoiled."""
        return {index for what, index, _ in self._lines() if what == "spoiled"}

    def again(self) -> Again:
        """The frames that were begun again.

        Raises:
            AssertionError: a process has left more than one frame, although each draws one at a time.
        """
        found = Again()
        state: dict[int, str] = {}
        running: dict[int, set[str]] = defaultdict(set)
        left: Counter[str] = Counter()
        for what, index, process in self._lines():
            if what == "begun":
                before = state.get(index, "")
                if before == "kept":
                    found.needless.append(index)
                elif before == "spoiled" and index in found.drawn:
                    found.spoiled += 1
                elif running[index]:
                    found.in_flight += 1
                found.drawn.add(index)
                running[index].add(process)
                left[process] += 1
                state[index] = what
            elif what == "kept":
                left.subtract(running.pop(index, ()))
                state[index] = what
            elif state.get(index) == "kept":
                state[index] = what
        more = {process: count for process, count in left.items() if count > 1}
        assert not more, f"processes have begun several frames that were not kept: {more}"
        return found

    def _lines(self) -> list[tuple[str, int, str]]:
        with suppress(FileNotFoundError):
            found = (line.split() for line in self.path.read_text(encoding="utf-8").splitlines())
            return [(what, int(index), process) for what, index, process in found]
        return []
