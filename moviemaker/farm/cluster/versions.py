"""Versions of what draws the frames. Machines that differ in them would draw different pictures."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Iterable, Mapping
from functools import cache
from importlib.metadata import PackageNotFoundError, version

from moviemaker.core.fingerprint import distribution_name, program_fingerprint

PACKAGES = ("numpy", "numba", "vtk", "pyvista")

MISSING = "not installed"


def versions(plugins: Iterable[str]) -> dict[str, str]:
    """Versions of Python, of this program with its sources, of the libraries that draw, and of plug-ins, by name.

    Args:
        plugins: packages, by their names in an import statement.
    """
    found = {"python": f"{sys.version_info.major}.{sys.version_info.minor}", "moviemaker": _program("moviemaker")}
    found |= {package: _version(package) for package in PACKAGES}
    return found | {f"plug-in {distribution_name(package)}": _program(package) for package in plugins}


def differences(mine: Mapping[str, str], theirs: Mapping[str, str]) -> list[str]:
    """What another machine has in other versions, in words.

    >>> differences({"numpy": "2.4.6", "vtk": "9.7.2"}, {"numpy": "2.1.0", "vtk": "9.7.2"})
    ['numpy 2.1.0 instead of 2.4.6']
    """
    found = []
    for name, own in mine.items():
        other = theirs.get(name, MISSING)
        if other == own:
            continue
        first, last = _short(other), _short(own)
        found.append(f"{name} {first} instead of {last}" if first != last else f"{name} {first} with other sources")
    return found


def _short(text: str) -> str:
    """A version without the hash of the sources."""
    return text if text == MISSING else text.partition(" ")[0]


@cache
def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return MISSING


def _program(package: str) -> str:
    try:
        importlib.import_module(package)
    except Exception:  # of another's package, anything
        return MISSING
    return program_fingerprint(package)
