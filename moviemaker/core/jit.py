"""Just-in-time compilation of functions over arrays. Importing this module imports Numba, which is slow."""

from __future__ import annotations

import os
import pickle
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

# Idle threads sleep. Otherwise they keep a core busy while they wait for each other, which doubles the time on shared
# cores. OpenMP reads the variable when Numba loads it.
os.environ.setdefault("OMP_WAIT_POLICY", "passive")

_exists = os.path.exists


def _no_settings(path: Any) -> bool:
    """Whether a file exists, as `os.path.exists` says, but for the settings of Numba in the current folder."""
    return path != ".numba_config.yaml" and _exists(path)


# Numba takes settings from a file in the current folder, which may be that of someone else's data, and one of them is
# the folder of compiled functions, which it runs. It looks for that file when it is imported, and by its name later.
os.path.exists = _no_settings
try:
    import numba as numba  # other modules take it from here
    import numba.core.config
finally:
    os.path.exists = _exists
numba.core.config._config_fname = os.devnull  # not a regular file, which Numba passes over

Function = TypeVar("Function", bound=Callable[..., object])


def compiled(function: Function) -> Function:
    """Compiles a function for all cores (`numba.prange` spreads a loop), and caches it on disk if possible.

    Numba cannot cache if neither the package's folder nor the user's cache folder is writable, as in containers of
    clusters. The function is then compiled in every run.
    """
    return _compiled(function, {"parallel": True, "nogil": True})


def compiled_piece(function: Function) -> Function:
    """Compiles a function for one core, to be called by other compiled functions; division by zero is not an error.

    A multiplication and an addition may be fused into one instruction.
    """
    return _compiled(
        function, {"nogil": True, "no_cfunc_wrapper": True, "error_model": "numpy", "fastmath": {"contract", "nsz"}}
    )


def load_compiler() -> None:
    """Makes Numba load what it needs for any compiled function, which takes it most of a second."""
    _nothing()


def is_compiled(function: Callable[..., object]) -> bool:
    """Whether a function of `compiled` has been compiled: in this process, or earlier and is on disk."""
    if getattr(function, "signatures", ()):
        return True
    index = getattr(getattr(function, "_cache", None), "_cache_file", None)
    try:
        return index is not None and bool(index._load_index())
    except (OSError, EOFError, ValueError, pickle.PickleError):
        return False


def _compiled(function: Function, options: dict[str, object]) -> Function:
    try:
        kept: Function = numba.njit(cache=True, **options)(function)
    except RuntimeError:
        forgotten: Function = numba.njit(**options)(function)
        return forgotten
    # Numba would use its cache until the function's own file changes, although functions from the files beside it are
    # compiled into it.
    index = getattr(getattr(kept, "_cache", None), "_cache_file", None)
    if hasattr(index, "_source_stamp"):
        index._source_stamp = _stamp(Path(function.__code__.co_filename).parent)  # type: ignore[union-attr]
    return kept


def _stamp(folder: Path) -> tuple[tuple[str, int, int], ...]:
    """Names, times and sizes of the files of a folder: they show that a file has changed."""
    files = sorted(folder.glob("*.py"))
    return tuple((file.name, file.stat().st_mtime_ns, file.stat().st_size) for file in files)


@compiled_piece
def _nothing() -> None:
    return
