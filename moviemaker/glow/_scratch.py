"""Memory that is used again from one picture to the next. To allocate it costs more than to fill it."""

from __future__ import annotations

import math
import threading

import numpy as np

LARGEST = 1 << 28
"""Bytes of the largest array that is held for later use."""


class _Held(threading.local):
    def __init__(self) -> None:
        self.memory: dict[str, np.ndarray] = {}


_HELD = _Held()


def scratch_array(name: str, shape: tuple[int, ...], kind: type) -> np.ndarray:
    """An uninitialised array in the memory of the last one of that name, which must not be used any more.

    Args:
        name: what it is for.
        shape: of the array.
        kind: of its numbers.
    """
    size = math.prod(shape) * np.dtype(kind).itemsize
    memory = _HELD.memory.pop(name, None)
    if memory is None or len(memory) < size:
        memory = np.empty(size, np.uint8)
    if len(memory) <= LARGEST:
        _HELD.memory[name] = memory
    return memory[:size].view(kind).reshape(shape)
