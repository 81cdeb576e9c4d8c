"""Colormaps: any Matplotlib name, or a list of colours that are evenly spaced and mixed as Matplotlib mixes them."""

from __future__ import annotations

import os
import re
from contextlib import suppress
from functools import lru_cache
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path

import numpy as np

from moviemaker.core.colors import RGB, parse_color
from moviemaker.core.errors import InputError, suggest
from moviemaker.core.machine.cache import cache_folder
from moviemaker.core.machine.files import open_own, whole_file
from moviemaker.core.values import Value

Colormap = str | tuple[RGB, ...]

STEPS = 256
"""Number of colours in the table of a colormap."""


def _parse(value: object) -> Colormap:
    right = "write a Matplotlib name such as viridis, or a list of at least two colours"
    if isinstance(value, str):
        if _stands_in_source(value):
            return value
        from matplotlib import colormaps

        if value not in colormaps:
            raise InputError(f"no such colormap {value!r}", suggest(value, list(colormaps), "colormap"))
        return value
    if not isinstance(value, list | tuple) or len(value) < 2:
        raise InputError(f"{value!r} is not a colormap", right)
    colors = []
    for index, color in enumerate(value):
        try:
            colors.append(parse_color(color))
        except InputError as error:
            raise InputError(error.what, error.instead, (index,)) from None
    return tuple(colors)


@lru_cache(maxsize=64)
def _stands_in_source(name: str) -> bool:
    """Whether Matplotlib's source seems to define a colormap of this name; the source is searched, not run.

    Importing Matplotlib takes a sixth of a second, and `moviemaker check` does not need it otherwise. A name that is
    not found may still be a colormap: Matplotlib itself is then asked.
    """
    package = find_spec("matplotlib")
    plain = re.escape(name.removesuffix("_r"))
    defined = re.compile(rf"""['"]{plain}['"][:,] *({{'listed': *)?_{plain}_data\b""")
    for folder in (package and package.submodule_search_locations) or ():
        for file in ("_cm_listed.py", "_cm.py"):
            try:
                if defined.search(Path(folder, file).read_text(encoding="utf-8")):
                    return True
            except OSError:
                continue
    return False


COLORMAP = Value(
    "a Matplotlib colormap's name, or a list of colours",
    _parse,
    {"anyOf": [{"type": "string"}, {"type": "array", "minItems": 2}]},
    mix=None,
)


@lru_cache(maxsize=64)
def color_table(colormap: Colormap) -> np.ndarray:
    """The colours of a colormap from low to high, (256, 3), sRGB in 0..1; a read-only array."""
    if isinstance(colormap, str):
        table = _kept_table(colormap) if _stands_in_source(colormap) else _named_table(colormap)
    else:
        places = np.linspace(0.0, 1.0, len(colormap))
        table = np.stack(
            [np.interp(np.linspace(0.0, 1.0, STEPS), places, part) for part in zip(*colormap, strict=True)], 1
        )
    table.flags.writeable = False
    return table


def _named_table(name: str) -> np.ndarray:
    """The colours of one of Matplotlib's colormaps, (256, 3)."""
    from matplotlib import colormaps

    return np.array(colormaps[name](np.linspace(0.0, 1.0, STEPS))[:, :3])


def _kept_table(name: str) -> np.ndarray:
    """The same colours from the cache on disk, which saves every process of a render the import of Matplotlib."""
    folder = cache_folder("colormaps")
    if folder is None:
        return _named_table(name)
    path = folder / f"{name}_{version('matplotlib')}.npy"
    descriptor = open_own(path)
    if descriptor is not None:
        with os.fdopen(descriptor, "rb") as file, suppress(Exception):  # whatever is wrong with it: it is made again
            kept: np.ndarray = np.load(file)
            if kept.shape == (STEPS, 3) and kept.dtype == np.float64:
                return kept
    table = _named_table(name)
    with suppress(OSError):
        folder.mkdir(parents=True, exist_ok=True)
        with whole_file(path, own=True) as partial, open(partial, "xb") as file:
            np.save(file, table)
    return table
