"""Settings of a globe in a scene."""

from __future__ import annotations

from typing import Annotated, TypeVar

from moviemaker.core.kinds import Kind, build
from moviemaker.core.values import NUMBER, POSITIVE, Value, optional


class GlobeOfLevels(Kind):
    """A globe around the origin with levels above it."""

    radius: Annotated[float, POSITIVE]
    """Radius of the level 0, in the scene's unit of length."""
    height: Annotated[float, NUMBER] = 1.0
    """Length in the scene of one unit of the levels. A negative one turns pressure or depth upwards. Default: 1."""


class GlobeOfMaps(Kind):
    """A globe around the origin with a map on it."""

    radius: Annotated[float, POSITIVE]
    """Radius of the map, in the scene's unit of length."""
    level: Annotated[float | None, optional(NUMBER)] = None
    """Value of the level to be drawn; the nearest one in the file is taken. Default: the first one."""


KindT = TypeVar("KindT", bound=Kind)


def globe_value(model: type[KindT], others: str) -> Value:
    """A globe in a scene: its radius, or a mapping."""

    def parse(written: object) -> KindT:
        if isinstance(written, model):
            return written
        return build(model, written if isinstance(written, dict) else {"radius": POSITIVE.parse(written)})

    schema = {"anyOf": [POSITIVE.schema, model.model_json_schema()]}
    return Value(f"the radius of the globe, or {{radius: NUMBER, {others}}}", parse, schema, mix=None)


LEVELS = globe_value(GlobeOfLevels, "height: NUMBER")


MAPS = globe_value(GlobeOfMaps, "level: NUMBER")
