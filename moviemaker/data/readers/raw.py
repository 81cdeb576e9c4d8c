"""Samples without a header. The scene gives their shape and type."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np

from moviemaker.data.formats.compressed import is_compressed, open_binary
from moviemaker.data.formats.contents import NAMELESS, Contents, Layout, in_memory, read_once

SUFFIXES = (".raw", ".bin")
COMPRESSIBLE = SUFFIXES


def open_file(path: Path, layout: Layout | None = None) -> Contents:
    """The samples as one array: memory-mapped, or decompressed when they are first needed.

    Raises:
        OSError, EOFError: the file cannot be read.
        ValueError: no layout, or the file has fewer bytes than the layout needs.
    """
    if layout is None:
        raise ValueError("it has no header: its shape and dtype have to be given")
    dtype = np.dtype(layout.dtype)
    count = math.prod(layout.shape)
    order = "F" if layout.order == "F" else "C"
    if not is_compressed(path):
        _check_size(path.stat().st_size, count, dtype, layout)
        flat = np.memmap(path, dtype, "r", layout.offset, (count,))
        return Contents({NAMELESS: in_memory(flat.reshape(layout.shape, order=order))})  # type: ignore[call-overload]

    def load() -> np.ndarray:
        with open_binary(path) as file:
            content = file.read()
        _check_size(len(content), count, dtype, layout)
        flat = np.frombuffer(content, dtype, count, layout.offset)
        return flat.reshape(layout.shape, order=order)  # type: ignore[call-overload, no-any-return]

    return Contents({NAMELESS: read_once(layout.shape, dtype, load)})


def _check_size(size: int, count: int, dtype: np.dtype, layout: Layout) -> None:
    needed = layout.offset + count * dtype.itemsize
    if size < needed:
        shape = " x ".join(str(n) for n in layout.shape)
        raise ValueError(f"it holds {size} bytes where {shape} samples of {dtype} need {needed}")
