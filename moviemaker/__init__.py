"""moviemaker turns a scene file, and three-dimensional data that moves, into a movie.

```python
import moviemaker as mm
scene = mm.load("scenes/stream.yaml")
picture = scene.still(3.5)
scene.render(out="outputs")
```
"""

from moviemaker.api import Scene, load
from moviemaker.core.errors import MoviemakerError, SceneError, UserError

__all__ = ["MoviemakerError", "Scene", "SceneError", "UserError", "__version__", "load"]
__version__ = "0.1.0"
