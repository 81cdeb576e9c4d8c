"""Rays of omni-directional eyes, computed independently of the program: what each meets, and where.

Cameras of these tests look along y with z up. A picture of `width` pixels spans the whole circle.
"""

from __future__ import annotations

from typing import Any

import numpy as np

Rays = tuple[np.ndarray, np.ndarray]
"""Where rays start (..., 3) and their directions (..., 3)."""


def fade(latitude: np.ndarray, merge: Any) -> np.ndarray:
    if merge == "cosine":
        return np.cos(latitude)
    start, end = np.radians(merge)
    return np.cos(np.pi / 2 * np.clip((np.abs(latitude) - start) / (end - start), 0, 1))


def rays(camera: np.ndarray, directions: np.ndarray, radius: float, merge: Any) -> Rays:
    x, y, z = np.moveaxis(directions, -1, 0)
    h = np.hypot(x, y)
    side = np.stack([y, -x, 0 * h], axis=-1) / np.maximum(h, 1e-12)[..., None]
    return camera + radius * fade(np.arctan2(z, h), merge)[..., None] * side, directions


def of_eyes(camera: np.ndarray, look: np.ndarray, ipd: float) -> list[Rays]:
    """The rays of the left and of the right eye in directions (..., 3)."""
    return [rays(camera, look, radius, (60, 75)) for radius in (-ipd / 2, ipd / 2)]


def on_dome(side: int) -> tuple[np.ndarray, np.ndarray]:
    """Directions of the pixels of a dome's picture, and which of them are inside of it."""
    x, y = np.meshgrid(*(2 * (np.arange(side) + 0.5) / side - 1,) * 2)
    radius = np.hypot(x, y)
    angle = radius * np.pi / 2
    flat = np.sin(angle) / np.maximum(radius, 1e-9)
    return np.stack([flat * x, flat * y, np.cos(angle)], axis=-1), radius < 0.99


def to_sphere(rays: Rays, center: np.ndarray, diameter: float) -> np.ndarray:
    """Distances (...) along the rays; infinite for rays that miss."""
    start, ahead = rays
    start = start - center
    b = (start * ahead).sum(axis=-1)
    root = b * b - (start * start).sum(axis=-1) + diameter**2 / 4
    away = -b - np.sqrt(np.maximum(root, 0))
    return np.where((root > 0) & (away > 0), away, np.inf)


def through_box(rays: Rays, low: np.ndarray, high: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Distances (...) at which the rays enter a box and leave it; equal for rays that miss."""
    start, ahead = rays
    with np.errstate(divide="ignore", invalid="ignore"):
        one, other = (low - start) / ahead, (high - start) / ahead
    enters = np.maximum(np.minimum(one, other).max(axis=-1), 0)
    return enters, np.maximum(np.maximum(one, other).min(axis=-1), enters)


def to_box(rays: Rays, low: np.ndarray, high: np.ndarray) -> np.ndarray:
    """Distances (...) along the rays to a box that they do not start in; infinite for rays that miss."""
    enters, leaves = through_box(rays, low, high)
    return np.where(leaves > enters, enters, np.inf)


def directions(width: int) -> np.ndarray:
    """Directions of the pixels of an equirectangular picture, in the world."""
    i, j = np.meshgrid(np.arange(width), np.arange(width // 2))
    lon = ((i + 0.5) / width - 0.5) * 2 * np.pi
    lat = (0.5 - (j + 0.5) / (width / 2)) * np.pi
    return np.stack([np.sin(lon) * np.cos(lat), np.cos(lon) * np.cos(lat), np.sin(lat)], axis=-1)


def sampled(picture: np.ndarray, direction: np.ndarray) -> np.ndarray:
    """The values of an equirectangular picture (H, W) in directions (..., 3), by bilinear interpolation."""
    height, width = picture.shape
    x = (np.arctan2(direction[..., 0], direction[..., 1]) / (2 * np.pi) + 0.5) * width - 0.5
    y = np.clip((0.5 - np.arcsin(direction[..., 2]) / np.pi) * height - 0.5, 0, height - 1.001)
    i, j = np.floor(x).astype(int), np.floor(y).astype(int)
    across, down = x - i, y - j
    upper = picture[j, i % width] * (1 - across) + picture[j, (i + 1) % width] * across
    lower = picture[j + 1, i % width] * (1 - across) + picture[j + 1, (i + 1) % width] * across
    return upper * (1 - down) + lower * down
