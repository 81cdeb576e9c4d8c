"""A folder of the package is a list of choices, and a file in it is one choice.

`kind: volume` in a layer names the module `moviemaker.layers.volume`; its class `Volume` is a `Kind`, whose fields are
the keys that may be written in YAML. Adding a kind is adding a file: there is no list to edit. Other distributions add
kinds by an entry point in the group `moviemaker.<room>` that names their class. Modules that begin with an underscore
are what the kinds of a room share, and are no choice.
"""

from __future__ import annotations

import importlib
import inspect
import pkgutil
from functools import cache
from importlib.metadata import EntryPoint, entry_points
from typing import Any, TypeVar, get_args

from pydantic import BaseModel, ConfigDict, ValidationError

from moviemaker.core.errors import Location, Mistake, Mistakes, suggest


class Kind(BaseModel):
    """A frozen value whose fields are the keys of one mapping in a scene file. Unknown keys are errors."""

    model_config = ConfigDict(frozen=True, extra="forbid", arbitrary_types_allowed=True, validate_default=True)


@cache
def kind_names(room: str) -> tuple[str, ...]:
    """The choices that a room offers, sorted: the names of its public modules, and the installed plug-ins."""
    package = importlib.import_module(f"moviemaker.{room}")
    own = [m.name for m in pkgutil.iter_modules(package.__path__) if not m.ispkg and not m.name.startswith("_")]
    return tuple(sorted({*own, *_plugins(room)}))


@cache
def load_kind(room: str, name: str) -> type[Any]:
    """The class behind a name, of the room's own module or of a plug-in.

    Raises:
        Mistake: no kind of the room bears this name.
    """
    if name not in kind_names(room):
        noun = {"layers": "layer kind", "data": "data kind"}.get(room, room)
        raise Mistake(f"there is no {noun} {name!r}", suggest(name, kind_names(room), noun))
    plugins = _plugins(room)
    if name in plugins:
        plugin: type[Any] = plugins[name].load()
        return plugin
    module = importlib.import_module(f"moviemaker.{room}.{name}")
    found: type[Any] = getattr(module, "".join(word.capitalize() for word in name.split("_")))
    return found


@cache
def _plugins(room: str) -> dict[str, EntryPoint]:
    return {point.name: point for point in entry_points(group=f"moviemaker.{room}")}


ModelT = TypeVar("ModelT", bound=BaseModel)


def build(model: type[ModelT], written: Any) -> ModelT:
    """An instance of a model from what stands in a scene.

    Raises:
        Mistakes: everything that is wrong with it, each with its place.
    """
    if not isinstance(written, dict):
        keys = ", ".join(model.model_fields)
        raise Mistakes([Mistake("this is no mapping", f"write keys and values below it; the keys are {keys}")])
    try:
        return model.model_validate(written)
    except ValidationError as error:
        raise Mistakes(_mistakes(model, error)) from None


def _mistakes(model: type[BaseModel], error: ValidationError) -> list[Mistake]:
    """What pydantic found, in the words of a scene's reader."""
    found: list[Mistake] = []
    for entry in error.errors(include_url=False):
        at: Location = entry["loc"]
        cause = entry.get("ctx", {}).get("error")
        inner = _model_at(model, at[:-1])
        name = str(at[-1]) if at else ""
        if isinstance(cause, Mistakes):
            found += [Mistake(mistake.what, mistake.instead, (*at, *mistake.at)) for mistake in cause.mistakes]
        elif isinstance(cause, Mistake):
            found.append(Mistake(cause.what, cause.instead, (*at, *cause.at)))
        elif entry["type"] == "extra_forbidden":
            found.append(Mistake(f"unknown key {name!r}", suggest(name, inner.model_fields, "key"), at))
        elif entry["type"] == "missing":
            found.append(Mistake(f"the key {name!r} is missing", f"write {name}: {_right(inner, name)}", at))
        elif entry["type"] == "literal_error":
            choices = [str(value) for value in get_args(inner.model_fields[name].annotation)]
            given = str(entry["input"])
            found.append(Mistake(f"there is no {name} {given!r}", suggest(given, choices, name), at))
        elif entry["type"] in ("model_type", "dict_type"):
            keys = ", ".join(_model_at(model, at).model_fields)
            found.append(Mistake("this is no mapping", f"write keys and values below it; the keys are {keys}", at))
        else:
            found.append(Mistake(entry["msg"][0].lower() + entry["msg"][1:], f"write {_right(inner, name)}", at))
    return found


def _right(model: type[BaseModel], name: str) -> str:
    """What would be right for a field, in words."""
    field = model.model_fields.get(name)
    for mark in field.metadata if field else ():
        right = getattr(mark, "right", None) or getattr(getattr(mark, "value", None), "right", None)
        if isinstance(right, str):
            return right
    return (field.description if field else None) or "a value as the documentation describes it"


def _model_at(model: type[BaseModel], at: Location) -> type[BaseModel]:
    """The model that holds the fields at a place inside another."""
    for step in at:
        field = model.model_fields.get(str(step))
        inner = _model_in(field.annotation) if field else None
        model = inner or model
    return model


def _model_in(annotation: Any) -> type[BaseModel] | None:
    if inspect.isclass(annotation) and issubclass(annotation, BaseModel):
        return annotation
    return next((found for part in get_args(annotation) if (found := _model_in(part))), None)
