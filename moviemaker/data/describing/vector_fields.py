"""The layer that a first scene has for a file of vectors."""

from __future__ import annotations

from moviemaker.data.describing.report import Field, quoted
from moviemaker.data.grids.source import GridSource
from moviemaker.data.pyramids.source import PyramidSource


def vector_first(source: GridSource | PyramidSource, fields: tuple[Field, ...]) -> str | None:
    """The vector that a file of vectors and little else holds; None: numbers come first, or it is 0 everywhere."""
    for name, parts in source.vectors.items():
        whole = source.fields[0] == name or set(source.fields) <= {*parts, name, "speed"}
        if whole and any(field.name in (name, *parts) and (field.low or field.high) for field in fields):
            return name
    return None


def streamlines(data: str, vector: str) -> str:
    """A layer of lines along a vector."""
    return f"""  - kind: streamlines   # or vectors, which are arrows: vector: {quoted(vector)}
    data: {data}
    field: {quoted(vector)}
    seeds: 300
    color: {{by: speed, colormap: viridis, range: ["1%", "99%"]}}
"""
