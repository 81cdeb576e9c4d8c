"""Writes a scene in the words of this program: a pass over its plain values before they are parsed.

Words for keys and values that have one meaning are replaced, numbers with units become numbers of the scene's units,
and words that belong elsewhere become mistakes that say where. What a kind itself knows is never touched, and
other words are left to the parser.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import replace
from typing import Any

from pydantic import BaseModel

from moviemaker.core.errors import InputError, Location, Problem, nearest, show
from moviemaker.core.kinds import ROOMS, kind_names, literals, load_kind, written_keys
from moviemaker.core.plugins import entry_points_of
from moviemaker.scene.fog import FogKeys
from moviemaker.scene.glare import GlareKeys
from moviemaker.scene.habits.elsewhere import ELSEWHERE
from moviemaker.scene.habits.keys import CONVERTED, KEYS
from moviemaker.scene.habits.measured_keys import FRACTIONS, IN_DATA_TIME, IN_DEGREES, IN_LENGTHS, IN_SECONDS
from moviemaker.scene.habits.measures import (
    LENGTHS,
    TIMES,
    degrees,
    frame_rate,
    in_unit,
    measure,
    movie_seconds,
    picture_size,
    without_pixels,
)
from moviemaker.scene.habits.values import VALUES
from moviemaker.scene.model import Header, OutputKeys, Units
from moviemaker.scene.parse import SECTIONS
from moviemaker.scene.sky import OF_GRADIENTS, SkyKeys
from moviemaker.scene.text import Document
from moviemaker.timeline.camera_settings import CameraSettings, Keyframe, OrbitSettings

_COLOR_KEYS = ("by", "colormap", "range", "scale")
_OWNERS = {
    "data": "of data of kind {}",
    "layers": "of layers of kind {}",
    "lights": "of lights of kind {}",
    "lens": "of outputs with the lens {}",
    "rig": "of the eyes: stereo: {{packing: left-right, ...}}",
}

_ANY_NAME = {("scene", "background"), ("output", "stereo"), ("color", "scale")}
"""Keys whose names are not those of a field."""

_EASE_WORDS = ("ease", "easing", "interpolation", "interp")
"""Words beside the times of a value that moves."""

_COLORS = {("scene", "background"), ("layer", "color"), ("light", "color"), ("layer", "contour_color")}
_COLORS |= {("sky", key) for key in OF_GRADIENTS}


def understood(document: Document, film: type[BaseModel]) -> Document:
    """The document in the words of this program. Its lines are found by these words too.

    Args:
        document: the scene as it was written.
        film: the model of the keys of an output about its file.
    """
    if not isinstance(document.value, dict):
        return document
    return _Rewriting(document, film).document()


class _Rewriting:
    """One pass over a document."""

    def __init__(self, document: Document, film: type[BaseModel]):
        self._written = document
        self._film = film
        self._problems: list[Problem] = []
        self._words: dict[tuple[Location, object], Any] = {}  # by the place of a mapping and a word in it: its meaning
        self._units: Mapping[str, object] = {}

    def document(self) -> Document:
        value = {key: entry for key, entry in self._written.value.items() if not str(key).startswith("x-")}
        value = self._keys("scene", value, (), SECTIONS)
        for key, model in (("units", Units), ("fog", FogKeys), ("glare", GlareKeys), ("sky", SkyKeys)):
            if isinstance(value.get(key), dict):
                value[key] = self._part(key, value[key], (key,), written_keys(model))
                self._units = value[key] if key == "units" else self._units
        for key in Header.model_fields.keys() & value.keys():
            found = self._value("scene", key, value[key], (key,))
            value[key] = _chosen("scene", key, found, Header.model_fields)
        for section, rewrite in (("data", self._data), ("outputs", self._output)):
            if isinstance(value.get(section), dict):
                value[section] = {name: rewrite((section, name), entry) for name, entry in value[section].items()}
        for section, part in (("layers", "layer"), ("lights", "light")):
            if isinstance(value.get(section), list):
                entries = enumerate(value[section])
                value[section] = [self._kind(part, section, (section, index), entry) for index, entry in entries]
        if isinstance(value.get("camera"), dict):
            value["camera"] = self._camera(value["camera"])
        problems = (*self._written.problems, *self._problems)
        return replace(self._written, value=value, lines=self._lines(), problems=problems)

    def _data(self, at: Location, entry: Any) -> Any:
        if isinstance(entry, dict) and "kind" not in entry and "type" not in entry and "of" in entry:
            return self._part("data", entry, at, load_kind("data", "particles").model_fields)
        return self._kind("data", "data", at, entry)

    def _kind(self, part: str, room: str, at: Location, entry: Any) -> Any:
        """The entry of a room in which `kind` names the choice."""
        if not isinstance(entry, dict):
            return entry
        entry = self._named(part, "kind", entry, at, room)
        name = entry.get("kind")
        fields = _fields(room, name)
        if not fields:
            return entry
        sample = name == "sample" and self._named(part, "name", entry, at, "samples")
        if sample:
            known = _fields("samples", sample.get("name"))
            shared = load_kind(room, name).model_fields
            return self._part(part, sample, at, {**shared, **known}) if known else sample
        if part == "layer" and _chosen(part, "shape", entry.get("shape"), fields) == "dot":
            entry = {key: without_pixels(value) if key == "size" else value for key, value in entry.items()}
        return self._part(part, entry, at, fields)

    def _output(self, at: Location, entry: Any) -> Any:
        if not isinstance(entry, dict):
            return entry
        entry = self._named("output", "lens", entry, at, "lens")
        known = {**OutputKeys.model_fields, **self._film.model_fields, **_fields("lens", entry.get("lens"))}
        entry = self._part("output", entry, at, known)
        stereo = entry.get("stereo", "none")
        if stereo is False:
            entry = entry | {"stereo": "none"}
        elif isinstance(stereo, dict):
            rig = load_kind("rig", "stereo").model_fields
            entry = entry | {"stereo": self._part("stereo", stereo, (*at, "stereo"), rig)}
            stereo = entry["stereo"].get("packing")
        if isinstance(entry.get("size"), str):
            size = picture_size(entry["size"], str(entry.get("lens")), str(stereo))
            entry = entry if size is None else entry | {"size": size}
        return entry

    def _camera(self, written: dict[Any, Any]) -> dict[Any, Any]:
        entry: dict[Any, Any] = self._part("camera", written, ("camera",), CameraSettings.model_fields)
        if isinstance(entry.get("keyframes"), list):
            entry["keyframes"] = [
                self._part("keyframe", each, ("camera", "keyframes", index), Keyframe.model_fields)
                for index, each in enumerate(entry["keyframes"])
            ]
        if isinstance(entry.get("orbit"), dict):
            orbit = entry["orbit"]
            entry["orbit"] = self._part("orbit", orbit, ("camera", "orbit"), OrbitSettings.model_fields)
        return entry

    def _named(self, part: str, key: str, entry: dict[Any, Any], at: Location, room: str) -> dict[Any, Any]:
        """An entry with the key that names its kind, and that kind, in the words of this program."""
        if key not in entry:
            words = KEYS[part]
            word = next((word for word in entry if words.get(_plain(word)) == key), None)
            if word is not None and isinstance(entry[word], str):
                self._words[at, word] = key
                entry = {key if each == word else each: value for each, value in entry.items()}
        name = entry.get(key)
        # 360 is a number. Kinds of other packages keep their names, those that cannot be used too.
        if isinstance(name, str | int) and name not in entry_points_of(ROOMS[room].group):
            name = VALUES.get((part, key), {}).get(_plain(name, "-"), name)
        return entry if name is None else entry | {key: name}

    def _part(self, part: str, entry: Any, at: Location, known: Collection[str]) -> Any:
        """The mapping of a part of the scene with keys and values in the words of this program."""
        if not isinstance(entry, dict):
            return entry
        entry = self._keys(part, entry, at, known)
        found = {key: self._value(part, key, value, (*at, key)) for key, value in entry.items()}
        return {key: _chosen(part, key, value, known) for key, value in found.items()}

    def _keys(self, part: str, entry: dict[Any, Any], at: Location, known: Collection[str]) -> dict[Any, Any]:
        found: dict[Any, Any] = {}
        for word, value in entry.items():
            key, convert = self._meaning(part, word, known)
            if key == word and (key in known or (owner := _owner(word, known)) is None):
                found[word] = value
            elif key == word or key is None:
                right = _elsewhere(part, word) or f"it is a key {owner}"
                self._note((*at, word), f"unknown key {word!r}", right)
            elif key in entry or key in found:
                self._note(
                    (*at, word), f"{word!r} is another word for {key!r}, which stands here too", "keep one of them"
                )
            elif convert is not None and not _is_counted(value):
                what = f"{word!r} is understood with numbers alone, since {key!r} counts otherwise"
                self._note((*at, word), what, f"write {key} itself")
            else:
                self._words[at, word] = key
                found[key] = value if convert is None else _each_number(value, convert)
        return found

    def _meaning(
        self, part: str, word: object, known: Collection[str]
    ) -> tuple[object | None, Callable[[float], float] | None]:
        """The key that a word stands for, which may be itself, and how its numbers are converted; None: elsewhere."""
        if not isinstance(word, str) or word in known:
            return word, None
        plain = _plain(word)
        key, convert = CONVERTED.get((part, plain), (KEYS[part].get(plain), None))
        if key in known:
            return key, convert
        return (word, None) if _elsewhere(part, word) is None else (None, None)

    def _value(self, part: str, key: Any, value: Any, at: Location) -> Any:
        value = self._track(value, at)
        if isinstance(value, dict) and key == "color" and part == "layer" and not _is_track(value):
            return self._part("color", value, at, _COLOR_KEYS)
        if value is None and (part, key) in _COLORS and self._written.lines:
            right = 'in YAML a # begins a comment; write the colour in quotes, such as "#ff0000"'
            self._note(at, "nothing stands here", right)
        if (part, key) == ("scene", "fps") and isinstance(value, str):
            rate = frame_rate(value)
            return value if rate is None else rate
        return self._each_text(part, key, value, at)

    def _track(self, value: Any, at: Location) -> Any:
        """A mapping from times of the movie to values, with times such as 1:30 as seconds."""
        if not isinstance(value, dict) or not _is_track(value):
            return value
        found: dict[Any, Any] = {}
        for word, entry in value.items():
            key: Any = "ease" if word in _EASE_WORDS else word
            if isinstance(word, str) and key != "ease":
                key = movie_seconds(word)
            if key != word:
                self._words[at, word] = key
            if key == "ease" and isinstance(entry, str):
                entry = VALUES["track", "ease"].get(_plain(entry, "-"), entry)
            found[key] = entry
        return found

    def _each_text(self, part: str, key: Any, value: Any, at: Location) -> Any:
        """A value in which texts that are numbers with a unit are numbers."""
        if isinstance(value, list):
            return [self._each_text(part, key, each, (*at, index)) for index, each in enumerate(value)]
        if isinstance(value, dict) and _is_track(value):
            return {
                time: each if time == "ease" else self._each_text(part, key, each, (*at, time))
                for time, each in value.items()
            }
        if not isinstance(value, str):
            return value
        found: float | None = None
        if (part, key) in IN_SECONDS:
            found = movie_seconds(value)
        elif (part, key) in IN_DEGREES:
            found = degrees(value)
        elif (part, key) in FRACTIONS:
            number = measure(value)
            found = number[0] / 100 if number and number[1] == "%" else None
        elif (part, key) in IN_LENGTHS:
            found = self._measured(value, "length", LENGTHS, at)
        elif (part, key) in IN_DATA_TIME:
            found = self._measured(value, "time", TIMES, at)
        return value if found is None else found

    def _measured(self, text: str, dimension: str, known: Mapping[str, float], at: Location) -> float | None:
        """The number of the scene's units that a text stands for; None: it is not a number with a unit."""
        found = measure(text)
        if found is None or found[1] == "%":
            return None
        if found[1] == "px":
            self._note(at, f"{show(text)} is in pixels, and lengths are in scene units", "write a number of those")
            return found[0]
        wanted = self._units.get(dimension)
        number = in_unit(*found, wanted if isinstance(wanted, str) else None, known)
        if number is not None:
            return number
        if wanted:
            what = f"{show(text)} is not in the scene's unit of {dimension}, {wanted}"
            self._note(at, what, f"write the number of {wanted}")
        else:
            right = f"write units: {{{dimension}: {found[1]}}} for the whole scene"
            self._note(at, f"{show(text)} has a unit, and the scene does not say its unit of {dimension}", right)
        return found[0]

    def _note(self, where: Location, what: str, instead: str) -> None:
        # The place is spelled as it was written, so that the author finds it.
        self._problems.append(self._written.problem(where, what, instead))

    def _lines(self) -> dict[Location, int]:
        """The lines of all places, by the words of this program."""
        if not self._words:
            return self._written.lines
        found: dict[Location, int] = {}
        for where, line in self._written.lines.items():
            place: Location = ()
            for step in where:
                place = (*place, self._words.get((place, step), step))
            found.setdefault(place, line)
        return found


