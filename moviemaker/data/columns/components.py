"""Components and lengths of vectors as fields: `force_x`, `force_y`, `force_z` and `force_magnitude`."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Protocol, runtime_checkable

import numpy as np

from moviemaker.core.geometry import norms

ENDINGS = ("x", "y", "z", "magnitude")


@runtime_checkable
class WithVectors(Protocol):
    """Particles that know which of their fields, beside the velocity, are vectors."""

    @property
    def vectors(self) -> tuple[str, ...]:
        """Names of these fields."""
        ...


@runtime_checkable
class WithColumns(Protocol):
    """Particles that know the number of columns of an array without reading it."""

    def columns(self, name: str) -> int:
        """Number of columns."""
        ...


def vectors_of(particles: object, has_velocity: bool) -> tuple[str, ...]:
    """The names of the fields of particles that are vectors."""
    others = particles.vectors if isinstance(particles, WithVectors) else ()
    return ("velocity", *others) if has_velocity else tuple(others)


def components_of(vectors: Iterable[str]) -> dict[str, str]:
    """Names of the components and lengths of vectors, with the vector of each."""
    return {f"{vector}_{ending}": vector for vector in vectors for ending in ENDINGS}


def component(name: str, vectors: np.ndarray) -> np.ndarray:
    """The component or length (n,) of vectors (n, 3) that a name from `components_of` stands for."""
    ending = name.rpartition("_")[2]
    found: np.ndarray = norms(vectors) if ending == "magnitude" else vectors[:, ENDINGS.index(ending)]
    return found


_VELOCITIES = (
    *(("u", "v", "w"), ("vx", "vy", "vz"), ("ua", "va", "wa"), ("uo", "vo", "wo"), ("u10", "v10", "w10")),
    *(("ugrd", "vgrd", "dzdt"), ("uwnd", "vwnd", "wwnd"), ("water_u", "water_v", "water_w")),
    *(("vozocrtx", "vomecrty", "vovecrtz"), ("eastward_wind", "northward_wind", "upward_air_velocity")),
    ("eastward_sea_water_velocity", "northward_sea_water_velocity", "upward_sea_water_velocity"),
    ("u_component_of_wind", "v_component_of_wind", "w_component_of_wind"),
    ("velx", "vely", "velz"),
)
"""Usual names of velocities along x, y, z or to the east, to the north and upwards; the third one may be missing."""

_ENDING = re.compile(r"(?P<base>.+?)(?P<apart>[_\-. ]?)(?P<axis>[xyz]|[XYZ])")
_BEGINNING = re.compile(r"(?P<axis>[xyz])(?P<apart>[_\-])(?P<base>.+)")
_NUMBERED = re.compile(r"(?P<base>.+)(?P<apart>_)(?P<axis>[0-9])")


def vectors_among(names: Sequence[str], units: Mapping[str, str] | None = None) -> dict[str, tuple[str, ...]]:
    """The fields that are components of vectors, by the name of the vector.

    They are recognized by their names: `force_x`, `force_y` and `force_z` are `force`; `Bx`, `By` and `Bz` are `B`;
    `u`, `v` and `w` are `velocity`.

    Args:
        names: of the fields.
        units: of the fields, by name. A third velocity in another unit, as that of a pressure, is left out.
    """
    found: dict[str, tuple[str, ...]] = {}
    for pattern, axes in ((_ENDING, "xyz"), (_BEGINNING, "xyz"), (_NUMBERED, "012")):
        groups: dict[tuple[str, str, bool], dict[str, str]] = {}
        for name in names:
            match = pattern.fullmatch(name)
            if match:
                key = match["base"], match["apart"], match["axis"].isupper()
                groups.setdefault(key, {})[match["axis"].lower()] = name
        for (base, _, _), parts in groups.items():
            flat = sorted(parts) == list(axes[:2]) and base in names  # with its length beside it
            if sorted(parts) == list(axes) or flat:
                found.setdefault(
                    "velocity" if base.lower() in ("v", "vel") else base, tuple(parts[a] for a in axes if a in parts)
                )
    lower = {name.lower(): name for name in reversed(names)}
    for usual in _VELOCITIES:
        parts_of = [lower[part] for part in usual if part in lower]
        if "velocity" not in found and usual[0] in lower and usual[1] in lower:
            known = {(units or {}).get(name, "") for name in parts_of}
            found["velocity"] = tuple(parts_of if len(known) == 1 else parts_of[:2])
    return found
