"""Field lines from a positive to a negative charge, one after the other; a row of NaN ends a line."""

import numpy as np

charges = [(np.array([-1.0, 0, 0]), 1.0), (np.array([1.0, 0, 0]), -1.0)]


def field(x):
    """The electric field at a point."""
    return sum(q * (x - place) / np.linalg.norm(x - place) ** 3 for place, q in charges)


points, strength = [], []
for polar in np.linspace(0.3, 2.5, 6):
    for around in np.linspace(0, 2 * np.pi, 14, endpoint=False):
        x = charges[0][0] + 0.12 * np.array(
            [np.cos(polar), np.sin(polar) * np.cos(around), np.sin(polar) * np.sin(around)]
        )
        for _ in range(400):
            e = field(x)
            points.append(x)
            strength.append(np.linalg.norm(e))
            x = x + 0.025 * e / np.linalg.norm(e)
            if np.linalg.norm(x - charges[1][0]) < 0.12 or np.linalg.norm(x) > 5:
                break
        points.append(np.full(3, np.nan))
        strength.append(np.nan)
np.savez("field_lines.npz", position=np.array(points, np.float32), strength=np.array(strength, np.float32))
