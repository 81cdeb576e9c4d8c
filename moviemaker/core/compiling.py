"""Functions over arrays that are compiled when they are first called. Importing this takes as long as Numba does."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

import numba

Function = TypeVar("Function", bound=Callable[..., Any])


def compiled(function: Function) -> Function:
    """Compiles a function for all cores (`numba.prange` spreads a loop); kept for later runs where that is possible.

    Numba refuses to keep anything where neither the package's folder nor the user's own can be written to, as in
    containers of clusters. There it is compiled in every run.
    """
    options = {"parallel": True, "nogil": True}
    try:
        kept: Function = numba.njit(cache=True, **options)(function)
        return kept
    except RuntimeError:
        forgotten: Function = numba.njit(**options)(function)
        return forgotten