def _fields(room: str, name: object) -> Mapping[str, Any]:
    """The keys of a kind and their fields; none if a room has no such kind."""
    try:
        return load_kind(room, name).model_fields if isinstance(name, str) else {}
    except InputError:  # the parser says it
        return {}


def _chosen(part: str, key: Any, value: Any, known: Collection[str]) -> Any:
    """A value in the words of this program, if it is one of a few names that a key takes."""
    meaning = VALUES.get((part, key), {}).get(_plain(value, "-")) if isinstance(value, str) else None
    if meaning is None or (part, key) in _ANY_NAME:
        return value if meaning is None else meaning
    choices = _choices(known[key]) if isinstance(known, Mapping) and key in known else ()
    return meaning if meaning in choices and value not in choices else value


def _choices(field: Any) -> Collection[str]:
    """The names that a field takes; none if it takes anything else."""
    found = list(literals(field.annotation))
    for metadata in field.metadata:
        schema = getattr(metadata, "schema", None) or {}
        for part in (schema, *schema.get("anyOf", ())):
            found += part.get("enum", ())
    return found


def _elsewhere(part: str, word: object) -> str | None:
    """What to write instead of a key that belongs elsewhere; None: it is not one of those."""
    plain, places = _plain(word), ELSEWHERE.get(part, {})
    return places.get(plain) or places.get(KEYS[part].get(plain, ""))


