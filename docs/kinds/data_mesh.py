"""An island as a surface of triangles, in a PLY file."""

import numpy as np
import pyvista
from scipy.ndimage import gaussian_filter

random = np.random.default_rng(3)
x, y = np.meshgrid(np.linspace(-2.2, 2.2, 240), np.linspace(-2.2, 2.2, 240), indexing="ij")
rough = sum(
    weight * (noise := gaussian_filter(random.normal(size=x.shape), width)) / noise.std()
    for weight, width in ((0.26, 24), (0.1, 8), (0.03, 3))
)
height = np.maximum(1.0 * np.exp(-(x**2 + y**2) / 1.6) + rough - 0.15, -0.02)
pyvista.StructuredGrid(x, y, height).extract_surface(algorithm="dataset_surface").triangulate().save("island.ply")
