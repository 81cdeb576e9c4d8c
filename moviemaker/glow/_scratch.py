"""Memory that is kept from one picture to the next: to get it anew from the system costs more than to fill it."""

from __future__ import annotations

import math
import threading

import numpy as np

MOST = 1 << 28
"""Bytes of one array that are kept at most."""


class _Kept(threading.local):
    def __init__(self) -> None:
        self.memory: dict[str, np.ndarray] = {}


_KEPT = _Kept()


def kept(name: str, shape: tuple[int, ...], kind: type) -> np.ndarray:
    """An array with anything in it, where the last one of that name was, which is of no more use then.

    Args:
        name: what it is for.
        shape: of the array.
        kind: of its numbers.
    """
    size = math.prod(shape) * np.dtype(kind).itemsize
    memory = _KEPT.memory.pop(name, None)
    if memory is None or len(memory) < size:
        memory = np.empty(size, np.uint8)
    if len(memory) <= MOST:
        _KEPT.memory[name] = memory
    return memory[:size].view(kind).reshape(shape)
