"""The contract of readers: what a class that opens one family of file formats has to offer."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from pathlib import Path

from moviemaker.data.formats.contents import Contents

FIRST_BYTES = 512
"""Bytes from the beginning of a file that `Reader.recognizes` is given."""


class Reader(ABC):
    """Opens files of one family of formats. It turns a file into arrays and knows nothing of scenes.

    Another package adds a reader by an entry point in the group `moviemaker.readers`. The entry point names the class
    and may bear any name:

    ```toml
    [project.entry-points."moviemaker.readers"]
    phantom = "my_package.phantom:PhantomReader"
    ```

    ```python
    class PhantomReader(Reader):
        suffixes = (".phantom",)

        def open(self, path):
            return Contents({"density": in_memory(np.load(path))})
    ```

    The program makes one instance without arguments. Several threads and processes may use it at once.

    Attributes:
        suffixes: endings of its files in lower case, each with its point. A built-in reader keeps its own endings.
        compressible: those of them that it also reads from compressed files, such as `.phantom.gz`. Such a reader opens
            files by `moviemaker.data.formats.compressed.open_binary`.
        native: whether it calls compiled code that a damaged file may crash. Another process then opens each file
            first, with limits of memory and time, and reads its arrays. A crash there is an error about the file.
    """

    suffixes: Sequence[str] = ()
    compressible: Sequence[str] = ()
    native: bool = False

    @abstractmethod
    def open(self, path: Path) -> Contents:
        """The arrays of a file, by name. Large arrays are better read when they are needed, see `Stored`.

        An array with the axes x, y, z is a field of a grid, and one with the axes time, x, y, z a series of it; use
        `GridContents` to say what its units are. Particles are an array `position` (n, 3) or (t, n, 3), and fields (n,)
        or (t, n); the names `velocity`, `id` and `time` have the meaning that they have in an `.npz` file. Positions,
        `origin` and `spacing` are in the file's own unit of length, `time` in its own unit of time.

        The same file gives the same arrays each time.

        Raises:
            OSError, ValueError: the file cannot be read; the message continues "the file 'x' cannot be read: ".
            InputError: at `file`, for anything that needs a better sentence, such as a library that is not installed.
        """

    def open_together(self, paths: Sequence[Path]) -> Contents | None:
        """Several files that are one grid, such as the slices of a scan. None: each file is a snapshot of its own.

        Raises:
            OSError, ValueError, InputError: as in `open`; also where the files do not belong together.
        """
        return None

    def recognizes(self, start: bytes) -> bool:
        """Whether a file with an unknown ending belongs to this reader.

        Args:
            start: the first 512 bytes of the file, or fewer if it is shorter.
        """
        return False
