"""A globe as a scene writes it."""

from __future__ import annotations

from typing import Annotated, Any, TypeVar

import numpy as np

from moviemaker.core.kinds import Kind, build
from moviemaker.core.values import NUMBER, POSITIVE, Value, optional


class GlobeOfLevels(Kind):
    """A globe around the origin.

    Attributes:
        radius: of the level 0.
        height: length in space of one unit of the levels.
    """

    radius: Annotated[float, POSITIVE]
    height: Annotated[float, NUMBER] = 1.0


class GlobeOfMaps(Kind):
    """A globe around the origin.

    Attributes:
        radius: of the map.
        level: which of several is drawn: the nearest to this; None: the first in the file.
    """

    radius: Annotated[float, POSITIVE]
    level: Annotated[float | None, optional(NUMBER)] = None


KindT = TypeVar("KindT", bound=Kind)


def globe_value(model: type[KindT], others: str) -> Value:
    """A globe as a scene writes it: its radius, or a mapping."""

    def parse(written: Any) -> KindT:
        if isinstance(written, model):
            return written
        return build(model, written if isinstance(written, dict) else {"radius": POSITIVE.parse(written)})

    schema = {"anyOf": [POSITIVE.schema, model.model_json_schema()]}
    return Value(f"the radius of the globe, or {{radius: NUMBER, {others}}}", parse, schema, mix=None)


LEVELS = globe_value(GlobeOfLevels, "height: NUMBER")


MAPS = globe_value(GlobeOfMaps, "level: NUMBER")


def is_closed(longitudes: np.ndarray) -> bool:
    """Whether ascending longitudes go round the globe, so that the first follows the last."""
    step = float(np.median(np.diff(longitudes))) if len(longitudes) > 1 else 360.0
    return bool(0 < 360 - (longitudes[-1] - longitudes[0]) <= 1.5 * step)
