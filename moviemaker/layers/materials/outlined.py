"""Layers whose bodies may have a line around them."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Annotated, Self

from pydantic import model_validator

from moviemaker.core.errors import InputError
from moviemaker.core.props import Drawable, Outline, Prop
from moviemaker.core.values import number_between
from moviemaker.layers import Layer
from moviemaker.timeline.tracks import Color, Moving, Track

OUTLINE = number_between(0, 5, "degrees from 0 to 5, such as 0.1deg")


class OutlinedLayer(Layer):
    """A layer that may have outlines."""

    outline: Annotated[float | None, Moving(OUTLINE, optional=True)] = None
    """Width of a line around what is drawn, where it hides something that is clearly farther away: degrees as seen from
    the camera, at every distance and in every lens, such as `0.1deg`. While the layer fades it has none. Default:
    none."""

    outline_color: Color = (0.0, 0.0, 0.0)
    """Colour of that line. Default: black."""

    @model_validator(mode="after")
    def _check_outline(self) -> Self:
        if self.outline is None:
            if "outline_color" in self.model_fields_set:
                what = "a colour of the outline is given, and no outline"
                raise InputError(what, "write outline: 0.1deg, or leave outline_color out", ("outline_color",))
        elif self.always_translucent:
            what = "an outline of what is translucent would be seen through it"
            raise InputError(what, "write opacity: 1, or leave outline out", ("outline",))
        return self

    @property
    def always_translucent(self) -> bool:
        """Whether the layer never hides all that is behind it."""
        if isinstance(self.opacity, Track):
            return bool(max(self.opacity.values) < 1)
        return not isinstance(self.opacity, float) or self.opacity < 1  # or by a field

    def finished(self, props: tuple[Drawable, ...]) -> tuple[Drawable, ...]:
        """What the layer draws, with its outline."""
        props = super().finished(props)
        if not self.outline:
            return props
        outline = Outline(math.radians(self.outline), self.outline_color)
        return tuple(replace(one, outline=outline) if isinstance(one, Prop) else one for one in props)
