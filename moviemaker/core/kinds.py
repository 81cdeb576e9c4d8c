"""A folder of the package is a list of choices, and a file in it is one choice.

`kind: volume` in a layer names the module `moviemaker.layers.volume`; its class `Volume` is a `Kind`, whose fields are
the keys that may be written in YAML. Adding a kind is adding a file: no list to edit. Other distributions add
kinds by an entry point in the group `moviemaker.<room>` that names their class. Modules that begin with an underscore
are what the kinds of a room share, and are not choices.
"""

from __future__ import annotations

import importlib
import inspect
import pkgutil
from collections.abc import Iterable, Mapping
from functools import cache
from importlib.metadata import EntryPoint, entry_points
from typing import Any, Literal, TypeVar, get_args, get_origin

from pydantic import BaseModel, ConfigDict, ValidationError

from moviemaker.core.errors import InputError, InputErrors, Location, nearest, show, suggest


class Kind(BaseModel):
    """A frozen value whose fields are the keys of one mapping in a scene file. Unknown keys are errors."""

    model_config = ConfigDict(
        frozen=True,
        extra="forbid",
        arbitrary_types_allowed=True,
        validate_default=True,
        use_attribute_docstrings=True,
    )


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
        InputError: no kind of the room bears this name.
    """
    if name not in kind_names(room):
        noun = {"layers": "layer kind", "data": "data kind", "data.samples": "sample"}.get(room, room)
        raise InputError(f"no such {noun} {name!r}", suggest(name, kind_names(room), noun))
    plugins = _plugins(room)
    if name in plugins:
        plugin: type[Any] = plugins[name].load()
        return plugin
    module = importlib.import_module(f"moviemaker.{room}.{name}")
    found: type[Any] = getattr(module, "".join(word.capitalize() for word in name.split("_")))
    return found


@cache
def _plugins(room: str) -> dict[str, EntryPoint]:
    return {point.name: point for point in _installed().select(group=f"moviemaker.{room}")}


@cache
def _installed() -> Any:
    """The entry points of all installed distributions, which take milliseconds to be looked up."""
    return entry_points()


ModelT = TypeVar("ModelT", bound=BaseModel)


def build(model: type[ModelT], written: Any) -> ModelT:
    """An instance of a model from what stands in a scene.

    Raises:
        InputErrors: everything that is wrong with it, each with its place.
    """
    built, input_errors = build_what_can_be(model, written)
    if input_errors or built is None:
        raise InputErrors(input_errors)
    return built


def build_what_can_be(model: type[ModelT], written: Any) -> tuple[ModelT | None, list[InputError]]:
    """An instance of a model, without the keys that are wrong, and everything that is wrong.

    Where there are mistakes the instance is good for one thing only: to look for further ones, so that a file that is
    missing is reported together with a key that is misspelt beside it.

    Returns:
        The instance, None if too little is left for one; and the mistakes, each with its place.
    """
    if not isinstance(written, dict):
        return None, [_no_mapping(model, ())]
    try:
        return model.model_validate(written), []
    except ValidationError as error:
        input_errors = _input_errors(model, error)
    wrong = {input_error.at[0] for input_error in input_errors if input_error.at}
    try:
        return model.model_validate({key: value for key, value in written.items() if key not in wrong}), input_errors
    except ValidationError as error:
        # What is said now may only follow from what was left out, unless it is said of a key that is written and right.
        right = written.keys() - wrong
        further = [
            input_error for input_error in _input_errors(model, error) if input_error.at and input_error.at[0] in right
        ]
        return None, input_errors + further


def _input_errors(model: type[BaseModel], error: ValidationError) -> list[InputError]:
    """What pydantic found, in the words of a scene's reader."""
    found: list[InputError] = []
    entries = error.errors(include_url=False)
    misspelt = _misspelt(model, entries)
    for entry in entries:
        at: Location = entry["loc"]
        cause = entry.get("ctx", {}).get("error")
        inner = _model_at(model, at[:-1])
        name = str(at[-1]) if at else ""
        if isinstance(cause, InputErrors):
            found += [
                InputError(input_error.what, input_error.instead, (*at, *input_error.at))
                for input_error in cause.errors
            ]
        elif isinstance(cause, InputError):
            found.append(InputError(cause.what, cause.instead, (*at, *cause.at)))
        elif entry["type"] == "extra_forbidden":
            found.append(unknown_key(at, inner.model_fields))
        elif entry["type"] == "invalid_key":
            found.append(InputError(f"the key {name} is not text", suggest(name, inner.model_fields, "key"), at))
        elif entry["type"] == "missing":
            if at in misspelt:
                continue
            found.append(InputError(f"the key {name!r} is missing", f"write {name}: {_right(inner, name)}", at))
        elif entry["type"] in ("model_type", "dict_type"):
            found.append(_no_mapping(_model_at(model, at), at))
        elif entry["type"] == "literal_error":
            choices = _literals(inner.model_fields[name].annotation)
            what = f"no such {name} {show(entry['input'])}"
            found.append(InputError(what, suggest(str(entry["input"]), choices, name), at))
        else:  # a plug-in's field whose type is one of Python's own, or a validator that raises a plain ValueError
            what = str(cause) if cause else f"{show(entry['input'])} is not right here"
            found.append(InputError(what, f"write {_right(inner, name)}", at))
    return found


def _misspelt(model: type[BaseModel], entries: Iterable[Mapping[str, Any]]) -> set[Location]:
    """Places of the keys that are meant by unknown ones: they are not missing."""
    meant = set()
    for entry in entries:
        if entry["type"] == "extra_forbidden":
            *outer, name = entry["loc"]
            meant.add((*outer, nearest(str(name), _model_at(model, tuple(outer)).model_fields) or ""))
    return meant


def unknown_key(at: Location, known: Iterable[str]) -> InputError:
    """The mistake that the last step of a place is not a key there."""
    name = str(at[-1])
    return InputError(f"unknown key {name!r}", suggest(name, known, "key"), at)


def _no_mapping(model: type[BaseModel], at: Location) -> InputError:
    keys = ", ".join(model.model_fields)
    return InputError("expected a mapping", f"write keys and values below it; the keys are {keys}", at)


def _literals(annotation: Any) -> list[str]:
    """The choices that an annotation with a Literal in it leaves."""
    parts = get_args(annotation)
    if get_origin(annotation) is Literal:
        return [str(part) for part in parts]
    return [choice for part in parts for choice in _literals(part)]


def _right(model: type[BaseModel], name: str) -> str:
    """What would be right for a field, in words."""
    field = model.model_fields.get(name)
    for mark in field.metadata if field else ():
        right = getattr(mark, "right", None) or getattr(getattr(mark, "value", None), "right", None)
        if isinstance(right, str):
            return right
    inner = _model_in(field.annotation) if field else None
    if inner:
        return f"keys and values below it; the keys are {', '.join(inner.model_fields)}"
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
