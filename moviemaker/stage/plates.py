"""What a photograph is taken on: plates of 8 bits a colour, of 16, or of floats.

A plate has three channels, or four if the picture is transparent: colours times opacity, and opacity.
"""

from __future__ import annotations

from typing import Protocol

import numpy as np
from vtkmodules.util.numpy_support import vtk_to_numpy
from vtkmodules.util.vtkConstants import VTK_FLOAT, VTK_UNSIGNED_INT
from vtkmodules.vtkCommonCore import vtkFloatArray, vtkUnsignedCharArray
from vtkmodules.vtkRenderingCore import vtkRenderer, vtkRenderWindow
from vtkmodules.vtkRenderingOpenGL2 import (
    vtkFramebufferPass,
    vtkOpenGLFramebufferObject,
    vtkRenderStepsPass,
    vtkTextureObject,
)

SAMPLES = 8
"""Samples per pixel for antialiasing; the renderer takes as many as it has up to this."""


# Constants of OpenGL.
_COLOR, _NEAREST, _READ, _DRAW, _RGBA16F, _RGBA32F, _FLOAT = 0x4000, 0x2600, 0x8CA8, 0x8CA9, 0x881A, 0x8814, 0x1406


class Plates(Protocol):
    """A kind of plates.

    Attributes:
        enlargement: pixels drawn for one of the picture, across and down.
    """

    enlargement: int

    def load(self, window: vtkRenderWindow, scene: vtkRenderer) -> None:
        """Prepares VTK's window and renderer, before the first picture."""
        ...

    def opened(self, window: vtkRenderWindow) -> None:
        """Is told that VTK's window has its buffers."""
        ...

    def released(self, window: vtkRenderWindow) -> None:
        """Is told that the window is going to be closed."""
        ...

    def take(self, window: vtkRenderWindow, size: tuple[int, int], channels: int) -> np.ndarray:
        """Reads the drawn picture of (width, height) pixels: (height, width, channels), row 0 on top."""
        ...

    def rgba(self, window: vtkRenderWindow) -> np.ndarray:
        """Reads the drawn picture as colours and opacity: (height, width, 4) uint8, or float32 from 0 to 1.

        It is as large as it was drawn, with row 0 at the bottom.
        """
        ...

    def developed(self, light: np.ndarray) -> np.ndarray:
        """The picture (height, width, channels), row 0 on top, of values from 0 to 1 in the size and rows of `rgba`."""
        ...

    def depth_texture(self, window: vtkRenderWindow) -> vtkTextureObject:
        """VTK's texture with the depths, once something has been drawn."""
        ...

    def depths(self, window: vtkRenderWindow, size: tuple[int, int]) -> np.ndarray:
        """The depths of the drawn picture: (height, width) from 0 to 1, row 0 on top; 1 where nothing was drawn."""
        ...


class Plates8:
    """8 bits a colour, antialiased by the renderer's own samples."""

    enlargement = 1

    def load(self, window: vtkRenderWindow, scene: vtkRenderer) -> None:
        """Asks for samples."""
        window.SetMultiSamples(SAMPLES)

    def opened(self, window: vtkRenderWindow) -> None:
        """Nothing."""

    def released(self, window: vtkRenderWindow) -> None:
        """Nothing."""

    def take(self, window: vtkRenderWindow, size: tuple[int, int], channels: int) -> np.ndarray:
        """The picture, uint8."""
        if channels == 4:
            return np.ascontiguousarray(self.rgba(window)[::-1])
        width, height = size
        pixels = vtkUnsignedCharArray()
        window.GetPixelData(0, 0, width - 1, height - 1, 0, pixels, 0)
        return np.ascontiguousarray(vtk_to_numpy(pixels).reshape(height, width, 3)[::-1])

    def rgba(self, window: vtkRenderWindow) -> np.ndarray:
        """Colours and opacity, uint8."""
        width, height = window.GetSize()
        pixels = vtkUnsignedCharArray()
        window.GetRGBACharPixelData(0, 0, width - 1, height - 1, 0, pixels, 0)
        read: np.ndarray = vtk_to_numpy(pixels).reshape(height, width, 4)
        return read

    def developed(self, light: np.ndarray) -> np.ndarray:
        """The picture, uint8."""
        picture: np.ndarray = np.rint(255 * np.clip(light[::-1], 0, 1)).astype(np.uint8)
        return picture

    def depth_texture(self, window: vtkRenderWindow) -> vtkTextureObject:
        """The window's texture."""
        texture: vtkTextureObject = window.GetRenderFramebuffer().GetDepthAttachmentAsTextureObject()
        return texture

    def depths(self, window: vtkRenderWindow, size: tuple[int, int]) -> np.ndarray:
        """One of the samples of each pixel, float32."""
        width, height = size
        depths = vtkFloatArray()
        window.GetZbufferData(0, 0, width - 1, height - 1, depths)
        read: np.ndarray = vtk_to_numpy(depths).reshape(height, width)[::-1]
        return read