def _owner(word: object, known: Collection[str]) -> str | None:
    """Which parts of a scene have a key; None: none has, or it is near one that is known where it stands."""
    if not isinstance(word, str) or nearest(word, known) is not None:
        return None
    for part, model in (("of the scene itself", Header), ("of the camera", CameraSettings)):
        if word in model.model_fields:
            return part
    for room, owner in _OWNERS.items():
        kinds = [name for name in kind_names(room) if word in load_kind(room, name).model_fields]
        if kinds:
            return owner.format(", ".join(kinds))
    return None


def _plain(word: object, joint: str = "_") -> str:
    """A word as the tables hold it: small letters, with one sort of joint."""
    text = str(word).strip().lower()
    return text.replace("-", "_").replace(" ", "_") if joint == "_" else text


def _is_track(value: Mapping[Any, Any]) -> bool:
    """Whether a mapping is one from times of the movie to values."""
    times = [key for key in value if key not in _EASE_WORDS]
    return bool(times) and all(_is_time(key) for key in times)


def _is_time(key: object) -> bool:
    if isinstance(key, str):
        return movie_seconds(key) is not None
    return isinstance(key, int | float) and not isinstance(key, bool)


def _each_number(value: Any, convert: Callable[[float], float]) -> Any:
    """A number, or those of a value that moves, converted."""
    if isinstance(value, dict) and _is_track(value):
        return {key: each if not _is_time(key) else _each_number(each, convert) for key, each in value.items()}
    if isinstance(value, int | float) and not isinstance(value, bool):
        return convert(value)
    found = measure(value) if isinstance(value, str) else None
    if found is None:
        return value
    whole = 100.0 if found[1] == "%" else 1.0
    return f"{whole * convert(found[0] / whole)!r} {found[1]}"


def _is_counted(value: object) -> bool:
    """Whether a value is a number, with or without a unit, or moves between such."""
    if isinstance(value, dict) and _is_track(value):
        return all(key in _EASE_WORDS or _is_counted(value[key]) for key in value)
    return (isinstance(value, int | float) and not isinstance(value, bool)) or (
        isinstance(value, str) and measure(value) is not None
    )
