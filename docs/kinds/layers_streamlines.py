"""The Hopf fibration: every line of this field is a circle, and any two of them are linked."""

import numpy as np

x, y, z = np.meshgrid(*[np.linspace(-4, 4, 96)] * 3, indexing="ij")
square = x**2 + y**2 + z**2
velocity = np.stack([2 * (x * z - y), 2 * (y * z + x), 1 + 2 * z**2 - square], axis=-1) / (1 + square[..., None])
torus = 4 * (x**2 + y**2) / (1 + square) ** 2  # 1 on the innermost circle, 0 on the axis
np.savez("hopf.npz", velocity=velocity.astype(np.float32), torus=torus.astype(np.float32))
