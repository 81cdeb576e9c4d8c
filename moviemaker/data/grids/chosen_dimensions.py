"""The key `dimensions` of a scene: which entry is shown along dimensions that are not axes of space or time.

It stands beside the formats, because reading them in another process does without the values of scenes.
"""

from __future__ import annotations

from moviemaker.core.errors import InputError, show
from moviemaker.core.values import NUMBER, Value


def _parse(written: object) -> tuple[tuple[str, float | str], ...]:
    right = "write names of dimensions and entries, such as {member: 2}, or {layer: z} if it is an axis"
    if isinstance(written, tuple):
        return written
    if not isinstance(written, dict) or not written:
        raise InputError(f"{show(written)} is not a mapping of dimensions", right)
    found = []
    for name, entry in written.items():
        if isinstance(entry, bool) or not isinstance(entry, int | float | str):
            raise InputError(f"{show(entry)} is not an entry of a dimension", right, (str(name),))
        found.append((str(name), entry if isinstance(entry, str) else NUMBER.parse(entry)))
    return tuple(found)


DIMENSIONS = Value(
    "a mapping from dimensions to entries, such as {member: 2}",
    _parse,
    {"type": "object", "additionalProperties": {"type": ["number", "string"]}},
    mix=None,
)
"""The values of `dimensions` in a scene: pairs of a name and an entry."""
