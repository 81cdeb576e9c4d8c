"""Maps in relief: a field that is the height of their points."""

from __future__ import annotations

from typing import Annotated

from moviemaker.core.kinds import Kind, shorthand
from moviemaker.core.values import NUMBER, TEXT


class Relief(Kind):
    """How high a map is.

    Attributes:
        by: the field that says it.
        scale: length in space of one unit of it.
    """

    by: Annotated[str, TEXT]
    scale: Annotated[float, NUMBER] = 1.0


RELIEF = shorthand(Relief, "by", "field", "the name of the field that is the height, or {by: FIELD, scale: NUMBER}")
