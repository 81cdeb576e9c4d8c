"""Depth buffers that are kept from one drawing to the next."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from vtkmodules.vtkRenderingCore import vtkRenderWindow
from vtkmodules.vtkRenderingOpenGL2 import vtkOpenGLFramebufferObject, vtkTextureObject

# Constants of OpenGL.
_DEPTH, _NEAREST, _READ, _DRAW = 0x0100, 0x2600, 0x8CA8, 0x8CA9


class DepthBuffer:
    """The depths of all samples of a picture, as a texture.

    Args:
        window: VTK's window.
        texture: one that something else draws to (default: its own).

    Attributes:
        texture: the depths.
    """

    def __init__(self, window: vtkRenderWindow, texture: vtkTextureObject | None = None) -> None:
        self._window = window
        self.texture: Any = None
        self._frame: Any = None
        self._own = texture is None
        self._size = (0, 0)
        if texture is not None:
            self._take(texture)

    @property
    def size(self) -> tuple[int, int]:
        """Width and height in pixels."""
        return self._size

    @property
    def samples(self) -> int:
        """Samples of each pixel; 0 stands for one."""
        return int(self.texture.GetSamples()) if self.texture is not None else 0

    def holds(self, texture: vtkTextureObject) -> bool:
        """Whether this is the buffer of a texture and has its present size."""
        return self.texture is texture and self._size == (texture.GetWidth(), texture.GetHeight())

    def fit(self, size: tuple[int, int], samples: int) -> None:
        """Gives it a size in pixels, and a number of samples of each."""
        if (self.size, self.samples) == (size, samples):
            return
        self.release()
        texture = vtkTextureObject()
        texture.SetContext(self._window)
        texture.SetSamples(samples)
        texture.AllocateDepth(*size, vtkTextureObject.Fixed32)  # the format VTK draws to: others cannot be copied
        self._take(texture)

    def release(self) -> None:
        """Frees the renderer's memory."""
        if self.texture is not None:
            self._frame.ReleaseGraphicsResources(self._window)
            if self._own:
                self.texture.ReleaseGraphicsResources(self._window)
            self.texture = None

    def copy_to(self, other: DepthBuffer) -> None:
        """Copies all depths, or one sample of each pixel if the other buffer has a single one."""
        state = self._window.GetState()
        state.PushFramebufferBindings()
        self._frame.Bind(_READ)
        other._frame.Bind(_DRAW)
        width, height = self.size
        state.vtkglBlitFramebuffer(0, 0, width, height, 0, 0, width, height, _DEPTH, _NEAREST)
        state.PopFramebufferBindings()

    def clear(self) -> None:
        """Sets all depths to the nearest one."""
        state = self._window.GetState()
        state.PushFramebufferBindings()
        self._frame.Bind(_DRAW)
        state.vtkglClearDepth(0.0)
        state.vtkglDepthMask(True)
        state.vtkglClear(_DEPTH)
        state.vtkglClearDepth(1.0)
        state.PopFramebufferBindings()

    @contextmanager
    def at_hand(self) -> Iterator[int]:
        """Binds the texture for shaders, and gives the number of its unit."""
        self.texture.Activate()
        try:
            yield self.texture.GetTextureUnit()
        finally:
            self.texture.Deactivate()

    def _take(self, texture: vtkTextureObject) -> None:
        self.texture, self._size = texture, (texture.GetWidth(), texture.GetHeight())
        self._frame = vtkOpenGLFramebufferObject()
        self._frame.SetContext(self._window)
        state = self._window.GetState()
        state.PushFramebufferBindings()
        self._frame.Bind()
        self._frame.AddDepthAttachment(texture)
        state.PopFramebufferBindings()
