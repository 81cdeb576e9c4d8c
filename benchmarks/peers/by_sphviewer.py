"""The picture of glowing particles by py-sphviewer: projection and image, of one channel.

Its kernel (1 - r^2 / h^2)^(3/2) has the standard deviation h / sqrt(7), and covers whole pixels.
"""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import sphviewer

from peers.work import AWAY, BEGIN, TURN, Settings, Work

PACKAGES = ("py-sphviewer", "numpy")


def work(picture: str, folder: Path, settings: Settings) -> Work:
    """The density along the line of sight."""
    points = np.load(folder / "glow.npy")
    count, (width, height) = len(points), settings.flat
    wide = np.full(count, math.sqrt(7) * settings.splat, np.float32)
    # It looks along z, with x to the right and y up, and goes around y the other way.
    turned = np.ascontiguousarray(points[:, [0, 2, 1]])
    particles = sphviewer.Particles(turned, mass=np.ones(count, np.float32), hsml=wide)
    zoom = 1 / (math.tan(math.radians(settings.angle / 2)) * width / height)

    def draw(frame: int) -> np.ndarray:
        camera = sphviewer.Camera(
            x=0,
            y=0,
            z=0,
            r=AWAY,
            t=0,
            p=-BEGIN - TURN * frame,
            roll=0,
            zoom=zoom,
            xsize=width,
            ysize=height,
        )
        return sphviewer.Render(sphviewer.Scene(particles, camera)).get_image()

    return Work(draw, lambda made: made[::-1])
