"""The pictures by Mayavi, without a screen and without Qt: drawing and reading the pixels."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np

from peers.work import COLOR, UNIT_DISTANCE, Settings, Work, place, transfer

PACKAGES = ("mayavi", "vtk", "numpy")


def work(picture: str, folder: Path, settings: Settings) -> Work:
    """Flat pictures of a volume or of spheres."""
    os.environ.setdefault("ETS_TOOLKIT", "null")
    from mayavi import mlab

    mlab.options.offscreen = True
    figure = mlab.figure(size=settings.flat, bgcolor=(0, 0, 0))
    if picture == "volume":
        add_volume(folder)
    else:
        x, y, z = np.load(folder / "spheres.npy").T
        mlab.points3d(
            x,
            y,
            z,
            color=tuple(channel / 255 for channel in COLOR),
            mode="sphere",
            scale_mode="none",
            scale_factor=settings.ball,
            resolution=12,
        )
    camera = figure.scene.camera
    camera.view_angle = settings.angle

    def draw(frame: int) -> np.ndarray:
        camera.position = place(frame)
        camera.focal_point = (0, 0, 0)
        camera.view_up = (0, 0, 1)
        figure.scene.renderer.reset_camera_clipping_range()
        figure.scene.render()
        return mlab.screenshot(figure, mode="rgb", antialiased=False)

    return Work(draw)


def add_volume(folder: Path) -> None:
    """The volume, with one sample for each voxel's width."""
    from mayavi import mlab
    from tvtk.api import tvtk

    samples = np.load(folder / "volume.npy")
    source = mlab.pipeline.scalar_field(samples)
    source.origin, source.spacing = [-1.0] * 3, [2 / (count - 1) for count in samples.shape]
    volume = mlab.pipeline.volume(source, vmin=0, vmax=1)
    colors, opacity = tvtk.ColorTransferFunction(), tvtk.PiecewiseFunction()
    for value, height, color in zip(*transfer(folder), strict=True):
        opacity.add_point(value, height)
        colors.add_rgb_point(value, *color)
    properties = volume._volume_property
    properties.set_color(colors)
    properties.set_scalar_opacity(opacity)
    properties.scalar_opacity_unit_distance = UNIT_DISTANCE
    properties.interpolation_type = "linear"
    properties.shade = False
    mapper = volume._volume_mapper
    mapper.auto_adjust_sample_distances = False
    mapper.sample_distance = 2 / (samples.shape[0] - 1)
