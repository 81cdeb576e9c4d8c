"""What the frames of an output are made from, as fingerprints: of the scene, its data, the program and plug-ins."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from moviemaker.auto_exposure import lacks_exposure, probe_size
from moviemaker.core.errors import DataError
from moviemaker.core.fingerprint import (
    distribution_name,
    file_fingerprint,
    fingerprint,
    plugin_packages,
    program_fingerprint,
)
from moviemaker.core.sources import Source, unplaced
from moviemaker.data.files.choose_reader import reader_of_package
from moviemaker.data.sample import Sample
from moviemaker.prepare import Prepared, Sources
from moviemaker.scene.model import data_with_needs
from moviemaker.scene.text import placing


def seen_sources(prepared: Prepared) -> Sources:
    """The data that are seen, and those that they need."""
    scene = prepared.script.scene
    seen = {layer.data for layer in prepared.script.layers} | {name for _, name in scene.camera.targets()}
    return {name: prepared.sources[name] for name in data_with_needs(scene.data, seen)}


def frames_made_from(prepared: Prepared, output: str, size: tuple[int, int], file: str = "") -> dict[str, str]:
    """What the frames of an output are made from, to say which part of it has changed.

    Args:
        prepared: the scene.
        output: its name.
        size: (width, height) of the frames.
        file: which of the rig's files they are for.

    Returns:
        Fingerprints of the scene, of its data, of the program, and of each plug-in that the scene uses.
    """
    scene = prepared.script.scene
    chosen = scene.outputs[output]
    sources = seen_sources(prepared)
    header = scene.header.model_copy(update={"title": "", "units": None})
    data = {name: scene.data[name] for name in sources}
    kinds: list[object] = [data, scene.layers, scene.lights, scene.camera, chosen.lens, chosen.rig]
    with placing(prepared.document):
        files = {name: _fingerprints(name, source) for name, source in sources.items()}
    probed = probe_size(chosen) if any(map(lacks_exposure, prepared.script.layers)) else ()
    plugins = plugin_packages([*kinds, *_hidden_kinds(data.values(), sources.values())])
    return {
        "scene": fingerprint(header, *kinds, chosen.film.depth, file, size, *probed),
        "data": fingerprint(files),
        "program": f"moviemaker {program_fingerprint('moviemaker')}, VTK {program_fingerprint('vtk')}",
    } | {f"plug-in {distribution_name(package)}": program_fingerprint(package) for package in plugins}


def _fingerprints(name: str, source: Source[object]) -> list[str]:
    """Hashes of the files of a data set, which may have changed since it was opened."""
    found = []
    for path in source.files:
        try:
            found.append(file_fingerprint(path))
        except OSError as error:
            what = f"the file {Path(path).name!r} can no longer be read: {error.strerror or error}"
            raise DataError(what, "put it back, or name another file", ("data", name, "file")) from error
    return found


def frames_fingerprint(prepared: Prepared, output: str, size: tuple[int, int], file: str = "") -> str:
    """A hash of all that can change a pixel of an output's frames, and of nothing else; arguments as above."""
    return fingerprint_of_frames(prepared, frames_made_from(prepared, output, size, file))


def fingerprint_of_frames(prepared: Prepared, made_from: Mapping[str, str]) -> str:
    """The same hash, from what `frames_made_from` returns."""
    return fingerprint(made_from, prepared.script.clock, prepared.script.layers)


def _hidden_kinds(models: Iterable[object], sources: Iterable[Source[object]]) -> Iterator[object]:
    """Classes that make data without being mentioned in their models: sources, samples, and readers of files."""
    for model in models:
        if isinstance(model, Sample):
            yield model.settings()
    for source in sources:
        yield type(unplaced(source))
        for path in source.files:
            yield from filter(None, [reader_of_package(Path(path))])
