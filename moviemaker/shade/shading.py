"""The light of a moment, kept while what casts and the lights are the same."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from moviemaker.core.fingerprint import add_to_hash
from moviemaker.core.props import Cells, Drawable, Light, Shade, Shadow, Sky
from moviemaker.core.sharing.disk_cache import kept
from moviemaker.shade.casters import CasterMaker, Casters, SameAgain, contents_of
from moviemaker.shade.levels import LevelPlace, plan_levels
from moviemaker.shade.shadows import shadow_of, with_steady_bounds
from moviemaker.shade.skies import VERSION, sky_levels

REACH = 0.15
"""How far the things that hide the sky are away at most, as a part of the scene's diagonal, if the lights do not say
it."""

WORTH_KEEPING = 1 << 19
"""Cells of a sky that takes longer to compute than to read from the disk."""


class Shading:
    """Computes the light of one moment after the other. What comes again, as the same object, is not computed again."""

    def __init__(self) -> None:
        self._casters = CasterMaker()
        self._skies: SameAgain[tuple[Cells, ...]] = SameAgain()
        self._shadows: SameAgain[Shadow | None] = SameAgain()
        self._last: Shade | None = None
        self._first = True

    def of(self, drawn: Sequence[Drawable], lights: Sequence[Light]) -> Shade | None:
        """The light of a moment; None: it gets everywhere. It is the same object while nothing has changed.

        Args:
            drawn: everything that is drawn, in scene units. Props that do not cast count for the bounds of the scene.
            lights: the lights, resolved by the look of the scene.
        """
        if not any(light.occlusion or light.shadow for light in lights):
            return None
        casters = self._casters.of(drawn)
        self._skies.begin()
        self._shadows.begin()
        sky = self._sky(casters, lights)
        shadows = tuple(self._shadow(casters, light) for light in lights if light.kind != "ambient")
        if sky is None and not any(shadows):
            return None
        last = self._last
        if last is None or last.sky is not sky or any(a is not b for a, b in zip(last.shadows, shadows, strict=False)):
            self._last = Shade(sky, shadows)
        return self._last

    def _sky(self, casters: Casters, lights: Sequence[Light]) -> Sky | None:
        """How open the sky is. Several ambient lights count by their intensity."""
        ambient = [light for light in lights if light.kind == "ambient" and light.intensity > 0]
        total = sum(light.intensity for light in ambient)
        occlusion = sum(light.intensity * (light.occlusion or 0.0) for light in ambient) / max(total, 1e-30)
        reaches = [light.reach for light in ambient if light.reach is not None and light.occlusion]
        reach = sum(reaches) / len(reaches) if reaches else REACH * casters.diagonal
        if occlusion == 0 or reach <= 0:
            return None
        # In steps of 2 %, so that what is drawn may grow a little without another sky.
        reach = 2 ** (round(32 * math.log2(reach)) / 32)
        places = plan_levels(casters, reach)
        levels = self._skies.get(casters.parts, (places, reach), lambda: self._levels(casters, places, reach))
        last = self._last.sky if self._last else None
        if last is not None and last.levels is levels and last.occlusion == occlusion:
            return last
        return Sky(levels, occlusion) if levels else None

    def _levels(self, casters: Casters, places: Sequence[LevelPlace], reach: float) -> tuple[Cells, ...]:
        """The levels of the sky: from the disk, or computed now.

        Of a process only its first sky is kept on disk: that of a still scene. Those of moving things would fill it.
        """
        first, self._first = self._first, False
        if not first or sum(math.prod(place.shape) for place in places) < WORTH_KEEPING:
            return sky_levels(casters, places, reach)

        def make() -> dict[str, np.ndarray]:
            return {str(number): level.values for number, level in enumerate(sky_levels(casters, places, reach))}

        digest = hashlib.sha256(f"{VERSION} {places} {reach!r}".encode())
        for part in casters.parts:
            for content in contents_of(part):
                add_to_hash(digest, content)
        found = kept(digest.hexdigest(), make, kind="light")
        return tuple(place.cells(found[str(number)]) for number, place in enumerate(places))

    def _shadow(self, casters: Casters, light: Light) -> Shadow | None:
        """What of a lamp gets where; how dark its shadows are does not matter to that."""
        if not light.shadow:
            return None
        casters = with_steady_bounds(casters)
        key = (light.kind, light.vector, light.angle, casters.bounds.tobytes())
        found = self._shadows.get(casters.parts, key, lambda: shadow_of(casters, light))
        if found is None or found.strength == light.shadow:
            return found
        return replace(found, strength=light.shadow)
