"""Where lines begin: at points of the scene, spread over a ball, a line or a box, over all data, or at particles.

Points are spread by a low-discrepancy sequence (M. Roberts, "The unreasonable effectiveness of quasirandom sequences",
2018): as evenly as by chance they would not be, and the same ones in every picture.
"""

from __future__ import annotations

from typing import Annotated, Self

import numpy as np
from pydantic import model_validator

from moviemaker.core.errors import InputError, show
from moviemaker.core.kinds import Kind, build
from moviemaker.core.values import BOX, COUNT, POSITIVE, VECTOR, JsonSchema, Parser, list_of
from moviemaker.timeline.tracks import Moving

ENDS = list_of(VECTOR, "two points: [[x, y, z], [x, y, z]]", (2,))
POINTS = list_of(VECTOR, "a list of points: [[x, y, z], ...]")

Point = tuple[float, float, float]


class Seeds(Kind):
    """Points in a region, which may move: in a ball, on a line or in a box. Without one, in all data."""

    count: Annotated[int, COUNT] = 200
    """Number of lines. Default: 200."""

    center: Annotated[Point | None, Moving(VECTOR, optional=True)] = None
    """Centre of the ball in which lines begin."""

    radius: Annotated[float | None, Moving(POSITIVE, optional=True)] = None
    """Radius of that ball, scene units."""

    line: Annotated[tuple[Point, Point] | None, Moving(ENDS, optional=True)] = None
    """Ends of the straight line on which lines begin, evenly spaced: `[[x, y, z], [x, y, z]]`."""

    bounds: Annotated[tuple[tuple[float, float], ...] | None, Moving(BOX, optional=True)] = None
    """Box in which lines begin: `[[x0, x1], [y0, y1], [z0, z1]]`. With z0 = z1 it is a rectangle."""

    @model_validator(mode="after")
    def _check_region(self) -> Self:
        given = [key for key in ("center", "line", "bounds") if getattr(self, key) is not None]
        if len(given) > 1:
            what = f"{given[0]} and {given[1]} are two regions"
            raise InputError(what, f"write one of them, or two layers: leave {given[1]} out", (given[1],))
        for key, other in (("center", "radius"), ("radius", "center")):
            if getattr(self, key) is not None and getattr(self, other) is None:
                raise InputError(f"{key} is given without {other}", "a ball has a center and a radius", (key,))
        return self

    @property
    def everywhere(self) -> bool:
        """Whether no region is given."""
        return self.center is None and self.line is None and self.bounds is None

    def points(self) -> np.ndarray:
        """Positions (count, 3) in the region of a frozen model."""
        if self.line is not None:
            start, end = (np.array(place, float) for place in self.line)
            parts = np.linspace(0, 1, self.count) if self.count > 1 else np.array([0.5])
            return np.asarray(start + parts[:, None] * (end - start))
        unit = spread(self.count)
        if self.bounds is not None:
            low, high = np.array(self.bounds, float).T
            return np.asarray(low + unit * (high - low))
        assert self.center is not None
        assert self.radius is not None
        away = self.radius * np.cbrt(unit[:, 0])
        height, angle = 2 * unit[:, 1] - 1, 2 * np.pi * unit[:, 2]
        around = np.sqrt(1 - height**2)
        ball = np.stack([around * np.cos(angle), around * np.sin(angle), height], axis=1)
        return np.asarray(np.array(self.center) + away[:, None] * ball)


def spread(count: int, start: int = 0) -> np.ndarray:
    """Evenly spread numbers (count, 3) from 0 to 1, from the one with the index `start` in an endless sequence."""
    root = 1.0
    for _ in range(60):
        root = (1 + root) ** 0.25  # of x^4 = x + 1
    steps = 1 / root ** np.arange(1, 4)
    return np.asarray((0.5 + (np.arange(start, start + count) + 1)[:, None] * steps) % 1)


class _Seeding(Parser):
    """Seeds as a scene gives them."""

    right = (
        "a number of lines, a list of points [[x, y, z], ...], the name of particles, or {center, radius, count}, "
        "{line, count} or {bounds, count}"
    )

    def parse(self, written: object) -> Seeds | tuple[Point, ...] | str:
        if isinstance(written, Seeds | str):
            return written
        if isinstance(written, dict):
            return build(Seeds, written)
        if isinstance(written, list | tuple):
            points: tuple[Point, ...] = POINTS.parse(written)
            return points
        try:
            return Seeds(count=COUNT.parse(written))
        except InputError:
            raise InputError(f"{show(written)} does not say where lines begin", f"write {self.right}") from None

    def json_schema(self) -> JsonSchema:
        return {"anyOf": [COUNT.schema, POINTS.schema, {"type": "string"}, Seeds.model_json_schema()]}


Seeding = Annotated[Seeds | tuple[Point, ...] | str, _Seeding()]
"""A field of a layer: after `resolve` and `freeze` a model of a region that is given, or points."""
