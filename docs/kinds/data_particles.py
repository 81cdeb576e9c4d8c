"""Four snapshots of a disk of stars that turns, the inner ones faster; two arms wind up."""

import numpy as np

random = np.random.default_rng(1)
count = 6000
radius = np.sqrt(random.uniform(0.02, 1, count)) * 3
angle = np.pi * random.integers(0, 2, count) + random.normal(0, 0.35, count) - 1.2 * radius
height = random.normal(0, 0.06, count)
speed = 1.1 * np.sqrt(radius / (radius + 0.5))
for index in range(4):
    turned = angle + index * speed / radius
    position = np.stack([radius * np.cos(turned), radius * np.sin(turned), height], axis=1)
    velocity = np.stack([-speed * np.sin(turned), speed * np.cos(turned), np.zeros(count)], axis=1)
    np.savez(
        f"disk_{index}.npz",
        position=position,
        velocity=velocity,
        id=np.arange(count),
        time=float(index),
        start_radius=radius,
    )
