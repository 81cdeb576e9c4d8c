"""A made-up planet: bands round the equator and bright poles, as an equirectangular picture."""

import numpy as np
from PIL import Image
from scipy.ndimage import gaussian_filter1d, map_coordinates

height, width = 512, 1024
random = np.random.default_rng(4)
latitude, longitude = np.mgrid[0:height, 0:width].astype(float)
waves = sum(
    random.normal(0, 5) * np.sin(2 * np.pi * (n * longitude / width + random.random()) + latitude / height * 9 * n)
    for n in range(2, 9)
)
colors = gaussian_filter1d(random.uniform(0.25, 1.0, (height, 3)) * [1.0, 0.78, 0.55], 9, axis=0)
colors = (colors - colors.min()) / np.ptp(colors)
rows = np.clip(latitude + waves, 0, height - 1)
picture = np.stack([map_coordinates(colors[:, c], [rows.ravel()], order=1).reshape(height, width) for c in range(3)], 2)
Image.fromarray((255 * picture).astype(np.uint8)).save("planet.png")
