"""Finds OpenGL before VTK looks for it: without OpenGL, VTK ends the process with a segmentation fault.

VTK's wheels load OpenGL at run time: by EGL, which needs neither a screen nor an X server, or by OSMesa, Mesa's
renderer in main memory. This module loads both as VTK would, and names the one that works to VTK.
"""

from __future__ import annotations

import ctypes
import os
import sys

from moviemaker.core.errors import MoviemakerError

EGL_WINDOW = "vtkEGLRenderWindow"
OSMESA_WINDOW = "vtkOSOpenGLRenderWindow"
CHOICE = "VTK_DEFAULT_OPENGL_WINDOW"
"""The environment variable by which VTK is told which window to make."""

OSMESA_LIBRARIES = ("libOSMesa.so", "libOSMesa.so.8", "libOSMesa.so.6", "libOSMesa.so.7")

HELP = """\
no OpenGL was found on this machine, and without it nothing can be drawn. Install one of these:
  Debian, Ubuntu:  apt-get install --no-install-recommends libegl1 libgl1-mesa-dri
              or:  apt-get install --no-install-recommends libosmesa6
  Fedora, RHEL:    dnf install mesa-libEGL mesa-dri-drivers
  conda:           conda install -c conda-forge libegl mesalib
With an NVIDIA GPU in a container, give it the driver's graphics part as well: NVIDIA_DRIVER_CAPABILITIES=all\
"""


def prepare_opengl() -> None:
    """Chooses the off-screen window that works here, unless the environment has chosen one.

    Raises:
        MoviemakerError: no OpenGL; the message says what to install.
    """
    if not sys.platform.startswith("linux"):
        return  # macOS and Windows bring OpenGL with them
    chosen = os.environ.get(CHOICE)
    if chosen and chosen not in (EGL_WINDOW, OSMESA_WINDOW):
        return
    if chosen != OSMESA_WINDOW and _egl_works():
        os.environ[CHOICE] = EGL_WINDOW
    elif chosen != EGL_WINDOW and _loads(*OSMESA_LIBRARIES):
        os.environ[CHOICE] = OSMESA_WINDOW
    else:
        raise MoviemakerError(HELP)


def _loads(*names: str) -> ctypes.CDLL | None:
    for name in names:
        try:
            return ctypes.CDLL(name)
        except OSError:
            continue
    return None


def _egl_works() -> bool:
    """Whether an EGL device or the default display can be initialised.

    EGL 1.5 specification, sections 3.2 and 3.3; EGL_EXT_device_enumeration and EGL_EXT_platform_device.
    """
    egl = _loads("libEGL.so.1", "libEGL.so")
    if egl is None:
        return False
    pointer = ctypes.c_void_p
    egl.eglGetProcAddress.restype = pointer
    egl.eglGetProcAddress.argtypes = [ctypes.c_char_p]
    egl.eglGetDisplay.restype = pointer
    egl.eglGetDisplay.argtypes = [pointer]
    egl.eglInitialize.argtypes = [pointer, ctypes.POINTER(ctypes.c_int), ctypes.POINTER(ctypes.c_int)]
    displays = [*_device_displays(egl), egl.eglGetDisplay(None)]
    major, minor = ctypes.c_int(), ctypes.c_int()
    return any(display and egl.eglInitialize(display, major, minor) for display in displays)


def _device_displays(egl: ctypes.CDLL) -> list[int | None]:
    platform_device = 0x313F
    query = egl.eglGetProcAddress(b"eglQueryDevicesEXT")
    display_of = egl.eglGetProcAddress(b"eglGetPlatformDisplayEXT")
    if not query or not display_of:
        return []
    devices, count = (ctypes.c_void_p * 16)(), ctypes.c_int()
    query_devices = ctypes.CFUNCTYPE(ctypes.c_uint, ctypes.c_int, ctypes.c_void_p, ctypes.c_void_p)(query)
    get_display = ctypes.CFUNCTYPE(ctypes.c_void_p, ctypes.c_uint, ctypes.c_void_p, ctypes.c_void_p)(display_of)
    if not query_devices(len(devices), devices, ctypes.byref(count)):
        return []
    return [get_display(platform_device, device, None) for device in devices[: count.value]]
