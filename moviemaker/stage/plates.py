"""What a photograph is taken on: plates of 8 bits a colour, or of 16."""

from __future__ import annotations

from typing import Any, Protocol

import numpy as np
from vtkmodules.util.numpy_support import vtk_to_numpy
from vtkmodules.util.vtkConstants import VTK_FLOAT, VTK_UNSIGNED_INT
from vtkmodules.vtkCommonCore import vtkFloatArray, vtkUnsignedCharArray
from vtkmodules.vtkRenderingOpenGL2 import vtkFramebufferPass, vtkRenderStepsPass, vtkTextureObject

SAMPLES = 8
"""Samples per pixel for antialiasing; the renderer takes as many as it has up to this."""


class Plates(Protocol):
    """A sort of plates.

    Attributes:
        enlargement: how much larger a picture is drawn than it is to become.
    """

    enlargement: int

    def load(self, window: Any, scene: Any) -> None:
        """Prepares VTK's window and renderer, before the first picture."""
        ...

    def take(self, window: Any, size: tuple[int, int]) -> np.ndarray:
        """Reads the picture (height, width, 3) of (width, height) pixels that was drawn, row 0 on top."""
        ...

    def depths(self, window: Any, size: tuple[int, int]) -> np.ndarray:
        """What the depth buffer holds of that picture: (height, width) from 0 to 1, row 0 on top; 1 is nothing."""
        ...


class Plates8:
    """8 bits a colour, antialiased by the renderer's own samples."""

    enlargement = 1

    def load(self, window: Any, scene: Any) -> None:
        """Asks for samples."""
        window.SetMultiSamples(SAMPLES)

    def take(self, window: Any, size: tuple[int, int]) -> np.ndarray:
        """The picture, uint8."""
        width, height = size
        pixels = vtkUnsignedCharArray()
        window.GetPixelData(0, 0, width - 1, height - 1, 0, pixels, 0)
        return np.ascontiguousarray(vtk_to_numpy(pixels).reshape(height, width, 3)[::-1])

    def depths(self, window: Any, size: tuple[int, int]) -> np.ndarray:
        """One of the samples of each pixel, float32."""
        width, height = size
        depths = vtkFloatArray()
        window.GetZbufferData(0, 0, width - 1, height - 1, depths)
        read: np.ndarray = vtk_to_numpy(depths).reshape(height, width)[::-1]
        return read


class Plates16:
    """16 bits a colour. VTK's window holds 8, so a pass draws into a texture of floats, at twice the size."""

    enlargement = 2

    def load(self, window: Any, scene: Any) -> None:
        """Hangs in the pass."""
        window.SetMultiSamples(0)  # such a texture has one sample for a pixel
        self._pass = vtkFramebufferPass()
        self._pass.SetDelegatePass(vtkRenderStepsPass())
        self._pass.SetColorFormat(vtkTextureObject.Float32)
        self._pass.SetDepthFormat(vtkTextureObject.Fixed32)  # one that volumes can read
        scene.SetPass(self._pass)

    def take(self, window: Any, size: tuple[int, int]) -> np.ndarray:
        """The picture, uint16: each pixel is the mean of those drawn for it."""
        width, height = size
        drawn = self._pass.GetColorTexture()
        buffer = drawn.Download()
        shape = (self.enlargement * height, self.enlargement * width)
        colors = np.empty(shape[0] * shape[1] * 4, np.float32)
        buffer.Download2D(VTK_FLOAT, colors, [shape[1], shape[0]], 4, [0, 0])
        fine = np.clip(colors.reshape(height, self.enlargement, width, self.enlargement, 4)[..., :3], 0, 1)
        picture: np.ndarray = np.rint(65535 * fine.mean(axis=(1, 3), dtype=np.float32)).astype(np.uint16)
        return np.ascontiguousarray(picture[::-1])

    def depths(self, window: Any, size: tuple[int, int]) -> np.ndarray:
        """The farthest of those drawn for each pixel, float64."""
        width, height = size
        shape = (self.enlargement * height, self.enlargement * width)
        codes = np.empty(shape[0] * shape[1], np.uint32)
        self._pass.GetDepthTexture().Download().Download2D(VTK_UNSIGNED_INT, codes, [shape[1], shape[0]], 1, [0, 0])
        drawn = codes.reshape(height, self.enlargement, width, self.enlargement).max(axis=(1, 3))
        depths: np.ndarray = drawn[::-1] / np.float64(2**32 - 1)
        return depths
