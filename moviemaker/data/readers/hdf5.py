"""HDF5: the datasets of a file and of its groups, read part by part."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np

from moviemaker.core.errors import Mistake
from moviemaker.data.readers._contents import Contents, Stored

SUFFIXES = (".h5", ".hdf5")
COMPRESSIBLE = ()


def open_file(path: Path) -> Contents:
    """The numeric datasets at the top and one group down.

    A dataset in a group goes by its own name if no other has it, else by `group/name`.

    Raises:
        Mistake: h5py is not installed.
        OSError: the file cannot be read.
    """
    try:
        import h5py
    except ImportError:
        right = "install it with pip install moviemaker[hdf5]"
        raise Mistake(f"reading {path.name!r} needs h5py", right, ("file",)) from None

    found: dict[str, Any] = {}
    with h5py.File(path, "r") as file:
        for name, item in file.items():
            inside = item.items() if isinstance(item, h5py.Group) else ()
            for inner, dataset in ((name, item), *((f"{name}/{inner}", child) for inner, child in inside)):
                if isinstance(dataset, h5py.Dataset) and dataset.dtype.kind in "biuf":
                    found[inner] = _stored(path, inner, dataset)
    uses = Counter(name.rpartition("/")[2] for name in found)
    short = {name: name.rpartition("/")[2] for name in found}
    return Contents({short[name] if uses[short[name]] == 1 else name: stored for name, stored in found.items()})


def _stored(path: Path, name: str, dataset: Any) -> Stored:
    def read(index: int | None) -> np.ndarray:
        import h5py

        with h5py.File(path, "r") as file:
            return np.asarray(file[name][() if index is None else index])

    return Stored(tuple(dataset.shape), np.dtype(dataset.dtype), read)
