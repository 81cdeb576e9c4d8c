"""A folder of the package is a list of choices, and a file in it is one choice.

`kind: volume` in a layer names the module `moviemaker.layers.volume`; its class `Volume` is a `Kind`, whose fields are
the keys that may be written in YAML. Adding a kind is adding a file, without a list to edit. Other packages add kinds
by entry points in the group `moviemaker.<room>` that name their classes. Modules whose names begin with an underscore
are shared by the kinds of a room, and are not choices.
"""

from __future__ import annotations

import ast
import importlib
import inspect
import pkgutil
import textwrap
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from itertools import pairwise
from typing import Any, Literal, TypeGuard, TypeVar, get_args, get_origin

from pydantic import BaseModel, ConfigDict, GetJsonSchemaHandler, ValidationError
from pydantic.fields import FieldInfo
from pydantic_core import CoreSchema

from moviemaker.core.errors import InputError, InputErrors, Location, nearest, show, suggest
from moviemaker.core.plugins import entry_points_of, load_plugin, packages_of, warn_once
from moviemaker.core.values import JsonSchema, Value


class Kind(BaseModel):
    """A frozen value whose fields are the keys of one mapping in a scene file. Unknown keys are errors."""

    model_config = ConfigDict(
        frozen=True,
        extra="forbid",
        arbitrary_types_allowed=True,
        validate_default=True,
    )

    @classmethod
    def __get_pydantic_json_schema__(cls, schema: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchema:
        """The schema that pydantic makes, with the docstrings under the fields as descriptions of the properties."""
        made = handler(schema)
        properties = handler.resolve_ref_schema(made).get("properties", {})
        for name, text in field_docstrings(cls).items():
            key = written_key(cls, name)
            if key in properties:
                properties[key].setdefault("description", text)
        return made


def written_key(model: type[BaseModel], name: str) -> str:
    """The key that stands in a scene for a field: its name, or an alias if that is a word of Python such as `from`."""
    field = model.model_fields.get(name)
    return name if field is None else field.alias or name


def written_keys(model: type[BaseModel]) -> dict[str, FieldInfo]:
    """The fields of a model by the keys that stand for them in a scene."""
    return {written_key(model, name): field for name, field in model.model_fields.items()}


@cache
def field_docstrings(model: type[BaseModel]) -> Mapping[str, str]:
    """The docstrings under the fields of a model and of its base classes, by the names of the fields.

    They are read from the source when they are asked for. Pydantic's `use_attribute_docstrings` reads them when a class
    is made, which took a tenth of the time of `moviemaker check`.
    """
    found: dict[str, str] = {}
    for parent in reversed(model.__mro__):
        if issubclass(parent, Kind) and parent is not Kind:
            try:
                (made,) = ast.parse(textwrap.dedent(inspect.getsource(parent))).body
            except (OSError, SyntaxError):  # a class without a file, as one made in a console
                continue
            for field, text in pairwise(made.body if isinstance(made, ast.ClassDef) else ()):
                if isinstance(field, ast.AnnAssign) and isinstance(field.target, ast.Name) and _is_text(text):
                    found[field.target.id] = inspect.cleandoc(ast.literal_eval(text.value))
    return found


def _is_text(node: ast.stmt) -> TypeGuard[ast.Expr]:
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str)


@dataclass(frozen=True)
class Room:
    """A folder of choices.

    Attributes:
        noun: what one of them is called in messages.
        package: whose public modules are the choices.
        group: of the entry points by which other packages add choices.
        key: the field in which a kind names itself (a Literal); empty: it has none.
        base: the class, exported by the package, from which every kind is derived; empty: `Kind`.
    """

    noun: str
    package: str
    group: str
    key: str
    base: str


ROOMS = {
    "data": Room("data kind", "moviemaker.data", "moviemaker.data", "kind", ""),
    "samples": Room("sample", "moviemaker.data.samples", "moviemaker.samples", "name", "Sample"),
    "layers": Room("layer kind", "moviemaker.layers", "moviemaker.layers", "kind", "Layer"),
    "lights": Room("light", "moviemaker.lights", "moviemaker.lights", "kind", "LightKind"),
    "lens": Room("lens", "moviemaker.lens", "moviemaker.lens", "lens", "Lens"),
    "rig": Room("rig", "moviemaker.rig", "moviemaker.rig", "packing", "Rig"),
    "farm": Room("farm", "moviemaker.farm", "moviemaker.farm", "", "Farm"),
}
"""All rooms whose modules are kinds, by the name that `kind_names` and `load_kind` take."""


