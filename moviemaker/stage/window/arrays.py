"""NumPy arrays as arrays of VTK, without copies where both can share the memory."""

from __future__ import annotations

import numpy as np
from vtkmodules.util.numpy_support import numpy_to_vtk
from vtkmodules.vtkCommonCore import vtkDataArray
from vtkmodules.vtkCommonDataModel import vtkImageData

from moviemaker.core.fields import Vector
from moviemaker.core.props import FieldProp


def shared_array(values: np.ndarray, name: str = "") -> vtkDataArray:
    """A VTK array over an array (n,) or (n, components); the VTK array keeps the NumPy one alive."""
    array: vtkDataArray = numpy_to_vtk(np.ascontiguousarray(values), deep=False)
    array.SetName(name)
    return array


def drawable(values: np.ndarray) -> np.ndarray:
    """Samples in a type that textures can hold: integers of 8 and 16 bits stay, all else becomes float32."""
    if values.dtype == bool:
        return values.view(np.uint8)
    if values.dtype in (np.uint8, np.int8, np.uint16, np.int16):
        return values
    return values.astype(np.float32, copy=False)


def image_data(values: np.ndarray, origin: Vector, spacing: Vector) -> vtkImageData:
    """A VTK image of samples [i, j, k] at origin + (i, j, k) * spacing. VTK's first index runs fastest."""
    image = vtkImageData()
    image.SetDimensions(*values.shape)
    image.SetOrigin(*origin)
    image.SetSpacing(*spacing)
    image.GetPointData().SetScalars(shared_array(values.ravel(order="F"), "values"))
    return image


def filled(values: np.ndarray, sloping: bool = False) -> tuple[np.ndarray, np.ndarray | None]:
    """Samples without holes, and where they are known: (nx, ny, nz) bool; None: everywhere.

    Samples that are not finite take the value of the nearest finite one, so that interpolated values beside them stay
    right. If `sloping`, those beside finite ones are extrapolated linearly, so that gradients stay right too.
    """
    if values.dtype.kind != "f":
        return values, None
    known = np.isfinite(values)
    if known.all():
        return values, None
    if not known.any():
        return np.zeros_like(values), known
    from scipy.ndimage import distance_transform_edt

    nearest = distance_transform_edt(~known, return_distances=False, return_indices=True)
    result = values[tuple(nearest)]
    if sloping:
        _slope(result, known, nearest)
    return result, known


def _slope(values: np.ndarray, known: np.ndarray, nearest: np.ndarray) -> None:
    """Extrapolates samples up to two steps from the nearest known one by the known sample at its other side."""
    here = np.array(np.nonzero(~known))
    there = nearest[(slice(None), *here)]
    mirrored = 2 * there - here
    sizes = np.array(values.shape)[:, None]
    near = np.all((np.abs(there - here) <= 2) & (mirrored >= 0) & (mirrored < sizes), axis=0)
    near[near] = known[tuple(mirrored[:, near])]
    with np.errstate(over="ignore"):
        slope = values[tuple(there[:, near])] - values[tuple(mirrored[:, near])]
        changed = values[tuple(there[:, near])] + slope
    right = np.isfinite(changed)
    values[tuple(here[:, near][:, right])] = changed[right]


def other_samples(last: FieldProp, prop: FieldProp) -> bool:
    """Whether a field has other samples than the one before, wherever they lie."""
    return last.values is not prop.values or last.inside is not prop.inside


def elsewhere(last: FieldProp, prop: FieldProp) -> bool:
    """Whether a field lies elsewhere than the one before."""
    if last.direction is not prop.direction and (
        last.direction is None or prop.direction is None or not np.array_equal(last.direction, prop.direction)
    ):
        return True
    return (last.origin, last.spacing) != (prop.origin, prop.spacing)
