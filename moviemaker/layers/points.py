"""One glyph per particle. `size` is its full width in scene units: a sphere's diameter, a cube's edge. A `dot` is a
square of `size` pixels in flat pictures; in pictures all around it is a disk of the same angle in every direction.

```yaml
kind: points
data: stream
shape: sphere
size: 0.2
color: {by: speed, colormap: viridis}
opacity: {0: 0, 2: 1, ease: smooth}
```

`size`, `color` and `opacity` may be taken from a field of the data: `size: {by: mass, size: [0.1, 1], scale: log}`,
`opacity: {by: density, range: ["5%", "95%"], opacity: [0, 1]}`.

`roughness` and `metal` say how spheres and cubes reflect lamps and the `sky`, and `emission` lets them shine: plastic
is `roughness: 0.3`, copper `{color: "#f4a582", metal: 1, roughness: 0.3}`.

A `glow` is light: it adds up, in any order, and opaque things in front hide it.

```yaml
kind: points
data: stream
shape: glow
color: {by: speed, colormap: plasma}
```

Its brightness in the middle is its colour times its opacity times `exposure`, at every distance: near or far it is the
same luminous ball. Where light adds up to 1, two thirds of white are shown; more light comes nearer to white without a
change of hue. Without `exposure` it is found once for a film, from its first, middle and last picture: a few of the
pixels that have light are white, and half of them neither dark nor bright. Where all light is alike, or spans more than
a screen shows, `contrast` is found with it.

`size` is the full width at half maximum of a Gaussian; with `profile: sph` it is the smoothing length h of the cubic
spline kernel, which ends at 2 h. `light` names a field with the total light of each particle, such as `mass`: a
particle twice as wide is then a quarter as bright, and the picture shows the column density times `exposure`.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal, Self

import numpy as np
from pydantic import model_validator

from moviemaker.core.errors import InputError, Location
from moviemaker.core.fields import Particles
from moviemaker.core.props import Drawable, Glow, Glyphs
from moviemaker.core.sources import Source
from moviemaker.core.values import POSITIVE, TEXT, choice, optional
from moviemaker.layers._color_by import ColorBy
from moviemaker.layers._glyphs import GlyphLayer, spacing, widths_halfway
from moviemaker.layers._near_camera import surfaces, within
from moviemaker.layers._size_by import OpacityBy, SizeBy, Sizing
from moviemaker.layers.materials.outlined import OutlinedLayer
from moviemaker.timeline.tracks import Moving

SHAPES = ("sphere", "cube", "diamond", "dot", "glow")
DOT_PIXELS = 2.0
"""Width of a dot if the scene gives none."""
OF_GLOW = ("exposure", "contrast", "profile", "light")
OF_SURFACES = ("roughness", "metal", "emission")
OVERLAP = 1.5
"""Width of a glow, as a multiple of the mean distance of particles that are spread over a square."""

NARROWEST, WIDEST = 1 / 500, 1 / 120
"""Bounds of that width, as parts of the width of the data."""


class Points(GlyphLayer, OutlinedLayer):
    """One glyph per particle."""

    kind: Literal["points"] = "points"

    shape: Annotated[str, choice(*SHAPES, noun="shape")] = "sphere"
    """Shape of each glyph: `sphere` (default), `cube`, `diamond`, `dot` (a fixed number of pixels wide) or `glow`
    (light that adds up)."""

    size: Sizing = None
    """Full width in scene units, of a `dot` in pixels; or `{by: FIELD, size: [s0, s1]}`. Default: half the mean
    distance of neighbours; of a `dot` 2 pixels; of a `glow` from 1/80 of the width of the data, for few particles, to
    1/500, for many."""

    exposure: Annotated[float | None, Moving(POSITIVE, optional=True)] = None
    """Factor on the brightness of a `glow`. Default: found once for the film."""

    contrast: Annotated[float | None, Moving(POSITIVE, optional=True)] = None
    """Power of the light of a `glow` after `exposure`: above 1, faint light gets fainter and bright light brighter;
    light of 1 stays. Default: found with the exposure, and 1 if that is given."""

    profile: Annotated[str, choice("gaussian", "sph", noun="profile")] = "gaussian"
    """Profile of a `glow`: `gaussian` (default), or `sph`, the cubic spline kernel with `size` as its smoothing
    length."""

    light: Annotated[str | None, optional(TEXT)] = None
    """Name of the field with the total light of each particle of a `glow`, such as `mass`. Default: all particles are
    equally bright in the middle."""

    @model_validator(mode="after")
    def _check_shape(self) -> Self:
        for key in OF_GLOW:
            if self.shape != "glow" and key in self.model_fields_set:
                raise InputError(
                    f"{key} says nothing about a {self.shape}", "leave it out, or write shape: glow", (key,)
                )
        for key in OF_SURFACES if self.shape in ("dot", "glow") else ():
            if getattr(self, key):
                right = "leave it out, or write another shape such as sphere"
                raise InputError(f"{key} says nothing about a {self.shape}", right, (key,))
        if self.shape != "sphere" and self.outline is not None:
            what = f"outline says nothing about a {self.shape}"
            raise InputError(what, "leave it out, or write shape: sphere", ("outline",))
        if self.shape == "dot" and isinstance(self.size, SizeBy):
            raise InputError("dots are all of one size", "write a number of pixels, or take another shape", ("size",))
        return self

    def named_fields(self) -> tuple[tuple[Location, str], ...]:
        """The fields that give colours, sizes, opacities and light."""
        found = super().named_fields()
        return found if self.light is None else (*found, (("light",), self.light))

    def resolve(self, source: Source[Any]) -> Self:
        """The ranges; and if the scene gives no size, half the mean distance of neighbours."""
        resolved = super().resolve(source)
        if resolved.size is not None:
            return resolved
        if self.shape == "glow":
            size = _glow_size(source)
        else:
            size = DOT_PIXELS if self.shape == "dot" else 0.5 * spacing(source)
        return resolved.model_copy(update={"size": size})

    @property
    def lacks_exposure(self) -> bool:
        """Whether it glows and its exposure has to be found."""
        return self.shape == "glow" and self.exposure is None

    def unfaded(self) -> Self:
        """The same layer without the opacity of the whole, which does not count for its exposure."""
        return self if isinstance(self.opacity, OpacityBy) else self.model_copy(update={"opacity": 1.0})

    def exposed(self, exposure: float, contrast: float) -> Self:
        """The same layer with an exposure and a contrast."""
        return self.model_copy(update={"exposure": exposure, "contrast": contrast})

    def props(self, sample: Particles) -> tuple[Drawable, ...]:
        """All glyphs together."""
        if self.shape == "glow":
            return (self._glow(sample),)
        sizes = np.broadcast_to(self._sizes(sample), len(sample.position)).astype(np.float32)
        return (Glyphs(self.shape, sample.position, sizes, self.rgba(sample), self.shade),)

    def _glow(self, sample: Particles) -> Glow:
        colors = self.colors(sample)
        bright = self.opacities(sample).astype(np.float64)  # per area it may be beyond single precision
        if self.exposure is not None:
            bright *= self.exposure
        if (colors[:, 3] < 255).any():
            bright = bright * colors[:, 3] / np.float32(255)
        if self.light is not None:
            given = sample.fields[self.light]
            bright = bright * np.where(np.isfinite(given), given, 0)
        return Glow(
            sample.position,
            self._sizes(sample),
            np.ascontiguousarray(colors[:, :3]),
            np.ascontiguousarray(bright),
            self.profile,
            self.light is not None,
            1.0 if self.contrast is None else self.contrast,
        )

    def _sizes(self, sample: Particles) -> np.ndarray:
        """Sizes (n,) float32, or (1,) if all have the same."""
        if isinstance(self.size, SizeBy):
            return self.size.sizes(sample.fields[self.size.by], sample.frame)
        assert self.size is not None
        return np.full(1, self.size, dtype=np.float32)

    def near(self, sample: Particles, place: np.ndarray, reach: float) -> np.ndarray:
        """The surfaces of opaque glyphs, taken as spheres; of dots and of light their middles, which eyes turn to."""
        count = len(sample.position)
        radii = np.broadcast_to(0.0 if self.shape in ("dot", "glow") else self._sizes(sample) / 2, count)
        near = within(sample.position, place, reach + float(radii.max(initial=0.0)))
        if isinstance(self.color, ColorBy):
            near = near[self.color.colors(sample.fields[self.color.by][near])[:, 3] > 0]
        near = near[np.broadcast_to(self.opacities(sample), count)[near] > 0]
        return surfaces(sample.position[near], radii[near, None], place)


def _glow_size(source: Source[Any]) -> float:
    """The width of a glow in scene units: the more particles, the narrower, within bounds."""
    count, widths = widths_halfway(source)
    return float(widths[-1] * np.clip(OVERLAP / np.sqrt(max(count, 1)), NARROWEST, WIDEST)) or 1.0
