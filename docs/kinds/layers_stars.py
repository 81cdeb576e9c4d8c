"""The bright stars of Orion and its neighbours, among fainter ones that are made up."""

import numpy as np

random = np.random.default_rng(8)
bright = np.array(
    [  # right ascension and declination in degrees, apparent magnitude, colour index B-V
        [88.79, 7.41, 0.45, 1.50],  # Betelgeuse
        [78.63, -8.20, 0.18, -0.03],  # Rigel
        [81.28, 6.35, 1.64, -0.22],
        [86.94, -9.67, 2.07, -0.17],
        [85.19, -1.94, 1.74, -0.20],  # the belt
        [84.05, -1.20, 1.69, -0.18],
        [83.00, -0.30, 2.25, -0.18],
        [83.78, 9.93, 3.39, -0.16],
        [83.86, -5.91, 2.75, -0.21],
        [81.12, -2.40, 3.35, -0.24],
        [101.29, -16.72, -1.44, 0.01],  # Sirius
        [114.83, 5.23, 0.40, 0.43],  # Procyon
        [68.98, 16.51, 0.87, 1.54],  # Aldebaran
    ]
)
count = 30000
up = random.uniform(-1, 1, count)
faint = np.stack(
    [
        random.uniform(0, 360, count),
        np.degrees(np.arcsin(up)),
        np.maximum(8 + 2 * np.log10(random.uniform(size=count)), 3),  # three times as many for each magnitude
        random.normal(0.7, 0.5, count),
    ],
    axis=1,
)
stars = np.concatenate([bright, faint])

ra, dec = np.radians(stars[:, 0]), np.radians(stars[:, 1])
direction = np.stack([np.cos(ra) * np.cos(dec), np.sin(ra) * np.cos(dec), np.sin(dec)], axis=1)
np.savez("catalogue.npz", position=100 * direction, vmag=stars[:, 2], bv=stars[:, 3])
