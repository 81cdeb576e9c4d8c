"""The description of a mesh, with a first scene in which the field that says most gives the colours."""

from __future__ import annotations

import re
from collections.abc import Mapping

import numpy as np

from moviemaker.data.describing.asked import Named
from moviemaker.data.describing.framing import FACING, Seen, frame, seen_in_ball, times_looked_at
from moviemaker.data.describing.report import (
    Description,
    Field,
    field_of,
    quoted,
    scene_text,
    sphere_inside,
    stem,
    times_of,
    title_of,
)
from moviemaker.data.formats.grid_contents import GridContents
from moviemaker.data.globe.settings import GlobeOfMaps
from moviemaker.data.meshes.source import MeshSource

_TIMES = 7
"""Most snapshots that are looked at for what the camera has to see."""
_PLAIN = "'#c9ced6'"
"""Colour of a mesh without a field that says something."""

_COLORS = ("rgb", "rgba", "color", "colors", "colour", "colours", "colorrgba", "vertexcolors")
_GEOMETRY = (
    *("normal", "normals", "pointnormals", "cellnormals", "vertexnormals", "facenormals", "nx", "ny", "nz"),
    *("normalsx", "normalsy", "normalsz", "normalsmagnitude", "tangents", "binormals"),
    *("tcoords", "tcoord", "texcoords", "texturecoordinates", "texturecoords", "texcoord0", "uv", "uvs", "uvmap"),
)
_NUMBERS = re.compile(r"(global|original|orig|pedigree|point|cell|node|element|elem|vertex|object|process)*(id|ids)")


def describe_mesh(
    source: MeshSource,
    name: Named,
    contents: GridContents | None = None,
    globe: GlobeOfMaps | None = None,
    field: str | None = None,
    more: str = "",
) -> Description:
    """Describes a mesh.

    Args:
        source: the open mesh.
        name: of its file, as a scene names it.
        contents: of the file, if it is a map.
        globe: that the map lies on.
        field: that the scene has to name, because the first one has no values.
        more: text of further keys of the data.
    """
    warnings = source.examine()
    times = times_of(source)
    stored = source.stored or ("distance",)
    sample = source.at(times[0] if times else 0.0, stored)
    units = contents.units if contents is not None else {}
    fields = tuple(field_of(n, array, source.survey(n), units.get(n, "")) for n, array in sample.fields.items())
    points = sample.points[np.isfinite(sample.points).all(axis=1)].astype(np.float64)
    bounds = _bounds(points)
    seen = seen_in_ball(globe.radius) if globe is not None else Seen(points, whole=True)
    if times and globe is None:  # what moves is in the picture at its end too
        parts = [source.at(time, ()).points for time in times_looked_at(times, _TIMES)]
        seen = Seen(np.concatenate([part[np.isfinite(part).all(axis=1)] for part in parts], dtype=float), whole=True)
        bounds = _bounds(seen.points)
    width = float(np.linalg.norm(np.ptp(points, axis=0))) / 300
    layer = (
        f"""  - kind: {"surface" if len(sample.polys) else "lines"}
    data: {stem(name)}
    color: {_color(fields if source.stored else (), sample.fields, "turbo" if globe else "viridis")}
"""
        + ("" if len(sample.polys) else f"    width: {width:.3g}\n")
        + ("    shade: false\n" if globe else "")
    )
    beside = ""
    if globe is not None and not np.isfinite(sample.fields[stored[0]]).all():
        beside, inside = sphere_inside(0.99 * globe.radius, "values")
        layer = inside + layer
    lines = [f"{len(points)} points, {len(sample.polys)} polygons, {len(sample.lines)} lines"]
    lines += [f"note: {note}" for note in contents.notes] if contents is not None else []
    lines += [f"dimension: {each}" for each in contents.dimensions] if contents is not None else []
    facing = FACING if globe is None else (20.0, 0.0, 360.0)  # the prime meridian is in front
    more += f", field: {quoted(field)}" if field else ""
    more += f", globe: {{radius: {globe.radius:g}}}" if globe else ""
    scene = scene_text("mesh", name, bounds, times, layer, more, beside, frame(seen, facing))
    clock = contents.clock if contents is not None else ""
    return Description(title_of(name), "mesh", fields, times, bounds, tuple(warnings), scene, tuple(lines), clock)


def _bounds(points: np.ndarray) -> tuple[tuple[float, float], ...]:
    lows, highs = points.min(axis=0), points.max(axis=0)
    return tuple((float(low), float(high)) for low, high in zip(lows, highs, strict=True))


def _color(fields: tuple[Field, ...], values: Mapping[str, np.ndarray], colormap: str) -> str:
    """The colour of a layer: by the first number that says something, real colours, by a vector's length, or plain.

    Args:
        fields: with their ranges over all times.
        values: of the fields at the first time.
        colormap: for numbers.
    """
    telling = [(field, values[field.name]) for field in fields if not is_only_for_programs(field.name)]
    for field, of_points in telling:
        if of_points.ndim == 1 and field.low < field.high:
            return f'{{by: {quoted(field.name)}, colormap: {colormap}, range: ["1%", "99%"]}}'
    for field, of_points in telling:
        if are_colors(field.name, of_points):
            return f"{{by: {quoted(field.name)}}}"
    for field, of_points in telling:
        if of_points.shape[1:] == (3,) and (field.low < 0 or field.high > 0):
            return f'{{by: {quoted(f"{field.name}_magnitude")}, colormap: {colormap}, range: ["1%", "99%"]}}'
    return _PLAIN


def is_only_for_programs(name: str) -> bool:
    """Whether a field says how a mesh is made or drawn (normals, numbers of points) and nothing about its subject."""
    plain = re.sub(r"[^a-z0-9]", "", name.lower())
    return plain.startswith("vtk") or plain in _GEOMETRY or _NUMBERS.fullmatch(plain) is not None


def are_colors(name: str, values: np.ndarray) -> bool:
    """Whether a field (n, 3) or (n, 4) holds colours: bytes, or numbers from 0 to 1, 255 or 65535 in one named so."""
    if values.ndim != 2 or values.shape[1] not in (3, 4):
        return False
    if values.dtype == np.uint8:
        return True
    named = re.sub(r"[^a-z]", "", name.lower()) in _COLORS
    known = values[np.isfinite(values)]
    return named and len(known) > 0 and float(known.min()) >= 0 and float(known.max()) <= 65535
