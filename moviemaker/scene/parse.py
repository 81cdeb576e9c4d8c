"""From a document to a scene: every section by the models of its room, and all mistakes together."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any, TypeVar

from moviemaker.core.errors import Location, Mistake, Mistakes, Problem, SceneError, suggest
from moviemaker.core.kinds import build, kind_names, load_kind
from moviemaker.core.values import SIZE
from moviemaker.scene.lights import LIGHT
from moviemaker.scene.model import Header, Output, Scene
from moviemaker.scene.text import Document
from moviemaker.timeline.camera import CameraSettings

SECTIONS = (*Header.model_fields, "data", "layers", "lights", "camera", "outputs")
T = TypeVar("T")


def parse_scene(document: Document, name: str, film: type[Any]) -> Scene:
    """The typed scene of a document.

    Args:
        document: the scene's text, read.
        name: what finished files are called after.
        film: the model of what an output says about its file: format, codec, quality.

    Raises:
        SceneError: every mistake in it.
    """
    parsing = _Parsing(document, film)
    scene = parsing.scene(name)
    if parsing.problems or scene is None:
        raise SceneError(parsing.problems)
    return scene


class _Parsing:
    """One pass over a document that notes every problem and goes on."""

    def __init__(self, document: Document, film: type[Any]):
        self.document = document
        self.film = film
        self.problems: list[Problem] = []

    def scene(self, name: str) -> Scene | None:
        written = self.document.value
        if not isinstance(written, dict):
            self._note((), "a scene is a mapping", f"write keys and values; the keys are {', '.join(SECTIONS)}")
            return None
        for key in written:
            if key not in SECTIONS:
                self._note((key,), f"unknown key {str(key)!r}", suggest(str(key), SECTIONS, "key"))
        header = self._try((), build, Header, {key: written[key] for key in Header.model_fields if key in written})
        data = dict(self._named(written, "data", self._data, "{NAME: {kind: grid, file: FILE}}", needed=False))
        layers = tuple(self._listed(written, "layers", self._layer))
        lights = tuple(self._listed(written, "lights", lambda at, light: self._try(at, LIGHT.parse, light)))
        camera = self._camera(written)
        outputs = dict(self._named(written, "outputs", self._output, "{hd: {lens: perspective, size: [1280, 720]}}"))
        self._check_references(layers, written.get("data"), camera)
        if header is None or camera is None:
            return None
        lit = lights if "lights" in written else None
        return Scene(name, self.document.folder, header, data, layers, lit, camera, outputs)

    def _named(
        self,
        written: Mapping[Any, Any],
        section: str,
        parse: Callable[..., T | None],
        example: str,
        needed: bool = True,
    ) -> Iterator[tuple[str, T]]:
        """The entries of a section that maps names to mappings."""
        entries = written.get(section)
        if entries is None and not needed:
            return
        if not isinstance(entries, dict) or not entries:
            what = f"the scene has no {section}" if not entries else f"{section} is no mapping of names"
            self._note((section,), what, f"write {section}: {example}")
            return
        for name, entry in entries.items():
            if not isinstance(name, str):
                self._note((section, name), f"the name {name!r} is not text", "put it in quotes or begin with a letter")
                continue
            parsed = parse((section, name), entry)
            if parsed is not None:
                yield name, parsed

    def _listed(self, written: Mapping[Any, Any], section: str, parse: Callable[..., Any]) -> Iterator[Any]:
        """The entries of a section that is a list."""
        entries = written.get(section, [])
        if not isinstance(entries, list):
            self._note((section,), f"{section} is no list", f"write each of the {section} on its own, after a dash")
            return
        for index, entry in enumerate(entries):
            parsed = parse((section, index), entry)
            if parsed is not None:
                yield parsed

    def _data(self, at: Location, entry: Any) -> Any:
        return self._kind(at, "data", entry)

    def _layer(self, at: Location, entry: Any) -> Any:
        return self._kind(at, "layers", entry)

    def _kind(self, at: Location, room: str, entry: Any) -> Any:
        """A model of a room in which `kind` names the choice."""
        if not isinstance(entry, dict) or "kind" not in entry:
            what = "the key 'kind' is missing" if isinstance(entry, dict) else "this is no mapping"
            self._note(at, what, f"write kind: and one of {', '.join(kind_names(room))}")
            return None
        model = self._try((*at, "kind"), load_kind, room, str(entry["kind"]))
        return model and self._try(at, build, model, entry)

    def _camera(self, written: Mapping[Any, Any]) -> CameraSettings | None:
        if "camera" not in written:
            example = "camera: {orbit: {center: [0, 0, 0], radius: 10}} or camera: {keyframes: [...]}"
            self._note(("camera",), "the scene has no camera", f"write {example}")
            return None
        return self._try(("camera",), build, CameraSettings, written["camera"])

    def _output(self, at: Location, entry: Any) -> Output | None:
        """One output: its keys belong to the lens, the rig or the film, each of which knows its own."""
        if not isinstance(entry, dict) or "lens" not in entry:
            what = "the key 'lens' is missing" if isinstance(entry, dict) else "this is no mapping"
            self._note(at, what, f"write lens: and one of {', '.join(kind_names('lens'))}")
            return None
        before = len(self.problems)
        lens_model = self._try((*at, "lens"), load_kind, "lens", str(entry["lens"]))
        known = {"size", "stereo", *self.film.model_fields, *(lens_model.model_fields if lens_model else ())}
        if lens_model:
            for key in entry.keys() - known:
                self._note((*at, key), f"unknown key {str(key)!r}", suggest(str(key), known, "key"))
        lens: Any = lens_model and self._try(at, build, lens_model, _pick(entry, lens_model.model_fields))
        rig = self._rig((*at, "stereo"), entry.get("stereo", "none"))
        film: Any = self._try(at, build, self.film, _pick(entry, self.film.model_fields))
        size: Any = None
        if "size" not in entry:
            self._note(at, "the key 'size' is missing", "write size: [width, height] in pixels")
        else:
            size = self._try((*at, "size"), SIZE.parse, entry["size"])
        if len(self.problems) > before:
            return None
        with self._noting(at):
            encoding = film.with_default_format(lens.default_format)
            encoding.check_size(size)
            return Output(str(at[-1]), size, lens, rig, encoding)
        return None

    def _rig(self, at: Location, stereo: Any) -> Any:
        """The rig that `stereo` asks for: the name of a packing, or a mapping with one."""
        packing = stereo.get("packing") if isinstance(stereo, dict) else stereo
        packings = {"none": "mono"}
        if packing not in packings:
            self._note(at, f"there is no packing {packing!r}", suggest(str(packing), packings, "packing"))
            return None
        model = load_kind("rig", packings[packing])
        return self._try(at, build, model, stereo if isinstance(stereo, dict) else {"packing": packing})

    def _check_references(self, layers: Iterable[Any], data: Any, camera: CameraSettings | None) -> None:
        """Names that layers and the camera use, against the data that the scene has."""
        names = [name for name in data if isinstance(name, str)] if isinstance(data, dict) else []
        written = self.document.value.get("layers")
        for index, entry in enumerate(written if isinstance(written, list) else ()):
            used = entry.get("data") if isinstance(entry, dict) else None
            if isinstance(used, str) and used not in names:
                at = ("layers", index, "data")
                self._note(at, f"there is no data {used!r}", suggest(used, names, "data set"))
        for where, name in camera.targets() if camera else ():
            if name not in names:
                self._note(("camera", *where), f"there is no data {name!r}", suggest(name, names, "data set"))

    def _try(self, at: Location, call: Callable[..., T], *arguments: Any) -> T | None:
        with self._noting(at):
            return call(*arguments)
        return None

    @contextmanager
    def _noting(self, at: Location) -> Iterator[None]:
        try:
            yield
        except Mistakes as mistakes:
            for mistake in mistakes.mistakes:
                self._note((*at, *mistake.at), mistake.what, mistake.instead)
        except Mistake as mistake:
            self._note((*at, *mistake.at), mistake.what, mistake.instead)

    def _note(self, where: Location, what: str, instead: str) -> None:
        self.problems.append(self.document.problem(where, what, instead))


def _pick(entry: Mapping[str, Any], keys: Iterable[str]) -> dict[str, Any]:
    return {key: entry[key] for key in keys if key in entry}
