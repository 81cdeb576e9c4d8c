"""What an output's frames were made from, so that changes are seen without opening the data.

The fingerprint of frames covers all that their data hold, which may take minutes to read. A render leaves a note of
what tells changes fast: the scene as it was asked for, the program, and sizes and times of the data files.
"""

from __future__ import annotations

import json
import os
from contextlib import suppress
from pathlib import Path

from moviemaker.core.fingerprint import file_state, fingerprint, plugin_packages, program_fingerprint
from moviemaker.core.machine.files import read_own, write_own
from moviemaker.film.frame_record import origin
from moviemaker.film.settings import FilmSettings
from moviemaker.film.store import FrameStore
from moviemaker.prepare import Prepared
from moviemaker.rendering.made_from import seen_sources
from moviemaker.scene.model import Scene, data_with_needs
from moviemaker.scene.parse import parse_scene

_NAME = "basis.json"


def remember_basis(store: FrameStore, prepared: Prepared, output: str, size: tuple[int, int]) -> None:
    """Writes the note of what the frames of a store are made from. One that cannot be written stops no render.

    Args:
        store: of the frames, which must be claimed.
        prepared: the scene.
        output: name of the output.
        size: (width, height) of the frames.
    """
    scene = parse_scene(prepared.document, prepared.script.scene.name, FilmSettings).scene()
    assert scene is not None  # it was prepared
    files = {path for source in seen_sources(prepared).values() for path in source.files}
    found = [[os.path.abspath(path), state] for path in sorted(files) if (state := file_state(path))]
    note = {"origin": origin(store.fingerprint), **_asked(scene, output, size), "files": found}
    text = json.dumps(note)
    with suppress(OSError):
        if read_own(store.work / _NAME) != text:
            write_own(store.work / _NAME, text)


def changes(work: Path, made_of: str, scene: Scene, output: str, size: tuple[int, int]) -> list[str]:
    """What has changed since frames were drawn, in words. Files that are not seen from here tell nothing.

    Args:
        work: hidden folder of the output.
        made_of: hash of what the frames are made from.
        scene: as it is written now.
        output: name of the output.
        size: (width, height) of the frames.
    """
    try:
        note = json.loads(read_own(work / _NAME) or "{}")
        if note["origin"] != made_of:
            return []
        now = _asked(scene, output, size)
        found = [f"the {name}" for name, known in now.items() if note[name] != known]
        states = [(str(path), file_state(str(path)), before) for path, before in note["files"]]
    except (ValueError, KeyError, TypeError, RecursionError):
        return []
    changed = [os.path.basename(path) for path, there, before in states if there and there != before]
    if changed:
        found.append(f"the data ({changed[0]}{', ...' if len(changed) > 1 else ''})")
    return found


def _asked(scene: Scene, output: str, size: tuple[int, int]) -> dict[str, str]:
    chosen = scene.outputs[output]
    data = {name: scene.data[name] for name in _shown(scene)}
    header = scene.header.model_copy(update={"title": "", "units": None})
    kinds: list[object] = [data, scene.layers, scene.lights, scene.camera, chosen.lens, chosen.rig]
    programs = [program_fingerprint(package) for package in ("moviemaker", "vtk", *plugin_packages(kinds))]
    return {"scene": fingerprint(header, *kinds, chosen.film.depth, size), "program": fingerprint(programs)}


def _shown(scene: Scene) -> list[str]:
    """Names of the data that are seen, and of those that they need."""
    named = {layer.data for layer in scene.layers} | {name for _, name in scene.camera.targets()}
    return list(data_with_needs(scene.data, named))
