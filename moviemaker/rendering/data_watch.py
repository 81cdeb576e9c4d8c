"""Sees that data files stay as they were opened while frames are drawn from them.

A frame is recorded as made from the data whose fingerprint was taken before the first frame. One that is drawn from a
file which was written anew meanwhile would be taken for a frame of the old data by this run and by all later ones.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path

from moviemaker.core.errors import DataError
from moviemaker.core.fingerprint import file_fingerprint, file_state
from moviemaker.prepare import Sources

_PAUSE = 1.0  # seconds between looks, and at least so many times the time that a look takes:
_RARELY = 50


class ChangedData(DataError):  # noqa: N818 - it is what happened
    """A data file has changed since it was opened."""


class DataWatch:
    """Watches the files of data.

    Args:
        sources: the data.
        opened: states of their files when they were opened, by path.

    Raises:
        ChangedData: one has changed since.
    """

    def __init__(self, sources: Sources, opened: Mapping[str, str]):
        self._names = {path: name for name, source in sources.items() for path in source.files}
        self._states = {path: state for path, state in opened.items() if path in self._names}
        self._contents: dict[str, str] = {}
        self._next = 0.0
        self.look()
        self._contents = {path: file_fingerprint(path) for path in self._states if file_state(path) is not None}

    def look(self) -> None:
        """Looks at all files. One that is gone has not changed: whoever cannot read it says so.

        Raises:
            ChangedData: the content of one is another one.
        """
        begun = time.monotonic()
        for path, before in self._states.items():
            now = file_state(path)
            if now is None or now == before:
                continue
            if self._contents.get(path) != file_fingerprint(path):
                what = f"the data file {Path(path).name!r} has changed since it was opened"
                right = "render again, from a scene opened anew, when nothing writes it any more"
                raise ChangedData(what, right, ("data", self._names[path], "file"))
            self._states[path] = now  # it was only touched
        ended = time.monotonic()
        self._next = ended + max(_PAUSE, _RARELY * (ended - begun))

    @contextmanager
    def guarding(self, frames: Iterable[int], discard: Callable[[list[int]], None]) -> Iterator[Callable[[int], None]]:
        """Looks now and then, and at the end, while frames are drawn.

        Args:
            frames: their numbers.
            discard: deletes those that may show something else than what they are recorded to show.

        Yields:
            What has to be told the number of each frame that is finished.

        Raises:
            ChangedData: a file has changed. Another error of what is done meanwhile goes on in its place.
        """
        doubtful, drawn = set(frames), set[int]()

        def finished(index: int) -> None:
            drawn.add(index)
            if time.monotonic() >= self._next:
                self.look()
                doubtful.difference_update(drawn)

        try:
            yield finished
        except BaseException:
            with suppress(ChangedData):
                self._look_at_the_end(doubtful, discard)
            raise
        self._look_at_the_end(doubtful, discard)

    def _look_at_the_end(self, doubtful: set[int], discard: Callable[[list[int]], None]) -> None:
        try:
            self.look()
        except ChangedData:
            discard(sorted(doubtful))
            raise
