"""A small protein of ideal angles, in a PDB file: a helix, a loop, and a hairpin of two strands."""

import numpy as np

LOOP = [(-75, 130), (-65, -35), (-120, 20), (-110, 150)]
STRAND = [(-119, 131)] * 8
ANGLES = [(-57, -47)] * 16 + LOOP + STRAND + [(35, 54), (95, 1)] + STRAND


def place(a, b, c, length, angle, torsion):
    """The place of an atom bonded to c, by the angle at c and the torsion around the bond from b to c."""
    angle, torsion = np.radians([angle, torsion])
    along = (c - b) / np.linalg.norm(c - b)
    normal = np.cross(b - a, along)
    normal /= np.linalg.norm(normal)
    aside = np.sin(angle) * (np.cos(torsion) * np.cross(normal, along) + np.sin(torsion) * normal)
    return c + length * (aside - np.cos(angle) * along)


backbone = [np.array([0.0, 0, 0]), np.array([1.458, 0, 0]), np.array([2.0, 1.42, 0])]
oxygens = []
for k, (_, psi) in enumerate(ANGLES):
    phi = ANGLES[k + 1][0] if k + 1 < len(ANGLES) else -60
    for length, angle, torsion in ((1.329, 116.2, psi), (1.458, 121.7, 180), (1.525, 111, phi)):
        backbone.append(place(*backbone[-3:], length, angle, torsion))
    carbon, nitrogen, alpha = backbone[-4:-1]
    oxygens.append(place(alpha, nitrogen, carbon, 1.231, 123, 0))
with open("peptide.pdb", "w") as file:
    for k, oxygen in enumerate(oxygens):
        for name, atom in zip(("N", "CA", "C", "O"), (*backbone[3 * k : 3 * k + 3], oxygen), strict=True):
            x, y, z = atom
            file.write(
                f"ATOM  {1:5} {name:^4} ALA A{k + 1:4}    {x:8.3f}{y:8.3f}{z:8.3f}{1:6.2f}{0:6.2f}{name[0]:>12}\n"
            )
