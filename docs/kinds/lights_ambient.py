"""Nine balls on a floor."""

import numpy as np
import pyvista

x, y = np.meshgrid([-4, 0, 4], [-4, 0, 4], indexing="ij")
width = np.array([2.0, 3.0, 1.4, 2.6, 1.6, 2.2, 1.2, 2.8, 2.0])
rows = np.stack([x.ravel(), y.ravel(), width / 2, width], axis=1)
np.savetxt("balls.csv", rows, delimiter=",", header="x,y,z,width", comments="")
pyvista.Plane(i_size=16, j_size=16).triangulate().save("floor.ply")
