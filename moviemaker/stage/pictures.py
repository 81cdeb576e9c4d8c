"""Pictures that lie on surfaces."""

from __future__ import annotations

import numpy as np
from vtkmodules.vtkCommonDataModel import vtkImageData
from vtkmodules.vtkRenderingCore import vtkTexture

from moviemaker.stage.arrays import shared_array


def plane_texture(array: np.ndarray, smooth: bool = True, repeat: bool = False) -> vtkTexture:
    """A texture of an array (rows, columns, channels), row 0 at the coordinate 0.

    Args:
        array: uint8 or float32, with three channels.
        smooth: whether what lies between texels is interpolated.
        repeat: whether the picture comes again beyond its edges.
    """
    rows, columns, channels = array.shape
    image = vtkImageData()
    image.SetDimensions(columns, rows, 1)
    image.GetPointData().SetScalars(shared_array(array.reshape(-1, channels), "texels"))
    texture = vtkTexture()
    texture.SetInputData(image)
    texture.SetColorModeToDirectScalars()
    texture.SetInterpolate(smooth)
    texture.SetMipmap(smooth and array.dtype == np.uint8)
    texture.SetRepeat(repeat)
    texture.SetEdgeClamp(not repeat)
    return texture
