"""Reads `.dots` files: a line of text for each particle, with x, y and z."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from moviemaker.plugin import Contents, Reader, in_memory


class Dots(Reader):
    """Positions of particles as text."""

    suffixes = (".dots",)

    def open(self, path: Path) -> Contents:
        """The positions (n, 3).

        Raises:
            OSError: the file cannot be read.
            ValueError: a line does not hold numbers.
        """
        return Contents({"position": in_memory(np.loadtxt(path, ndmin=2))})
