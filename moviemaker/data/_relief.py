"""Maps in relief: a field that is the height of their points."""

from __future__ import annotations

from typing import Annotated, Any

from moviemaker.core.errors import Mistake, show
from moviemaker.core.kinds import Kind, build
from moviemaker.core.values import NUMBER, TEXT, Value


class Relief(Kind):
    """How high a map is.

    Attributes:
        by: the field that says it.
        scale: length in space of one unit of it.
    """

    by: Annotated[str, TEXT]
    scale: Annotated[float, NUMBER] = 1.0


def _parse(written: Any) -> Relief:
    if isinstance(written, Relief):
        return written
    if isinstance(written, str):
        return Relief(by=written)
    if not isinstance(written, dict):
        raise Mistake(f"{show(written)} is no field", f"write {_RIGHT}")
    return build(Relief, written)


_RIGHT = "the name of the field that is the height, or {by: FIELD, scale: NUMBER}"
RELIEF = Value(_RIGHT, _parse, {"anyOf": [TEXT.schema, Relief.model_json_schema()]}, mix=None)