@cache
def kind_names(room: str) -> tuple[str, ...]:
    """The choices that a room offers, sorted: its public modules, and the plug-ins that can be used.

    Plug-ins that cannot be used are left out, with a warning.
    """
    own = _own_names(room)
    plugins = []
    for name in entry_points_of(ROOMS[room].group):
        if name in own:
            warn_once(
                f"the {ROOMS[room].noun} {name!r} of {packages_of(ROOMS[room].group, name)} is left out: "
                "moviemaker has one of that name; it has to be renamed"
            )
            continue
        try:
            _plugin(room, name)
        except InputError as error:
            warn_once(str(error))
        else:
            plugins.append(name)
    return tuple(sorted({*own, *plugins}))


@cache
def load_kind(room: str, name: str) -> type[Any]:
    """The class behind a name, of the room's own module or of a plug-in.

    Raises:
        InputError: no kind of the room bears this name, or the plug-in that offers it cannot be used.
    """
    if name in _own_names(room):
        module = importlib.import_module(f"{ROOMS[room].package}.{name}")
        found: type[Any] = getattr(module, "".join(word.capitalize() for word in name.split("_")))
        return found
    if name in entry_points_of(ROOMS[room].group):
        return _plugin(room, name)
    raise InputError(f"no such {ROOMS[room].noun} {name!r}", suggest(name, kind_names(room), ROOMS[room].noun))


@cache
def _own_names(room: str) -> frozenset[str]:
    """The kinds of a room that are part of this package: the names of its public modules."""
    package = importlib.import_module(ROOMS[room].package)
    found = pkgutil.iter_modules(package.__path__)
    return frozenset(module.name for module in found if not module.ispkg and not module.name.startswith("_"))


@cache
def _plugin(room: str, name: str) -> type[Any]:
    """The class of a plug-in.

    Raises:
        InputError: it cannot be used.
    """
    plugin: type[Any] = load_plugin(ROOMS[room].group, name, ROOMS[room].noun, lambda found: _fault(room, name, found))
    return plugin


def _fault(room: str, name: str, found: Any) -> str | None:
    """What keeps an object from being a kind of a room, to end a sentence that begins with it; None: nothing does."""
    package = ROOMS[room].package
    base: type[Any] = getattr(importlib.import_module(package), ROOMS[room].base) if ROOMS[room].base else Kind
    if not inspect.isclass(found) or not issubclass(found, base):
        where = package if base is not Kind else Kind.__module__
        return f"is not a subclass of {where}.{base.__name__}"
    kind: type[Any] = found
    if inspect.isabstract(kind):
        missing = sorted(kind.__abstractmethods__)
        return f"lacks the method{'s' if len(missing) > 1 else ''} {', '.join(missing)}"
    for attribute in sorted(base.__class_vars__):
        if not hasattr(kind, attribute):
            return f"lacks the class attribute {attribute}"
    key = ROOMS[room].key
    if key:
        choices = literals(kind.model_fields[key].annotation) if key in kind.model_fields else []
        if not choices or (key != "packing" and name not in choices):
            value = "..." if key == "packing" else repr(name)
            return f"lacks the field {key}: Literal[{value}]"
    for field in kind.model_fields:
        if field not in base.model_fields and hasattr(base, field):
            return f"has a field {field!r} that hides the {field} of {base.__name__}"
    return None


ModelT = TypeVar("ModelT", bound=BaseModel)


def build(model: type[ModelT], written: object) -> ModelT:
    """Builds a model from a mapping of a scene.

    Raises:
        InputErrors: all mistakes in it, each with its place.
    """
    built, input_errors = build_what_can_be(model, written)
    if input_errors or built is None:
        raise InputErrors(input_errors)
    return built


