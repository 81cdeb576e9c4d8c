"""Turns a scene file, and three-dimensional data that moves, into a movie.

```python
import moviemaker as mm
scene = mm.load("scenes/stream.yaml")
picture = scene.still(3.5)
scene.render(out="outputs")
```
"""

TYPE_CHECKING = False  # as in `typing`, whose import would delay the start
if TYPE_CHECKING:
    from moviemaker.api import Scene, load, quick
    from moviemaker.core.errors import MoviemakerError, SceneError, UserError
    from moviemaker.density_api import density_of as density
    from moviemaker.rendering.reports.asking import status

__all__ = ["MoviemakerError", "Scene", "SceneError", "UserError", "__version__", "density", "load", "quick", "status"]
__version__ = "0.2.0"


def __getattr__(name: str) -> object:
    """The public names when they are first asked for: some bring NumPy and all the rest with them."""
    if name in ("MoviemakerError", "SceneError", "UserError"):
        from moviemaker.core import errors

        return getattr(errors, name)
    if name in ("Scene", "load", "quick"):
        from moviemaker import api

        return getattr(api, name)
    if name == "density":
        from moviemaker.density_api import density_of

        return density_of
    if name == "status":
        from moviemaker.rendering.reports import asking

        return asking.status
    raise AttributeError(f"module 'moviemaker' has no attribute {name!r}")
