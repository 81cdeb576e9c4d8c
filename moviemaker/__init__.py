"""moviemaker turns a scene file, and three-dimensional data that moves, into a movie.

```python
import moviemaker as mm
scene = mm.load("scenes/stream.yaml")
picture = scene.still(3.5)
scene.render(out="outputs")
```
"""

from typing import TYPE_CHECKING, Any

from moviemaker.core.errors import MoviemakerError, SceneError, UserError

if TYPE_CHECKING:
    from moviemaker.api import Scene, load

__all__ = ["MoviemakerError", "Scene", "SceneError", "UserError", "__version__", "load"]
__version__ = "0.1.0"


def __getattr__(name: str) -> Any:
    """`load` and `Scene`, which bring NumPy and all the rest with them, when they are first asked for."""
    if name in ("Scene", "load"):
        from moviemaker import api

        return getattr(api, name)
    raise AttributeError(f"module 'moviemaker' has no attribute {name!r}")
