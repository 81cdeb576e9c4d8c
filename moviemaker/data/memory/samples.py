"""The program's own samples, such as the grid that `moviemaker.density` gives."""

from __future__ import annotations

from moviemaker.core.errors import InputError
from moviemaker.core.fields import Grid, Mesh, Particles
from moviemaker.data.formats.contents import HeldContents
from moviemaker.data.memory.arrays import HeldArrays


def of_sample(sample: Grid | Particles | Mesh) -> HeldContents:
    """A grid, particles or a mesh.

    Raises:
        InputError: it is a grid whose axes are not those of space.
    """
    if isinstance(sample, Grid):
        if sample.direction is not None:
            right = "give an array of NumPy, or an ImageData of PyVista with its direction_matrix"
            raise InputError("the axes of the grid are oblique", right)
        return HeldArrays("Grid", dict(sample.fields), sample.origin, sample.spacing)
    if isinstance(sample, Particles):
        return HeldArrays("Particles", {"position": sample.position, **sample.fields})
    from moviemaker.data.memory.vtk_datasets import of_mesh  # PyVista is imported for meshes only

    return of_mesh(sample)
