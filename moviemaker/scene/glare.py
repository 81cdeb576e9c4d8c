"""Glare: stars, glows and whatever is bright dazzle, as they do an eye or a telescope.

```yaml
glare: 0.1
```

A tenth of the light of each point is then spread around it, in three steps from `width` degrees to sixteen times that,
red a little wider than blue. It is spread by angle, over the sphere: the same in every lens and for both eyes, without
a seam behind the viewer, and round at the poles. In an orthographic picture its height stands for the `fov` of the
camera. No light gets lost. A white wall hardly changes, since it gets from its sides what it gives to them; a star that
is a thousand times as bright as white gets a halo.

```yaml
glare: {amount: {0: 0, 3: 0.3}, width: 0.5}
```
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated

from moviemaker.core.errors import InputError, show
from moviemaker.core.kinds import Kind, build
from moviemaker.core.values import FRACTION, Value, number_between
from moviemaker.timeline.tracks import Fraction, Moving, parse_track

_RIGHT = "a number from 0 to 1 that may move, or {amount: 0.1, width: 1}"


class GlareKeys(Kind):
    """What of the light of each point is spread around it."""

    amount: Fraction = 0.1
    """What of the light is spread: 0 is none, 1 is all. Default: 0.1."""

    width: Annotated[float, Moving(number_between(0.05, 20, "degrees from 0.05 to 20"))] = 1.0
    """Degrees of the innermost halo, at half of its brightness; the outermost one is sixteen times as wide. Default:
    1."""


def _parse(written: object) -> GlareKeys:
    if isinstance(written, GlareKeys):
        return written
    if isinstance(written, Mapping):
        if written and all(key == "ease" or _is_number(key) for key in written):
            return build(GlareKeys, {"amount": parse_track(written, FRACTION)})
        return build(GlareKeys, dict(written))
    if not _is_number(written):
        raise InputError(f"{show(written)} is not a glare", f"write {_RIGHT}")
    return GlareKeys(amount=FRACTION.parse(written))


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


GLARE = Value(_RIGHT, _parse, {"anyOf": [Moving(FRACTION).json_schema(), GlareKeys.model_json_schema()]}, mix=None)
