"""How open the sky is, everywhere in a scene."""

from __future__ import annotations

from moviemaker.core.props import Cells
from moviemaker.shade.casters import Casters


def sky_levels(casters: Casters, reach: float) -> tuple[Cells, ...]:
    """The levels of a `Sky`; none: nothing hides it.

    Args:
        casters: what hides it.
        reach: what is so far away hides 1/e of what it hides nearby, scene units.
    """
    return ()
