"""A helix of particles along z, for trying things out.

```yaml
kind: sample
name: helix
turns: 3
```
"""

from __future__ import annotations

from typing import Annotated, Literal

import numpy as np

from moviemaker.plugin import POSITIVE, ParticlesInMemory, ParticleSource, Sample


class Helix(Sample):
    """Particles that rise along a helix."""

    name: Literal["helix"] = "helix"
    turns: Annotated[float, POSITIVE] = 2.0
    """Number of turns."""

    def open(self) -> ParticleSource:
        """Two snapshots, at data times 0 and 1."""
        return ParticleSource(ParticlesInMemory(self._arrays, np.array([0.0, 1.0]), has_velocity=False))

    def _arrays(self) -> dict[str, np.ndarray]:
        angle = np.linspace(0, 2 * np.pi * self.turns, 100)
        still = np.stack([np.cos(angle), np.sin(angle), angle / 10], axis=1)
        return {"position": np.stack([still, still + np.array([0, 0, 1])]), "id": np.arange(100)}
