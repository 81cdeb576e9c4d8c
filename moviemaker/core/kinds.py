"""A folder of the package is a list of choices, and a file in it is one choice.

`kind: volume` in a layer names the module `moviemaker.layers.volume`; that module holds one `Kind`, whose fields are
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
from typing import Any

from pydantic import BaseModel, ConfigDict

from moviemaker.core.errors import Mistake, suggest


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
    (found,) = [
        value
        for value in vars(module).values()
        if inspect.isclass(value)
        and issubclass(value, Kind)
        and value.__module__ == module.__name__
        and not value.__name__.startswith("_")
        and _names_its_kind(value, name)
    ]
    return found


def _names_its_kind(model: type[Kind], name: str) -> bool:
    """Whether the model is the choice itself, and not a mapping inside it: it has a field fixed to the name."""
    return any(getattr(field.annotation, "__args__", ()) == (name,) for field in model.model_fields.values())


@cache
def _plugins(room: str) -> dict[str, EntryPoint]:
    return {point.name: point for point in entry_points(group=f"moviemaker.{room}")}
