"""The register of the formats that are mutated, and the values that their files hold."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

SHAPE = (5, 4, 3)
RNG = np.random.default_rng(0)
GRID = RNG.normal(size=SHAPE).astype(np.float32)
SERIES = RNG.normal(size=(3, *SHAPE)).astype(np.float32)
POINTS = RNG.normal(size=(12, 3))
FACES = np.array([[0, 1, 2], [2, 3, 4], [4, 5, 6], [6, 7, 0]])

Write = Callable[[Path], None]
FORMATS: dict[str, Write] = {}
"""What writes a valid file, by the name of a format."""


def a_format(name: str, ending: str = "") -> Callable[[Callable[[Path], Any]], Callable[[Path], Any]]:
    """Registers a function that writes `a` and the ending, which is that of the name if none is given."""

    def register(function: Callable[[Path], Any]) -> Callable[[Path], Any]:
        def write(folder: Path) -> None:
            path = folder / f"a.{ending or name}"
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                found = function(path)
            if isinstance(found, bytes | str):
                path.write_bytes(found.encode() if isinstance(found, str) else found)

        FORMATS[name] = write
        return function

    return register
