"""A helix of a protein, whose atoms lie on helices of their own, in an XYZ file."""

import numpy as np

# Radius and height, angstrom, and angle, degrees, of the first residue's atoms; each next one turns by 100 degrees.
ATOMS = {"N": (1.55, 0.0, 0.0), "C": (2.29, 0.87, 28), "c": (1.68, 1.97, 55), "O": (2.0, 3.1, 70), "b": (3.3, 0.65, 47)}
lines = []
for k in range(14):
    for name, (radius, height, angle) in ATOMS.items():
        turn = np.radians(angle + 100 * k)
        x, y, z = radius * np.cos(turn), radius * np.sin(turn), height + 1.5 * k
        lines.append(f"{name.upper().replace('B', 'C')} {x:.3f} {y:.3f} {z:.3f}")
with open("helix.xyz", "w") as file:
    file.write("\n".join([str(len(lines)), "a helix", *lines]) + "\n")
