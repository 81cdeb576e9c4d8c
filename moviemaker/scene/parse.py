"""Parses a document into a scene: each section by the models of its room, with all mistakes reported together."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from itertools import pairwise
from typing import Any, TypeVar

from pydantic import BaseModel

from moviemaker.core.errors import InputError, Location, Problem, collecting, nearest, show, suggest
from moviemaker.core.kinds import build_what_can_be, kind_names, literals, load_kind, unknown_key
from moviemaker.core.machine.file_names import name_fault, same_file
from moviemaker.core.values import SIZE
from moviemaker.scene.model import TRANSPARENT, Draft, Header, Output, named_data, needed_data
from moviemaker.scene.text import Document
from moviemaker.timeline.camera import CameraSettings

SECTIONS = (*Header.model_fields, "data", "layers", "lights", "camera", "outputs")
_DATA = "{NAME: {kind: grid, file: FILE}}"
_OUTPUTS = "{hd: {lens: perspective, size: [1280, 720]}}"
_CAMERA = "camera: {orbit: {center: [0, 0, 0], radius: 10}} or camera: {keyframes: [...]}"

Written = Mapping[Any, Any]
"""A mapping of the document."""

T = TypeVar("T")
ModelT = TypeVar("ModelT", bound=BaseModel)


def parse_scene(document: Document, name: str, film: type[BaseModel]) -> Draft:
    """The typed values of a document, and all its mistakes.

    Args:
        document: the parsed text of the scene.
        name: first part of the names of finished files.
        film: the model of the keys of an output about its file: format, codec, quality.
    """
    return _Parsing(document, film).draft(name)


def rigs() -> dict[str, str]:
    """The packings that `stereo` may name, and the kind of the rig room that has each of them."""
    fields = {name: load_kind("rig", name).model_fields["packing"] for name in kind_names("rig")}
    return {packing: name for name, field in fields.items() for packing in literals(field.annotation)}


class _Parsing:
    """One pass over a document that notes every problem and continues."""

    def __init__(self, document: Document, film: type[BaseModel]):
        self.document = document
        self.film = film
        self.problems: list[Problem] = list(document.problems)
        self._resolved = {problem.where for problem in document.problems if problem.where}
        data = document.value.get("data") if isinstance(document.value, dict) else None
        for problem in document.problems:  # data that Python has given, and that cannot be used
            if problem.where[:1] == ("data",) and isinstance(data, dict) and data.get(problem.where[1]) is None:
                self._resolved.add(problem.where[:2])

    def draft(self, name: str) -> Draft:
        written = self.document.value
        if not isinstance(written, dict):
            self._note((), "expected a mapping", f"a scene is keys and values; the keys are {', '.join(SECTIONS)}")
            return Draft(name, self.document.folder, None, {}, (), None, None, {}, tuple(self.problems))
        for key in written:
            if key not in SECTIONS:
                self._note_all((), [unknown_key((key,), SECTIONS)])
        header = self._built((), Header, _pick(written, Header.model_fields))
        self._transparent = header is not None and header.background == TRANSPARENT
        data = dict(self._named(written, "data", self._data, _DATA, needed=False))
        layers = tuple(self._listed(written, "layers", lambda at, entry: self._kind(at, "layers", entry)))
        lights = tuple(self._listed(written, "lights", lambda at, entry: self._kind(at, "lights", entry)))
        camera = self._camera(written)
        outputs = dict(self._named(written, "outputs", self._output, _OUTPUTS))
        self._check_names(name, written.get("outputs"))
        self._check_references(written, data, camera)
        data = self._without_circles(data)
        return Draft(
            name,
            self.document.folder,
            header,
            data,
            layers,
            tuple(light for light in lights if light is not None) if written.get("lights") is not None else None,
            camera,
            outputs,
            tuple(self.problems),
        )

    def _named(
        self,
        written: Written,
        section: str,
        parse: Callable[[Location, object], T | None],
        example: str,
        needed: bool = True,
    ) -> Iterator[tuple[str, T]]:
        """The entries of a section that maps names to mappings."""
        entries = written.get(section)
        if entries is None and not needed:
            return
        if not isinstance(entries, dict) or not entries:
            what = f"the scene has no {section}" if not entries else f"{section} is not a mapping of names"
            self._note((section,), what, f"write {section}: {example}")
            return
        for name, entry in entries.items():
            if not isinstance(name, str):
                self._note((section, name), f"the name {show(name)} is not text", "begin it with a letter")
                continue
            parsed = parse((section, name), entry)
            if parsed is not None:
                yield name, parsed

    def _check_names(self, scene: str, outputs: object) -> None:
        """Checks the names that become names of files."""
        fault = name_fault(scene)
        if fault:
            what = f"the name {show(scene)} of the scene cannot be part of a file's name: {fault}"
            self._note((), what, "give the scene a plain name")
        known: dict[str, str] = {}
        for name in outputs if isinstance(outputs, dict) else ():
            if not isinstance(name, str):
                continue
            other = known.setdefault(same_file(name), name)
            if other != name:
                what = f"the names {show(other)} and {show(name)} are those of one file on some systems"
                self._note(("outputs", name), what, "make them differ by more than case or accents")

    def _listed(self, written: Written, section: str, parse: Callable[[Location, object], Any]) -> Iterator[Any]:
        """The entries of a section that is a list; None for those that cannot be used."""
        entries = written.get(section)
        if isinstance(entries, list):
            yield from (parse((section, index), entry) for index, entry in enumerate(entries))
        elif entries is not None:
            self._note((section,), f"{section} is not a list", f"write each of the {section} on its own, after a dash")

    def _kind(self, at: Location, room: str, entry: Any) -> Any:
        """A model of a room in which `kind` names the choice."""
        if not self._has(at, entry, "kind", lambda: kind_names(room)):
            return None
        model = self._try((*at, "kind"), load_kind, room, str(entry["kind"]))
        return model and self._built(at, model, entry)

    def _data(self, at: Location, entry: object) -> Any:
        """A data set; one `of` another is of kind particles unless it names its kind."""
        if isinstance(entry, dict) and "of" in entry and "kind" not in entry:
            entry = {"kind": "particles", **entry}
        return self._kind(at, "data", entry)

    def _camera(self, written: Written) -> CameraSettings | None:
        if written.get("camera") is None:
            self._note(("camera",), "the scene has no camera", f"write {_CAMERA}")
            return None
        return self._built(("camera",), CameraSettings, written["camera"])

    def _output(self, at: Location, entry: Any) -> Output | None:
        """One output: each of its keys belongs to the lens, the rig or the film."""
        name = str(at[-1])
        fault = name_fault(name)
        if fault or not re.fullmatch(r"\w[\w.-]*", name):
            what = f"the name {show(name)} cannot be part of a file's name{fault and f': {fault}'}"
            self._note(at, what, "write letters, digits, '_', '-' and '.', a letter first")
        if not self._has(at, entry, "lens", lambda: kind_names("lens")):
            return None
        model = self._try((*at, "lens"), load_kind, "lens", str(entry["lens"]))
        if model is not None:
            shared = ("size", "stereo", *self.film.model_fields)
            known = (*shared, *model.model_fields)
            self._note_all((*at, "lens"), _shared_keys(str(entry["lens"]), model, shared))
            self._note_all(at, [unknown_key((key,), known) for key in entry if key not in known])
        lens: Any = model and self._built(at, model, _pick(entry, model.model_fields))
        rig = self._rig((*at, "stereo"), entry.get("stereo", "none"))
        film: Any = self._built(at, self.film, _pick(entry, self.film.model_fields))
        size: tuple[int, int] | None = None
        if "size" in entry:
            size = self._try((*at, "size"), SIZE.parse, entry["size"])
        else:
            self._note(at, "the key 'size' is missing", "write size: [width, height] in pixels")
        if lens is None or rig is None or film is None or size is None:
            return None
        with self._noting(at):
            encoding = film.with_default_format(lens.default_format, self._transparent)
            encoding.check_size(size)
            rig.check_eyes(lens.eyes)
            lens.check_size(rig.eye_size(size))
            if film.alignment and not hasattr(lens, "alignment_frame"):
                what = f"an alignment frame is for a dome's projectors, and the lens is {lens.lens}"
                raise InputError(what, "leave alignment out, or write lens: domemaster", ("alignment",))
            return Output(name, size, lens, rig, encoding)
        return None

    def _rig(self, at: Location, stereo: object) -> Any:
        """The rig for the value of `stereo`: the name of a packing, or a mapping with one."""
        packing = stereo.get("packing") if isinstance(stereo, dict) else stereo
        if isinstance(stereo, dict) and not self._has(at, stereo, "packing", rigs):
            return None
        if packing not in list(rigs()):
            place = (*at, "packing") if isinstance(stereo, dict) else at
            self._note(place, f"no such packing {show(packing)}", suggest(str(packing), rigs(), "packing"))
            return None
        model = load_kind("rig", rigs()[packing])
        return self._built(at, model, stereo if isinstance(stereo, dict) else {"packing": packing})

    def _check_references(self, written: Written, built: Mapping[str, object], camera: CameraSettings | None) -> None:
        """Checks that the data named by layers, by the camera and by other data exist."""
        data, layers = written.get("data") or {}, written.get("layers")
        if not isinstance(data, dict):
            return  # already noted
        used: list[tuple[Location, object]] = []
        for index, entry in enumerate(layers if isinstance(layers, list) else ()):
            if isinstance(entry, dict):
                used.append((("layers", index, "data"), entry.get("data")))
        for own, entry in data.items():
            if own in built:
                used += [(("data", own, *where), name) for where, name in named_data(built[own])]
            elif isinstance(entry, dict):
                used.append((("data", own, "of"), entry.get("of")))
        used += [(("camera", *where), name) for where, name in (camera.targets() if camera else ())]
        names = [name for name in data if isinstance(name, str)]
        for where, name in used:
            if isinstance(name, str) and name not in names:
                right = suggest(name, names, "data set") if names else f"the scene has no data; write data: {_DATA}"
                self._note(where, f"no such data {name!r}", right)

    def _without_circles(self, data: Mapping[str, T]) -> dict[str, T]:
        """The data that are not made from, or attached to, themselves, directly or through others."""
        right = {}
        named = {name: tuple(other for _, other in named_data(model)) for name, model in data.items()}
        for name, model in data.items():
            cycle = _cycle(named, name)
            if cycle is None:
                right[name] = model
                named[name] = ()  # no other cycle leads through it
            else:
                where = next(where for where, other in named_data(model) if other == cycle[1])
                if all(other in dict.fromkeys(n for _, n in needed_data(data[own])) for own, other in pairwise(cycle)):
                    what = f"{name!r} is made from itself: {' of '.join(cycle)}"
                    self._note(("data", name, *where), what, "name data that come from a file")
                else:
                    what = f"{name!r} is attached to itself: {' to '.join(cycle)}"
                    self._note(("data", name, *where), what, "attach one of them to the scene: leave attached_to out")
        return right

    def _has(self, at: Location, entry: object, key: str, choices: Callable[[], Iterable[str]]) -> bool:
        """Whether an entry is a mapping with the key that names its kind."""
        if isinstance(entry, dict) and isinstance(entry.get(key), str):
            return True
        right = f"write {key}: and one of {', '.join(choices())}"
        if not isinstance(entry, dict):
            self._note(at, "expected a mapping", right)
        elif key not in entry:
            near = nearest(key, [other for other in entry if isinstance(other, str)])
            if near:
                self._note((*at, near), f"unknown key {near!r}", f"did you mean {key!r}? {right.capitalize()}")
            else:
                self._note(at, f"the key {key!r} is missing", right)
        else:
            self._note((*at, key), f"{show(entry[key])} is not a name", right)
        return False

    def _built(self, at: Location, model: type[ModelT], written: object) -> ModelT | None:
        """The model as far as it can be built; its mistakes are noted."""
        built, errors = build_what_can_be(model, written)
        self._note_all(at, errors)
        return built

    def _try(self, at: Location, call: Callable[..., T], *arguments: object) -> T | None:
        with self._noting(at):
            return call(*arguments)
        return None

    def _noting(self, at: Location) -> AbstractContextManager[None]:
        return collecting(lambda error: self._note_all(at, [error]))

    def _note_all(self, at: Location, errors: Iterable[InputError]) -> None:
        for error in errors:
            self._note((*at, *error.at), error.what, error.instead)

    def _note(self, where: Location, what: str, instead: str) -> None:
        # Report a rejected or duplicated key only once.
        if not any(where[:depth] in self._resolved for depth in range(1, len(where) + 1)):
            self.problems.append(self.document.problem(where, what, instead))


def _shared_keys(name: str, lens: type[BaseModel], shared: Sequence[str]) -> Iterator[InputError]:
    """Errors of a lens whose keys are also those of every output."""
    for key in lens.model_fields:
        if key in shared:
            what = f"the lens {name!r} ({lens.__module__}.{lens.__name__}) has a field {key!r}, a key of every output"
            yield InputError(what, "rename it in the package of the lens")


def _cycle(named: Mapping[str, Collection[str]], name: str) -> tuple[str, ...] | None:
    """The names from a data set back to itself, along the data that each names; None if no such cycle."""
    before: dict[str, str] = {}
    waiting = [name]
    while waiting:
        now = waiting.pop()
        for other in named.get(now, ()):
            if other == name:
                path = [other, now]
                while path[-1] != name:
                    path.append(before[path[-1]])
                return tuple(reversed(path))
            if other not in before:
                before[other] = now
                waiting.append(other)
    return None


def _pick(entry: Written, keys: Iterable[str]) -> dict[str, object]:
    return {key: entry[key] for key in keys if key in entry}
