"""Benzene: a ring of six carbons at 1.39 angstrom, each with a hydrogen."""

import numpy as np

lines = ["12", "benzene"]
for k in range(6):
    c, s = np.cos(k * np.pi / 3), np.sin(k * np.pi / 3)
    lines += [f"C {1.39 * c:.4f} {1.39 * s:.4f} 0", f"H {2.48 * c:.4f} {2.48 * s:.4f} 0"]
with open("benzene.xyz", "w") as file:
    file.write("\n".join(lines) + "\n")
