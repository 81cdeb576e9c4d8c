"""Functions over arrays that are compiled when they are first called. Importing this takes as long as Numba does."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

# Threads that have nothing to do sleep. Otherwise they keep a core busy while they wait for each other, which doubles
# the time where cores are shared. OpenMP reads it when Numba loads it.
os.environ.setdefault("OMP_WAIT_POLICY", "passive")

import numba

Function = TypeVar("Function", bound=Callable[..., Any])


def compiled(function: Function) -> Function:
    """Compiles a function for all cores (`numba.prange` spreads a loop); kept for later runs where that is possible.

    Numba refuses to keep anything where neither the package's folder nor the user's own can be written to, as in
    containers of clusters. There it is compiled in every run.
    """
    return _compiled(function, {"parallel": True, "nogil": True})


def compiled_piece(function: Function) -> Function:
    """Compiles a function that is called inside of others, for one core; a division by zero gives no error in it.

    A multiplication and an addition may become one instruction.
    """
    return _compiled(
        function, {"nogil": True, "no_cfunc_wrapper": True, "error_model": "numpy", "fastmath": {"contract", "nsz"}}
    )


def _compiled(function: Function, options: dict[str, Any]) -> Function:
    try:
        kept: Function = numba.njit(cache=True, **options)(function)
    except RuntimeError:
        forgotten: Function = numba.njit(**options)(function)
        return forgotten
    # Numba would use what it has kept until the function's own file changes, though pieces from the files beside it
    # are part of it.
    index = getattr(getattr(kept, "_cache", None), "_cache_file", None)
    if hasattr(index, "_source_stamp"):
        index._source_stamp = _stamp(Path(function.__code__.co_filename).parent)  # type: ignore[union-attr]
    return kept


def _stamp(folder: Path) -> tuple[tuple[str, int, int], ...]:
    """What shows that a file of a folder has changed."""
    files = sorted(folder.glob("*.py"))
    return tuple((file.name, file.stat().st_mtime_ns, file.stat().st_size) for file in files)