class Plates16:
    """16 bits a colour. VTK's window holds 8 bits, so a pass draws into a texture of floats, at twice the size."""

    enlargement = 2

    def load(self, window: vtkRenderWindow, scene: vtkRenderer) -> None:
        """Hangs in the pass."""
        window.SetMultiSamples(0)  # such a texture has one sample for a pixel
        self._pass = vtkFramebufferPass()
        self._pass.SetDelegatePass(vtkRenderStepsPass())
        self._pass.SetColorFormat(vtkTextureObject.Float32)
        self._pass.SetDepthFormat(vtkTextureObject.Fixed32)  # volumes can read this format
        scene.SetPass(self._pass)

    def opened(self, window: vtkRenderWindow) -> None:
        """Nothing."""

    def released(self, window: vtkRenderWindow) -> None:
        """Nothing."""

    def take(self, window: vtkRenderWindow, size: tuple[int, int], channels: int) -> np.ndarray:
        """The picture, uint16: each pixel is the mean of those drawn for it."""
        return self.developed(self.rgba(window)[..., :channels])

    def rgba(self, window: vtkRenderWindow) -> np.ndarray:
        """Colours and opacity, float32."""
        texture = self._pass.GetColorTexture()
        width, height = texture.GetWidth(), texture.GetHeight()
        colors = np.empty(width * height * 4, np.float32)
        texture.Download().Download2D(VTK_FLOAT, colors, [width, height], 4, [0, 0])
        return colors.reshape(height, width, 4)

    def developed(self, light: np.ndarray) -> np.ndarray:
        """The picture, uint16: each pixel is the mean of those drawn for it."""
        height, width = (length // self.enlargement for length in light.shape[:2])
        fine = np.clip(light.reshape(height, self.enlargement, width, self.enlargement, light.shape[2]), 0, 1)
        picture: np.ndarray = np.rint(65535 * fine.mean(axis=(1, 3), dtype=np.float32)).astype(np.uint16)
        return np.ascontiguousarray(picture[::-1])

    def depth_texture(self, window: vtkRenderWindow) -> vtkTextureObject:
        """The pass's texture."""
        return self._pass.GetDepthTexture()

    def depths(self, window: vtkRenderWindow, size: tuple[int, int]) -> np.ndarray:
        """The farthest of those drawn for each pixel, float64."""
        width, height = size
        shape = (self.enlargement * height, self.enlargement * width)
        codes = np.empty(shape[0] * shape[1], np.uint32)
        self._pass.GetDepthTexture().Download().Download2D(VTK_UNSIGNED_INT, codes, [shape[1], shape[0]], 1, [0, 0])
        drawn = codes.reshape(height, self.enlargement, width, self.enlargement).max(axis=(1, 3))
        depths: np.ndarray = drawn[::-1] / np.float64(2**32 - 1)
        return depths


class PlatesOfFloats(Plates16):
    """Floats. They are sRGB codes from 0 to 1 too, but those of what is brighter than white are kept."""

    def developed(self, light: np.ndarray) -> np.ndarray:
        """The picture, float32: each pixel is the mean of those drawn for it."""
        height, width = (length // self.enlargement for length in light.shape[:2])
        fine = light.reshape(height, self.enlargement, width, self.enlargement, light.shape[2])
        picture: np.ndarray = np.maximum(fine, 0).mean(axis=(1, 3), dtype=np.float32)
        return np.ascontiguousarray(picture[::-1])


class PlatesOfLight(Plates8):
    """Floats, antialiased by the renderer's own samples: about as quick as 8 bits, and holding more than white.

    VTK's window draws into a texture of 8 bits with several samples for a pixel. One of floats takes its place.

    Args:
        half: whether half floats, of 11 bits, will do.
    """

    def __init__(self, half: bool) -> None:
        self._format = _RGBA16F if half else _RGBA32F

    def opened(self, window: vtkRenderWindow) -> None:
        """Puts the texture of floats in its place; VTK resizes it with the window from then on."""
        frame, state = window.GetRenderFramebuffer(), window.GetState()
        samples = frame.GetColorAttachmentAsTextureObject(0).GetSamples()
        self._drawn = _floats(window, window.GetSize(), samples, self._format)
        self._mean: tuple[vtkTextureObject, vtkOpenGLFramebufferObject] | None = None
        state.PushFramebufferBindings()
        frame.Bind()
        frame.RemoveColorAttachment(0)
        frame.AddColorAttachment(0, self._drawn)
        frame.ActivateDrawBuffer(0)
        state.PopFramebufferBindings()

    def take(self, window: vtkRenderWindow, size: tuple[int, int], channels: int) -> np.ndarray:
        """The picture, float32."""
        return self.developed(self.rgba(window)[..., :channels])

    def rgba(self, window: vtkRenderWindow) -> np.ndarray:
        """Colours and opacity, float32: the mean of the samples of each pixel."""
        width, height = window.GetSize()
        mean, held = self._means(window, (width, height))
        frame, state = window.GetRenderFramebuffer(), window.GetState()
        state.PushFramebufferBindings()
        frame.Bind(_READ)
        frame.ActivateReadBuffer(0)
        held.Bind(_DRAW)
        held.ActivateDrawBuffer(0)
        state.vtkglBlitFramebuffer(0, 0, width, height, 0, 0, width, height, _COLOR, _NEAREST)
        state.PopFramebufferBindings()
        colors = np.empty(width * height * 4, np.float32)
        mean.Download().Download2D(VTK_FLOAT, colors, [width, height], 4, [0, 0])
        return colors.reshape(height, width, 4)

    def _means(
        self, window: vtkRenderWindow, size: tuple[int, int]
    ) -> tuple[vtkTextureObject, vtkOpenGLFramebufferObject]:
        """A texture with one sample for each pixel, and what it is drawn by."""
        if self._mean is not None:
            texture, held = self._mean
            if (texture.GetWidth(), texture.GetHeight()) == size:
                return self._mean
            held.ReleaseGraphicsResources(window)
            texture.ReleaseGraphicsResources(window)
        texture, held = _floats(window, size, 0, self._format), vtkOpenGLFramebufferObject()
        held.SetContext(window)
        state = window.GetState()
        state.PushFramebufferBindings()
        held.Bind()
        held.AddColorAttachment(0, texture)
        held.ActivateDrawBuffer(0)
        state.PopFramebufferBindings()
        self._mean = (texture, held)
        return self._mean

    def released(self, window: vtkRenderWindow) -> None:
        """Frees the textures."""
        if self._mean is not None:
            self._mean[1].ReleaseGraphicsResources(window)
            self._mean[0].ReleaseGraphicsResources(window)
        self._mean = None

    def developed(self, light: np.ndarray) -> np.ndarray:
        """The picture, float32."""
        return np.ascontiguousarray(np.maximum(light[::-1], 0), np.float32)


def _floats(window: vtkRenderWindow, size: tuple[int, int], samples: int, layout: int) -> vtkTextureObject:
    """A texture of four channels, with so many samples for a pixel (0: one)."""
    texture = vtkTextureObject()
    texture.SetContext(window)
    texture.SetSamples(samples)
    texture.SetInternalFormat(layout)
    texture.SetDataType(_FLOAT)
    texture.Allocate2D(*size, 4, VTK_FLOAT)
    return texture


def plates_of(bits: int, light: bool = False) -> Plates:
    """The plates for colours of 8, 16 or 32 bits; the last are floats. `light`: floats of any bits."""
    if light and bits < 32:
        return PlatesOfLight(half=bits == 8)
    kinds: dict[int, type[Plates8] | type[Plates16]] = {8: Plates8, 16: Plates16, 32: PlatesOfFloats}
    return kinds[bits]()
