"""The pictures by PyVista: drawing and reading the pixels.

All around, it draws flat views, 12 or 36 around for each eye and 3 above each other, 60 degrees high, with as many
pixels per degree as the picture. The eye is at 12 or 36 places on its circle, so that things near the viewer break
where two strips meet. Putting the views together is not measured.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pyvista as pv

from peers.work import CAMERA, COLOR, IPD, UNIT_DISTANCE, Settings, Work, place, transfer

PACKAGES = ("pyvista", "vtk", "numpy")
ABOVE = (-60, 0, 60)
"""Elevations of the strips in degrees."""
ROUND = {"stereo": 12, "stereo fine": 36}


def work(picture: str, folder: Path, settings: Settings) -> Work:
    """Flat pictures, or both eyes in strips."""
    if picture in ROUND:
        return strips(folder, settings.width, ROUND[picture])
    plotter = pv.Plotter(
        off_screen=True, window_size=list(settings.flat), lighting="none" if picture == "glow" else "light kit"
    )
    plotter.set_background("black")
    if picture == "volume":
        add_volume(plotter, folder)
    elif picture == "glow":
        points = np.load(folder / "glow.npy")
        # With an opacity, PyVista 0.49 draws nothing on VTK 9.7.
        actor = plotter.add_points(points, style="points_gaussian", emissive=True, color=COLOR)
        actor.mapper.scale_factor = settings.splat
    else:
        cells = pv.PolyData(np.load(folder / "spheres.npy"))
        ball = pv.Sphere(radius=settings.ball / 2, theta_resolution=12, phi_resolution=12)
        plotter.add_mesh(cells.glyph(orient=False, scale=False, geom=ball), color=COLOR, smooth_shading=True)
    camera = plotter.camera
    camera.view_angle = settings.angle

    def draw(frame: int) -> Any:
        camera.position = place(frame)
        camera.focal_point = (0, 0, 0)
        camera.up = (0, 0, 1)
        plotter.renderer.ResetCameraClippingRange()
        plotter.render()
        return plotter.screenshot(None, return_img=True)

    plotter.show(auto_close=False)
    return Work(draw)


def add_volume(plotter: pv.Plotter, folder: Path) -> None:
    """The volume, with one sample for each voxel's width."""
    samples = np.load(folder / "volume.npy")
    image = pv.ImageData(dimensions=samples.shape, spacing=[2 / (n - 1) for n in samples.shape], origin=(-1, -1, -1))
    image["it"] = samples.ravel(order="F")
    actor = plotter.add_volume(
        image,
        cmap=colormap(folder),
        clim=[0, 1],
        opacity=transfer(folder)[1] * 255,  # PyVista uses 256 numbers without rescaling
        opacity_unit_distance=UNIT_DISTANCE,
        mapper="gpu",
        show_scalar_bar=False,
    )
    actor.prop.interpolation_type = "linear"
    actor.mapper.AutoAdjustSampleDistancesOff()
    actor.mapper.SetSampleDistance(2 / (samples.shape[0] - 1))


def colormap(folder: Path) -> Any:
    """The colours as Matplotlib's colour map."""
    from matplotlib.colors import ListedColormap

    return ListedColormap(transfer(folder)[2])


def strips(folder: Path, width: int, around: int) -> Work:
    """Flat views from `around` places on each eye's circle."""
    focal = width / (2 * np.pi)
    tall = round(2 * focal * np.tan(np.radians(30)))
    wide = round(2 * focal * np.tan(np.pi / around))
    plotter = pv.Plotter(off_screen=True, window_size=[wide, tall])
    plotter.set_background("black")
    add_volume(plotter, folder)
    camera = plotter.camera
    camera.view_angle = 60
    camera.up = (0, 0, 1)

    def draw(frame: int) -> list[list[np.ndarray]]:
        eyes: list[list[np.ndarray]] = [[], []]
        for views, side in zip(eyes, (-1, 1), strict=True):
            for azimuth in np.arange(around) * 2 * np.pi / around:
                ahead = np.array([np.sin(azimuth), np.cos(azimuth), 0])
                right = np.array([np.cos(azimuth), -np.sin(azimuth), 0])
                camera.position = at = np.add(CAMERA, side * IPD / 2 * right)
                for elevation in np.radians(ABOVE):
                    camera.focal_point = at + np.cos(elevation) * ahead + np.sin(elevation) * np.array([0, 0, 1])
                    camera.clipping_range = (0.001, 10)
                    plotter.render()
                    views.append(plotter.screenshot(None, return_img=True))
        return eyes

    return Work(draw, lambda eyes: np.concatenate([put_together(views, width, around) for views in eyes]))


def put_together(views: list[np.ndarray], width: int, around: int) -> np.ndarray:
    """The picture of one eye, (width / 2, width, 3), by the nearest pixel in each strip."""
    longitude = ((np.arange(width) + 0.5) / width - 0.5) * 2 * np.pi
    latitude = (0.5 - (np.arange(width // 2)[:, None] + 0.5) / (width // 2)) * np.pi
    step = 2 * np.pi / around
    column = np.round(longitude / step).astype(int)
    row = np.round(np.degrees(latitude) / 60).astype(int)
    off, pitch = longitude - column * step, np.radians(row * 60)
    depth = np.cos(latitude) * np.cos(off) * np.cos(pitch) + np.sin(latitude) * np.sin(pitch)
    across = np.cos(latitude) * np.sin(off) / depth
    above = (np.sin(latitude) * np.cos(pitch) - np.cos(latitude) * np.cos(off) * np.sin(pitch)) / depth
    tall, wide = views[0].shape[:2]
    focal = width / (2 * np.pi)
    x = np.clip((wide / 2 + focal * across).astype(int), 0, wide - 1)
    y = np.clip((tall / 2 - focal * above).astype(int), 0, tall - 1)
    return np.stack(views)[(column % around) * len(ABOVE) + row + 1, y, x]
