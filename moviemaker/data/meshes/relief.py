"""Maps in relief: a field gives the height of their points."""

from __future__ import annotations

from typing import Annotated

from moviemaker.core.kinds import Kind, shorthand
from moviemaker.core.values import NUMBER, TEXT


class Relief(Kind):
    """Heights of the points of a map."""

    by: Annotated[str, TEXT]
    """Name of the field that gives the height."""
    scale: Annotated[float, NUMBER] = 1.0
    """Length in the scene of one unit of that field. Default: 1."""


RELIEF = shorthand(Relief, "by", "field", "the name of the field that is the height, or {by: FIELD, scale: NUMBER}")
