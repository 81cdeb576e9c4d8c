"""Textures of a window, made from arrays."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from vtkmodules.util.vtkConstants import VTK_FLOAT, VTK_UNSIGNED_CHAR, VTK_UNSIGNED_SHORT
from vtkmodules.vtkRenderingCore import vtkRenderWindow
from vtkmodules.vtkRenderingOpenGL2 import vtkTextureObject

from moviemaker.core.errors import UserError

_TYPES = {np.dtype(np.uint8): VTK_UNSIGNED_CHAR, np.dtype(np.uint16): VTK_UNSIGNED_SHORT, np.dtype("f4"): VTK_FLOAT}

FULL = {np.dtype(np.uint8): 255.0, np.dtype(np.uint16): 65535.0, np.dtype("f4"): 1.0}
"""The number that a texture holds as 1, by its type."""


def texture_of(window: vtkRenderWindow, array: np.ndarray, channels: int = 1, smooth: bool = True) -> vtkTextureObject:
    """A texture of an array (rows, columns) or (layers, rows, columns), whose columns are its first coordinate.

    Args:
        window: VTK's window.
        array: uint8, uint16 or float32; with one more axis at the end if a texel has several channels.
        channels: numbers in a texel.
        smooth: whether texels are interpolated.

    Raises:
        UserError: the renderer cannot hold it.
    """
    window.MakeCurrent()
    texture = vtkTextureObject()
    texture.SetContext(window)
    *shape, kind = *array.shape[: array.ndim - (channels > 1)][::-1], _TYPES[array.dtype]
    create: Callable[..., bool] = texture.Create3DFromRaw if len(shape) == 3 else texture.Create2DFromRaw
    limit = vtkTextureObject.GetMaximumTextureSize3D(window) if len(shape) == 3 else max(shape)
    if max(shape) > limit or not create(*shape, channels, kind, np.ascontiguousarray(array).reshape(-1)):
        sizes = " x ".join(str(size) for size in sorted(shape))
        what = f"a grid of {sizes} samples is too large: the renderer holds at most {limit} along an axis"
        raise UserError(f"{what}; take a part of it, or every second sample")
    for wrap in (texture.SetWrapS, texture.SetWrapT, texture.SetWrapR):
        wrap(vtkTextureObject.ClampToEdge)
    interpolation = vtkTextureObject.Linear if smooth else vtkTextureObject.Nearest
    texture.SetMinificationFilter(interpolation)
    texture.SetMagnificationFilter(interpolation)
    return texture
