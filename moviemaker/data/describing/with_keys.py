"""The description of files of which a user has given keys, such as the names of columns that nothing else tells."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from moviemaker.core.errors import InputError, InputErrors, suggest
from moviemaker.core.kinds import Kind, build
from moviemaker.core.progress import Progress
from moviemaker.data.describing.asked import Asked, asked_for
from moviemaker.data.describing.describe import describe_grid
from moviemaker.data.describing.meshes import describe_mesh
from moviemaker.data.describing.particles import describe_particles
from moviemaker.data.describing.report import Description
from moviemaker.data.grid import Grid
from moviemaker.data.mesh import Mesh
from moviemaker.data.particles import Particles

_KINDS: Mapping[str, type[Kind]] = {"particles": Particles, "grid": Grid, "mesh": Mesh}


def describe_with_keys(
    paths: Sequence[Path], keys: Mapping[str, Any], written: str, folder: Path, progress: Progress | None = None
) -> Description:
    """Describes data files as the kind that has all of some keys, and that the files can be read as.

    Args:
        paths: of the files, or a glob.
        keys: of the data set in a scene, without `file`; `kind` chooses a kind.
        written: the same as text, as it stands in a scene.
        folder: of the scene that is proposed; its paths start there.
        progress: reporter for data that take long to read (default: none).

    Raises:
        InputError: the files cannot be read with these keys.
    """
    asked = asked_for(paths, folder)
    chosen = keys.get("kind")
    kinds = {name: kind for name, kind in _KINDS.items() if chosen in (None, name) and set(keys) <= _known(kind)}
    if not kinds:
        known = sorted(set().union(*map(_known, _KINDS.values())))
        wrong = next((key for key in keys if key not in known), None)
        if wrong is not None:
            raise InputError(f"no data have a key {str(wrong)!r}", suggest(str(wrong), known, "key"), ("file",))
        raise InputError("no kind of data has all of these keys", "see: moviemaker help data", ("file",))
    plain = {key: value for key, value in keys.items() if key != "kind"}
    if "topology" not in plain and asked.topology is not None:
        plain["topology"] = asked.topology
        written = f'{written}, topology: "{asked.topology}"'
    first: InputError | None = None
    for name, kind in kinds.items():
        try:
            found = _described(asked, name, kind, plain, f", {_without_kind(written)}", progress)
        except (InputError, InputErrors) as error:
            only = error.errors[0] if isinstance(error, InputErrors) else error
            first = first or only
        else:
            return replace(found, folder=os.path.abspath(folder), facts=(*asked.notes, *found.facts))
    assert first is not None
    raise first


def _known(kind: type[Kind]) -> set[str]:
    return set(kind.model_fields)


def _without_kind(text: str) -> str:
    """Keys as text without the kind, which the scene writes itself."""
    return re.sub(r"(^|,)\s*kind:\s*\w+\s*(,|$)", lambda found: "," if found[1] and found[2] else "", text)


def _described(
    asked: Asked, name: str, kind: type[Kind], keys: Mapping[str, Any], more: str, progress: Progress | None
) -> Description:
    file = asked.file if isinstance(asked.file, str) else list(asked.file)
    source: Any = build(kind, {"file": file, **keys}).open(asked.folder)  # type: ignore[attr-defined]
    if name == "grid":
        return describe_grid(source, asked.file, progress=progress, raw=more)
    if name == "mesh":
        return describe_mesh(source, asked.file, more=more)
    return describe_particles(source, asked.file, None, more)
