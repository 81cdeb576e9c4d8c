"""What a camera sees, for tests of data that are read as finely as they are seen."""

import numpy as np

from moviemaker.core.camera import ViewCone


def view_cone(position, forward=(0, 1, 0), angle=0.5, radius=0.0, pixel=0.002):
    forward = np.array(forward, float)
    return ViewCone(np.array(position, float), forward / np.linalg.norm(forward), angle, radius, pixel)
