"""Plug-ins: classes and modules of other packages, found by their entry points.

A plug-in that cannot be used never stops the program. It is left out of lists, with one warning, and a scene that asks
for it gets an error that names the package and the object.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable
from functools import cache
from importlib.metadata import Distribution, EntryPoint, entry_points
from typing import Any, cast

from moviemaker.core.errors import InputError

_warnings: list[str] = []
"""Warnings about plug-ins that have not been taken yet."""


@cache
def entry_points_of(group: str) -> dict[str, tuple[EntryPoint, ...]]:
    """The entry points of a group by name; more than one where packages chose the same name."""
    found: dict[str, tuple[EntryPoint, ...]] = {}
    for point in sorted(_installed().select(group=group), key=lambda point: (point.name, point.value)):
        found[point.name] = (*found.get(point.name, ()), point)
    return found


@cache
def _installed() -> Any:
    """The entry points of all installed packages. Finding them takes milliseconds."""
    return entry_points()


def distribution_of(package: str) -> Distribution | None:
    """The distribution that offers plug-ins from a package, given by its name in an import statement; None: unknown."""
    for group in sorted(_installed().groups):
        for point in _installed().select(group=group) if group.startswith("moviemaker.") else ():
            if point.module.partition(".")[0] == package:
                return cast(Distribution | None, point.dist)
    return None


def load_plugin(group: str, name: str, noun: str, fault: Callable[[Any], str | None] = lambda found: None) -> Any:
    """The object that the entry point of a group and a name stands for.

    Args:
        group: of the entry points, such as "moviemaker.layers".
        name: of the entry point, which must exist.
        noun: what such an object is called in messages, such as "layer kind".
        fault: says what is wrong with a loaded object, to end a sentence that begins with it; None: nothing.

    Raises:
        InputError: the object cannot be used.
    """
    points = entry_points_of(group)[name]
    packages = packages_of(group, name)
    if len(points) > 1:
        raise InputError(f"the {noun} {name!r} is offered by {packages}", "uninstall all but one of them")
    try:
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", "Field name .* shadows an attribute")  # `fault` says it better
            found = points[0].load()
        wrong = fault(found)
    except (Exception, SystemExit) as error:
        wrong = f"cannot be loaded ({type(error).__name__}: {' '.join(str(error).split())})"
    if wrong:
        what = f"the {noun} {name!r} of {packages} cannot be used: {points[0].value} {wrong}"
        raise InputError(what, "correct or uninstall that package")
    return found


def packages_of(group: str, name: str) -> str:
    """The packages that offer an entry point, in words."""
    names = [point.dist.name if point.dist else point.value for point in entry_points_of(group)[name]]
    return f"the package{'s' if len(names) > 1 else ''} {' and '.join(names)}"


@cache
def warn_once(sentence: str) -> None:
    """Keeps a warning about a plug-in for whoever calls `take_warnings`, the first time that it is given."""
    _warnings.append(sentence)


def take_warnings() -> list[str]:
    """The warnings about plug-ins that have not been taken yet."""
    taken = [*_warnings]
    _warnings.clear()
    return taken
