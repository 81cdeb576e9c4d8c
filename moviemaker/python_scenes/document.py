"""Scenes that are written in Python: values of NumPy, paths, and data themselves at `array` in the place of `file`."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, cast

import numpy as np

from moviemaker.core.errors import InputError, InputErrors, Location, show
from moviemaker.core.kinds import build_what_can_be
from moviemaker.data.memory.given import given_file, given_function, is_data, is_function
from moviemaker.scene.model import Header
from moviemaker.scene.text import Document, problem_of
from moviemaker.timeline.tracks import Track, freeze


def document_of(written: Mapping[str, object], name: str, folder: Path) -> Document:
    """A scene as plain values. Data in memory are named where files are.

    Args:
        written: what would stand in a file; arrays and numbers of NumPy may stand for lists and numbers.
        name: of the scene, as messages show it.
        folder: that paths are relative to.
    """
    problems: list[tuple[Location, InputError]] = []
    value = {key: plain(part) for key, part in written.items() if key != "data"}
    data = written.get("data")
    if isinstance(data, Mapping):
        value["data"] = {key: _entry(key, entry, value, data, problems) for key, entry in data.items()}
    elif "data" in written:
        value["data"] = plain(data)
    value = {key: value[key] for key in (*written, *(key for key in value if key not in written))}
    document = Document(name, folder, value)
    found = [problem_of(document, InputError(error.what, error.instead, at)) for at, error in problems]
    return replace(document, problems=tuple(found)) if found else document


def plain(value: object) -> Any:
    """A value as a file could hold it."""
    if isinstance(value, Mapping):
        return {plain(key): plain(part) for key, part in value.items()}
    if isinstance(value, list | tuple | range):
        return [plain(part) for part in value]
    if isinstance(value, np.ndarray | np.generic):
        return value.tolist()
    if hasattr(value, "__array__"):  # a column of a table
        return np.asarray(value).tolist()
    return str(value) if isinstance(value, Path) else value


def _entry(
    name: object,
    entry: object,
    scene: dict[str, Any],
    data: Mapping[object, object],
    problems: list[tuple[Location, InputError]],
) -> Any:
    """A data set, with a name at `file` for the data that stand at `array`."""
    place = ("data", cast(str, name))
    if is_data(entry):
        right = "write {kind: grid, array: ...}, or the kind that it is"
        problems.append((place, InputError("data in memory stand at the key array of a data set", right)))
        return None
    for key, part in entry.items() if isinstance(entry, Mapping) else ():
        if key != "array" and is_data(part):
            right = f"write array: in the place of {key}:"
            problems.append(((*place, key), InputError("data in memory stand at the key array", right)))
            return None
    if not isinstance(entry, Mapping) or "array" not in entry:
        return plain(entry)
    found = plain({key: part for key, part in entry.items() if key not in ("array", "file")})
    for key in ("file", "of"):
        if entry.get(key) is not None:
            what = f"array and {key} both say what the data are"
            problems.append(((*place, "array"), InputError(what, f"write either array or {key}")))
    try:
        given = entry["array"]
        if is_function(given):
            if entry.get("kind") == "density":
                right = "give it to data of kind particles, and write of: and their name here"
                raise InputError("a density is not made of a function itself", right)
            function = cast(Callable[[float], object], given)
            found["times"] = _times(found, scene)
            found["file"] = list(given_function(function, found["times"]))
        else:
            file = given_file(given)
            found["file"] = list(file) if isinstance(file, tuple) else file
    except (InputError, InputErrors) as error:
        each = error.errors if isinstance(error, InputErrors) else (error,)
        for one in each:
            at = one.at if one.at[:1] == ("times",) else ("array", *one.at[1:])
            problems.append(((*place, *at), one))
        return None
    return found


def _times(entry: dict[str, Any], scene: dict[str, Any]) -> list[float]:
    """The data times at which a function is called: those that are given, or else those of the frames.

    Without a clock they are seconds of the movie.

    Raises:
        InputError: at `times`: they are not numbers, or the clock gives dates.
    """
    written = entry.get("times")
    if written is not None:
        times = written if isinstance(written, list) else [written]
        if not all(isinstance(each, int | float) and not isinstance(each, bool) for each in times):
            raise InputError(f"{show(written)} is not a list of numbers", "write times: [0, 0.5, 1]", ("times",))
        return [float(each) for each in times]
    header, _ = build_what_can_be(Header, {key: scene[key] for key in Header.model_fields if key in scene})
    if header is None:
        return [0.0]  # what is wrong with the scene is said elsewhere
    if header.clock is None:
        scene["clock"] = {0: 0, header.duration: header.duration}
        return _times(entry, scene)
    count = max(1, round(header.duration * header.fps))
    if not isinstance(header.clock, Track | int | float):
        raise InputError("the clock gives dates", "write times: with the data times of the snapshots", ("times",))
    try:
        seconds = (*(frame / header.fps for frame in range(count)), header.duration)
        found = {float(freeze(header.clock, time)) for time in seconds}
    except (TypeError, ValueError):
        right = "write times: with the data times of the snapshots"
        raise InputError("the clock gives dates", right, ("times",)) from None
    return sorted(found)
