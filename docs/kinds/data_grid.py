"""A gyroid in a ball: an array whose axes are x, y and z."""

import numpy as np

x, y, z = np.meshgrid(*[np.linspace(-3, 3, 80)] * 3, indexing="ij", sparse=True)
gyroid = np.sin(3 * x) * np.cos(3 * y) + np.sin(3 * y) * np.cos(3 * z) + np.sin(3 * z) * np.cos(3 * x)
fade = np.clip(3 - np.sqrt(x * x + y * y + z * z), 0, 1)
np.save("waves.npy", (gyroid * fade).astype(np.float32))
