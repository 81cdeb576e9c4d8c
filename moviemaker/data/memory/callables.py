"""Functions of the data time, which are called when a snapshot is needed."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

from moviemaker.core.errors import InputError, InputErrors, MoviemakerError
from moviemaker.data.formats.contents import Contents, HeldContents


class HeldSnapshot(HeldContents):
    """What a function gives for one time. It is not kept: whoever reads snapshots keeps the last ones.

    Args:
        function: takes a data time.
        time: the data time.
        held: turns what it gives into contents.
        first: what it gave for the first time, whose sort all others have.
    """

    def __init__(
        self,
        function: Callable[[float], object],
        time: float,
        held: Callable[[object], HeldContents],
        first: HeldContents | None = None,
    ):
        self._function, self._time, self._held = function, time, held
        known = self._called() if first is None else first
        self.what, self.suffix = known.what, known.suffix

    def _called(self) -> HeldContents:
        try:
            given = self._function(self._time)
        except (InputError, InputErrors, MoviemakerError, KeyboardInterrupt):
            raise
        except Exception as error:  # the user's own code
            reason = str(error).strip().split("\n")[0][:160]
            what = f"the function fails at the time {self._time:g} ({type(error).__name__}{reason and f': {reason}'})"
            raise InputError(what, "give one that takes a data time and gives an array", ("file",)) from error
        found = self._held(given)
        if hasattr(self, "suffix") and found.suffix != self.suffix:
            what = f"at the time {self._time:g} the function gives a {found.what}, and a {self.what} at the first"
            raise InputError(what, "give the same sort of data at all times", ("file",))
        return found

    @property
    def dataset(self) -> object:
        """A data set of VTK, if the function gives one."""
        return getattr(self._called(), "dataset", None)

    def contents(self) -> Contents:
        """What the function gives."""
        return self._called().contents()

    def write(self, path: Path) -> None:
        """Writes what the function gives."""
        self._called().write(path)

    def parts(self) -> Iterator[object]:
        """What tells this from others is what the function gives."""
        yield self._called().fingerprint
