"""What every kind is and which keys it takes, from the docstrings of the code: for the terminal and for the website."""

from __future__ import annotations

import inspect
import json
import re
import sys
from dataclasses import dataclass
from typing import Any, get_args

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from moviemaker.core.kinds import ROOMS, field_docstrings, kind_names, literals, load_kind, written_key
from moviemaker.data.placing.keys import PLACING, DataSet
from moviemaker.film.settings import FilmSettings
from moviemaker.scene.fog import FogKeys
from moviemaker.scene.glare import GlareKeys
from moviemaker.scene.model import OutputKeys, SceneKeys
from moviemaker.scene.sky import SkyKeys
from moviemaker.timeline.camera import CameraSettings

TOPICS: dict[str, tuple[type[BaseModel], ...]] = {
    "scene": (SceneKeys,),
    "camera": (CameraSettings,),
    "fog": (FogKeys,),
    "glare": (GlareKeys,),
    "sky": (SkyKeys,),
    "outputs": (OutputKeys, FilmSettings),
}
"""Parts of a scene that are not kinds of a room, and the models whose keys they take."""

_MANUALS = {"scene": "moviemaker.scene.model", "camera": "moviemaker.timeline.camera"}
"""Modules whose docstrings are the manual pages of topics, where it is not the module of the last model."""

_PLAIN_TYPES = {bool: "true or false", int: "a whole number", float: "a number", str: "text"}


@dataclass(frozen=True)
class KeyHelp:
    """One key of a mapping in a scene file.

    Attributes:
        name: the key.
        takes: what a right value is, in words.
        moves: whether a mapping from seconds to values may stand in place of the value.
        required: whether the key must be given.
        default: the value that a missing key has, as YAML; empty if it is required or left open.
        text: what the key means, Markdown; empty if its author says nothing.
        parts: the mappings that may be written as its value, each with keys of its own.
    """

    name: str
    takes: str
    moves: bool
    required: bool
    default: str
    text: str
    parts: tuple[KindHelp, ...] = ()


@dataclass(frozen=True)
class KindHelp:
    """One kind, a topic, or a mapping inside one of them.

    Attributes:
        room: of the kind; empty for topics and for mappings inside a kind.
        name: of the kind.
        summary: one sentence, Markdown.
        text: the manual page, Markdown with YAML examples in fences; begins with the summary.
        examples: the YAML examples of the page.
        keys: in the order in which the kind lists them.
    """

    room: str
    name: str
    summary: str
    text: str
    examples: tuple[str, ...]
    keys: tuple[KeyHelp, ...]

    @property
    def example(self) -> str:
        """The first example; empty if the page has none."""
        return self.examples[0] if self.examples else ""


def describe_kind(room: str, name: str) -> KindHelp:
    """The manual page of a kind.

    Args:
        room: one of `ROOMS`.
        name: of a kind of the room, which may be a plug-in.

    Raises:
        InputError: no kind of the room bears this name, or it cannot be used.
    """
    model = load_kind(room, name)
    return _described(room, name, _manual(model), (model,))


def describe_topic(name: str) -> KindHelp:
    """The manual page of a part of a scene: one of `TOPICS`."""
    models = TOPICS[name]
    module = _MANUALS.get(name, models[-1].__module__)
    return _described("", name, inspect.cleandoc(sys.modules[module].__doc__ or ""), models)


def _described(room: str, name: str, text: str, models: tuple[type[BaseModel], ...]) -> KindHelp:
    keys = tuple(key for model in models for key in _keys(model))
    examples = tuple(re.findall(r"```yaml\n(.*?)```", text, flags=re.DOTALL))
    return KindHelp(room, name, _first_sentence(text), text, examples, keys)


def _manual(model: type[Any]) -> str:
    """The docstring that is a kind's manual page.

    It is the docstring of the module; or that of the class, if only that one holds an example.
    """
    of_class = inspect.cleandoc(model.__dict__.get("__doc__") or "")
    of_module = inspect.cleandoc(sys.modules[model.__module__].__doc__ or "")
    return of_class if "```" in of_class or not of_module else of_module


def _first_sentence(text: str) -> str:
    paragraph = " ".join(text.partition("\n\n")[0].split())
    return re.split(r"(?<=[.!?]) (?=[A-Z`])", paragraph, maxsplit=1)[0]


def _keys(model: type[BaseModel]) -> tuple[KeyHelp, ...]:
    # Keys that all data have come after those of the kind.
    names = sorted(model.model_fields, key=lambda name: issubclass(model, DataSet) and name in PLACING)
    return tuple(_key(name, model.model_fields[name], model) for name in names)


def _key(name: str, field: FieldInfo, model: type[BaseModel]) -> KeyHelp:
    takes, moves, inner = _takes(field)
    parts = tuple(
        KindHelp("", _part_name(part), _first_sentence(_own_docstring(part)), _own_docstring(part), (), _keys(part))
        for part in dict.fromkeys(inner)
        if part is not model
    )
    default = "" if field.is_required() or field.default is None else _yaml(field.get_default())
    text = " ".join((field.description or field_docstrings(model).get(name, "")).split())
    if len(literals(field.annotation)) == 1:  # the name of the kind itself
        text, default = text or "Names the kind.", ""
    return KeyHelp(written_key(model, name), takes, moves, field.is_required(), default, text, parts)


def _takes(field: FieldInfo) -> tuple[str, bool, tuple[type[BaseModel], ...]]:
    """What a field takes in words, whether it may move, and the models of mappings that it takes."""
    inner = tuple(_models_in(field.annotation))
    for metadata in field.metadata:
        value = getattr(metadata, "value", metadata)
        right = getattr(value, "right", None)
        if isinstance(right, str):
            return right, value is not metadata, inner
    if inner:
        return "keys and values", False, inner
    choices = literals(field.annotation)
    if choices:
        return " or ".join(choices), False, ()
    plain = [_PLAIN_TYPES[part] for part in (field.annotation, *get_args(field.annotation)) if part in _PLAIN_TYPES]
    return " or ".join(plain) or "a value", False, ()


def _models_in(annotation: Any) -> list[type[BaseModel]]:
    if inspect.isclass(annotation) and issubclass(annotation, BaseModel):
        return [annotation]
    return [found for part in get_args(annotation) for found in _models_in(part)]


def _part_name(model: type[BaseModel]) -> str:
    """The kind that a mapping inside another names; empty if it names none."""
    field = model.model_fields.get("kind")
    return ", ".join(literals(field.annotation)) if field else ""


def _own_docstring(model: type[BaseModel]) -> str:
    text = inspect.cleandoc(model.__dict__.get("__doc__") or "")
    return text.partition("\nAttributes:")[0].strip()


def _yaml(value: Any) -> str:
    """A default as it would be written in a scene file."""
    if isinstance(value, BaseModel):
        value = value.model_dump(exclude_defaults=True)
    if isinstance(value, str) and re.fullmatch(r"[a-z][\w-]*", value):
        return value
    return json.dumps(value, default=str).replace(".0,", ",").replace(".0]", "]").removesuffix(".0")


def overview() -> dict[str, tuple[KindHelp, ...]]:
    """The pages of all kinds by room; those of the topics are under the empty name."""
    pages = {"": tuple(describe_topic(name) for name in TOPICS)}
    return pages | {room: tuple(describe_kind(room, name) for name in kind_names(room)) for room in ROOMS}
