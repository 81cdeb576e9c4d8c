"""What all tools draw, as plain values and files. Runs in every environment: it needs NumPy alone."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

CAMERA = (0.13, -0.21, 0.07)
"""Where all-around pictures of the volume are seen from, in its box from -1 to 1."""
IPD = 0.02
UNIT_DISTANCE = 0.3
AWAY = 6.0
"""Distance of the camera of flat pictures from the middle ..."""
BEGIN, TURN = 20.0, 7.0
"""... around which it goes from this angle by these degrees from frame to frame."""
COLOR = (0x9F, 0xC0, 0xFF)
"""Colour of particles."""
FACES = ((1, 0, 0), (-1, 0, 0), (0, 1, 0), (0, -1, 0), (0, 0, 1), (0, 0, -1))


@dataclass(frozen=True)
class Settings:
    """Sizes of the pictures.

    Attributes:
        width: of the all-around pictures, pixels.
        flat: (width, height) of the flat pictures.
        frames: number of frames.
        angle: vertical angle of view of the flat pictures, degrees.
        splat: standard deviation of a glowing particle, in units of the scene.
        ball: diameter of a sphere, in units of the scene.
    """

    width: int
    flat: tuple[int, int]
    frames: int
    angle: float = 36.0
    splat: float = 0.02
    ball: float = 0.06

    def write(self, folder: Path) -> None:
        """Writes them for `read`."""
        (folder / "settings.json").write_text(json.dumps(asdict(self)), encoding="utf-8")

    @classmethod
    def read(cls, folder: Path) -> Settings:
        """Those that were written."""
        found = json.loads((folder / "settings.json").read_text(encoding="utf-8"))
        return cls(**found | {"flat": tuple(found["flat"])})


@dataclass(frozen=True)
class Work:
    """A picture that a tool makes of each frame.

    Attributes:
        draw: what is measured, given the number of the frame.
        develop: turns its result into rows of bytes (height, width, 3), or of light (height, width).
    """

    draw: Callable[[int], Any]
    develop: Callable[[Any], np.ndarray] = np.asarray


def place(frame: int) -> np.ndarray:
    """Where the camera of flat pictures is. It looks at the middle, and up is z."""
    angle = np.radians(BEGIN + TURN * frame)
    return np.array([AWAY * np.sin(angle), -AWAY * np.cos(angle), 0])


def transfer(folder: Path) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """256 values from 0 to 1, their opacities over `UNIT_DISTANCE`, and their colours (256, 3)."""
    table = np.load(folder / "transfer.npy")
    return table[:, 0], table[:, 1], table[:, 2:]


def write_data(folder: Path, size: int, glows: int, spheres: int) -> None:
    """Writes a volume of size^3 samples, its colours and opacities, and particles in three clumps."""
    import matplotlib

    axis = np.linspace(0, 6 * np.pi, size)
    waves = 0.5 + (np.sin(axis)[:, None, None] + np.sin(1.1 * axis)[:, None] + np.cos(axis)) / 6
    np.save(folder / "volume.npy", waves.astype(np.float32))
    values = np.linspace(0, 1, 256)
    shells = [(0.3, 0.05, 0.15), (0.55, 0.04, 0.25), (0.8, 0.05, 0.6)]  # centre, width, height
    opacity = sum(height * np.exp(-(((values - center) / width) ** 2) / 2) for center, width, height in shells)
    colors = matplotlib.colormaps["inferno"](values)[:, :3]
    np.save(folder / "transfer.npy", np.column_stack([values, opacity, colors]))
    random = np.random.default_rng(0)
    for name, count in (("glow", glows), ("spheres", spheres)):
        middle = np.array([[0.9, 0, 0.4], [-0.6, 0.7, -0.3], [0, -0.8, 0]])[random.integers(0, 3, count)]
        np.save(folder / f"{name}.npy", (middle + random.normal(0, 0.35, (count, 3))).astype(np.float32))
        np.savez(folder / f"{name}.npz", position=np.load(folder / f"{name}.npy"))