def build_what_can_be(model: type[ModelT], written: object) -> tuple[ModelT | None, list[InputError]]:
    """Builds a model without the keys that are wrong, and lists all mistakes.

    If there are mistakes, the instance serves only to find further ones: a missing file is then reported together with
    a misspelt key beside it.

    Returns:
        The instance, or None if too little is left to build one; and the mistakes, each with its place.
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
        # A further mistake counts only at a key that is given and right; others may follow from the keys left out.
        right = written.keys() - wrong
        further = [
            input_error for input_error in _input_errors(model, error) if input_error.at and input_error.at[0] in right
        ]
        return None, input_errors + further


def _input_errors(model: type[BaseModel], error: ValidationError) -> list[InputError]:
    """The errors that pydantic found, in words for the author of a scene."""
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
            found.append(unknown_key(at, written_keys(inner)))
        elif entry["type"] == "invalid_key":
            found.append(InputError(f"the key {name} is not text", suggest(name, written_keys(inner), "key"), at))
        elif entry["type"] == "missing":
            if at in misspelt:
                continue
            found.append(InputError(f"the key {name!r} is missing", f"write {name}: {_right(inner, name)}", at))
        elif entry["type"] in ("model_type", "dict_type"):
            found.append(_no_mapping(_model_at(model, at), at))
        elif entry["type"] == "literal_error":
            choices = literals(written_keys(inner)[name].annotation)
            what = f"no such {name} {show(entry['input'])}"
            found.append(InputError(what, suggest(str(entry["input"]), choices, name), at))
        else:  # a plug-in's field whose type is one of Python's own, or a validator that raises a plain ValueError
            what = str(cause) if cause else f"{show(entry['input'])} is not right here"
            found.append(InputError(what, f"write {_right(inner, name)}", at))
    return found


def _misspelt(model: type[BaseModel], entries: Iterable[Mapping[str, Any]]) -> set[Location]:
    """Places of the known keys that unknown ones were meant to be: these are not reported as missing."""
    meant = set()
    for entry in entries:
        if entry["type"] == "extra_forbidden":
            *outer, name = entry["loc"]
            meant.add((*outer, nearest(str(name), written_keys(_model_at(model, tuple(outer)))) or ""))
    return meant


def unknown_key(at: Location, known: Iterable[str]) -> InputError:
    """The error for an unknown key, which is the last step of its place."""
    name = str(at[-1])
    known = tuple(known)
    if name == "array" and "file" in known:
        return InputError("array is for data that Python gives to a scene", "write file: and the name of a file", at)
    return InputError(f"unknown key {name!r}", suggest(name, known, "key"), at)


def _no_mapping(model: type[BaseModel], at: Location) -> InputError:
    keys = ", ".join(written_keys(model))
    return InputError("expected a mapping", f"write keys and values below it; the keys are {keys}", at)


def literals(annotation: Any) -> list[str]:
    """The choices of the Literals in an annotation, as text."""
    parts = get_args(annotation)
    if get_origin(annotation) is Literal:
        return [str(part) for part in parts]
    return [choice for part in parts for choice in literals(part)]


def _right(model: type[BaseModel], name: str) -> str:
    """A right value for a field, in words."""
    field = written_keys(model).get(name)
    for metadata in field.metadata if field else ():
        right = getattr(metadata, "right", None) or getattr(getattr(metadata, "value", None), "right", None)
        if isinstance(right, str):
            return right
    inner = _model_in(field.annotation) if field else None
    if inner:
        return f"keys and values below it; the keys are {', '.join(written_keys(inner))}"
    return "a value as the documentation describes it"


def _model_at(model: type[BaseModel], at: Location) -> type[BaseModel]:
    """The model that holds the fields at a place inside another."""
    for step in at:
        field = written_keys(model).get(str(step))
        inner = _model_in(field.annotation) if field else None
        model = inner or model
    return model


def _model_in(annotation: Any) -> type[BaseModel] | None:
    if inspect.isclass(annotation) and issubclass(annotation, BaseModel):
        return annotation
    return next((found for part in get_args(annotation) if (found := _model_in(part))), None)


def shorthand(kind: type[Kind], key: str, noun: str, right: str) -> Value:
    """A mapping that may be shortened to the value of one of its keys, as a sort of value.

    Args:
        kind: whose keys the mapping has.
        key: the key whose value, a text, may stand for the mapping.
        noun: what the mapping is called in messages.
        right: what is right instead, to end the sentence "; write ...".
    """

    def parse(written: object) -> Kind:
        if isinstance(written, kind):
            return written
        if isinstance(written, str):
            return kind(**{key: written})
        if not isinstance(written, dict):
            raise InputError(f"{show(written)} is not a {noun}", f"write {right}")
        return build(kind, written)

    schema = {"anyOf": [{"type": "string"}, kind.model_json_schema()]}
    return Value(right, parse, schema, mix=None)
