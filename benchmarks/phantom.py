"""Phantoms of a head and of a chest in Hounsfield units, to look at the presets for medical scans.

    python benchmarks/phantom.py FOLDER

writes `head.nii.gz` and `chest.nii.gz`, RAS+ in millimetres, and a picture of each with the presets. They are
ellipsoids, as those of L. A. Shepp and B. F. Logan (IEEE Trans. Nucl. Sci. 21, 21, 1974), in three dimensions, with
tubes for ribs and vessels; their edges are as soft as those of a scanner, and there is noise.
"""

from __future__ import annotations

import sys
from itertools import pairwise
from pathlib import Path

import numpy as np
from scipy.ndimage import gaussian_filter

AIR, FAT, SKIN, MUSCLE, BRAIN, WATER, LUNG, SPONGY, COMPACT, CONTRAST = (
    -1000.0, -100.0, 30.0, 60.0, 35.0, 5.0, -780.0, 250.0, 1100.0, 350.0,
)  # fmt: skip
NOISE = 12.0
"""Standard deviation of the noise, Hounsfield units."""
BLUR = 0.7
"""Standard deviation of the blur, samples."""


class Phantom:
    """A body that is made of parts, each of which replaces what was there.

    Attributes:
        values: (nx, ny, nz) float32, Hounsfield units.
        spacing: millimetres.
        origin: position of the first sample, millimetres.
    """

    def __init__(self, half: tuple[float, float, float], spacing: float):
        axes = [np.arange(-size, size + spacing / 2, spacing, dtype=np.float32) for size in half]
        self.x, self.y, self.z = np.meshgrid(*axes, indexing="ij", sparse=True)
        self.spacing, self.origin = spacing, tuple(float(axis[0]) for axis in axes)
        self.values = np.full([len(axis) for axis in axes], AIR, np.float32)

    def put(self, value: float, distance: np.ndarray) -> None:
        """Fills what has a negative distance (millimetres) with a value, with a soft edge."""
        part = np.clip(0.5 - distance / (1.5 * self.spacing), 0, 1).astype(np.float32)
        self.values += part * (value - self.values)

    def ball(self, value: float, half: tuple[float, float, float], at: tuple[float, float, float] = (0, 0, 0)) -> None:
        """An ellipsoid with these half axes."""
        a, b, c = half
        x, y, z = self.x - at[0], self.y - at[1], self.z - at[2]
        r = np.sqrt((x / a) ** 2 + (y / b) ** 2 + (z / c) ** 2)
        self.put(value, (r - 1) * min(half))

    def tube(self, value: float, path: np.ndarray, radius: float) -> None:
        """A tube along points (n, 3)."""
        for begin, end in pairwise(path):
            low = np.minimum(begin, end) - radius - 2 * self.spacing
            high = np.maximum(begin, end) + radius + 2 * self.spacing
            part = tuple(
                slice(*np.clip(np.round((np.array([lo, hi]) - o) / self.spacing).astype(int), 0, n).tolist())
                for lo, hi, o, n in zip(low, high, self.origin, self.values.shape, strict=True)
            )
            x, y, z = self.x[part[0]], self.y[:, part[1]], self.z[:, :, part[2]]
            along = end - begin
            t = ((x - begin[0]) * along[0] + (y - begin[1]) * along[1] + (z - begin[2]) * along[2]) / (along @ along)
            t = np.clip(t, 0, 1)
            gap = [axis - begin[n] - t * along[n] for n, axis in enumerate((x, y, z))]
            distance = np.sqrt(gap[0] ** 2 + gap[1] ** 2 + gap[2] ** 2) - radius
            inside = np.clip(0.5 - distance / (1.5 * self.spacing), 0, 1)
            self.values[part] += inside * (value - self.values[part])

    def scanned(self) -> np.ndarray:
        """Whole numbers as blurred as a scanner's, with noise that is as blurred, int16."""
        noise = gaussian_filter(np.random.default_rng(0).normal(0, 1, self.values.shape), BLUR)
        blurred = gaussian_filter(self.values, BLUR) + NOISE / noise.std() * noise
        return np.clip(np.round(blurred), -1024, 3071).astype(np.int16)


def head(spacing: float = 2.0) -> Phantom:
    """A head with a nose, eyes, ears, a skull with a jaw and teeth, a brain and arteries with a contrast medium."""
    made = Phantom((104, 124, 144), spacing)
    made.tube(SKIN, np.array([[0, -22, -150], [0, -10, -60]], float), 55)
    made.ball(SKIN, (79, 98, 100), (0, 0, 30))
    made.ball(SKIN, (58, 62, 72), (0, 42, -42))  # face
    made.ball(SKIN, (11, 20, 17), (0, 104, -22))  # nose
    made.ball(SKIN, (25, 11, 7), (0, 96, -58))  # lips
    for side in (-1, 1):
        made.ball(SKIN, (8, 19, 28), (side * 80, -8, -5))  # ears
        made.ball(AIR, (6, 6, 6), (side * 84, -2, -6))
    made.ball(FAT, (74, 93, 95), (0, 0, 30))
    made.ball(MUSCLE, (72, 91, 93), (0, 0, 30))
    made.ball(MUSCLE, (50, 54, 64), (0, 42, -42))
    made.ball(COMPACT, (70, 89, 91), (0, 0, 30))  # skull
    made.ball(SPONGY, (67, 86, 88), (0, 0, 30))
    made.ball(COMPACT, (65, 84, 86), (0, 0, 30))
    made.ball(WATER, (63, 82, 84), (0, 0, 30))
    made.ball(BRAIN, (61, 80, 82), (0, 0, 30))
    made.ball(WATER, (9, 28, 18), (13, 0, 38))
    made.ball(WATER, (9, 28, 18), (-13, 0, 38))
    made.ball(COMPACT, (42, 36, 30), (0, 60, -30))  # face bones
    made.ball(MUSCLE, (34, 30, 24), (0, 56, -32))
    for side in (-1, 1):
        made.ball(SKIN, (17, 20, 16), (side * 31, 84, 0))  # eyes in their holes
        made.ball(AIR, (9, 15, 12), (side * 15, 74, -22))  # sinuses
    turn = np.linspace(0, np.pi, 25)
    jaw = np.stack([46 * np.cos(turn), 30 + 52 * np.sin(turn), -72 + 22 * np.cos(2 * turn) * 0.6], axis=1)
    made.tube(COMPACT, jaw, 8)
    made.tube(SPONGY, jaw, 4)
    for x in np.linspace(-24, 24, 9):
        for z in (-54, -66):
            made.ball(2200, (2.4, 3, 5), (float(x), 78 - 0.02 * float(x) ** 2, z))  # teeth
    for step in range(7):
        made.ball(COMPACT, (17, 14, 7), (0, -34, -60 - 14 * step))  # spine
        made.ball(SPONGY, (13, 10, 5), (0, -34, -60 - 14 * step))
    made.ball(AIR, (7, 8, 60), (0, 12, -110))  # throat
    for side in (-1, 1):
        z = np.linspace(-144, -20, 20)
        made.tube(CONTRAST, np.stack([side * (24 + 4 * np.sin(z / 15)), 0 * z - 2, z], axis=1), 3.5)
        t = np.linspace(0, 1, 16)
        made.tube(CONTRAST, np.stack([side * (20 + 38 * t), 6 + 14 * t, -18 + 66 * t**1.5], axis=1), 2.8)
        made.tube(CONTRAST, np.stack([side * (20 - 16 * t), 6 + 66 * t, -18 + 80 * t], axis=1), 2.4)
    return made


def chest(spacing: float = 2.5) -> Phantom:
    """A chest with ribs, a spine, lungs with their vessels, a heart and an aorta with a contrast medium."""
    made = Phantom((180, 130, 170), spacing)
    made.ball(SKIN, (165, 108, 260))
    made.ball(FAT, (161, 104, 256))
    made.ball(MUSCLE, (149, 92, 244))
    for side in (-1, 1):
        made.ball(LUNG, (60, 72, 130), (side * 72, 4, 0))
    for rib in range(10):
        turn = np.linspace(0.06, 0.94, 26) * np.pi
        z = 120 - 25 * rib
        for side in (-1, 1):
            path = np.stack(
                [side * 134 * np.sin(turn), -80 * np.cos(turn), z - 26 * (1 - np.cos(turn)) + 0 * turn], axis=1
            )
            made.tube(COMPACT, path, 6)
            made.tube(SPONGY, path, 3)
    made.tube(COMPACT, np.array([[0, 82, 100], [0, 84, -40]], float), 11)
    made.tube(SPONGY, np.array([[0, 82, 100], [0, 84, -40]], float), 8)
    for step in range(-6, 7):
        made.ball(COMPACT, (20, 17, 11), (0, -56, 26 * step))
        made.ball(SPONGY, (16, 13, 8), (0, -56, 26 * step))
        made.ball(COMPACT, (5, 16, 6), (0, -82, 26 * step))
    made.ball(MUSCLE, (48, 44, 56), (14, 26, -30))
    made.ball(CONTRAST, (32, 28, 40), (18, 26, -32))
    turn = np.linspace(0, np.pi, 22)
    arch = np.stack([8 + 0 * turn, -8 + 28 * np.cos(turn), 50 + 28 * np.sin(turn)], axis=1)
    made.tube(CONTRAST, np.concatenate([[[14, 24, -10]], arch, [[6, -36, -170]]]), 11)
    made.tube(AIR, np.array([[0, -2, 170], [0, -6, 50]], float), 8)
    grown = np.random.default_rng(1)
    for side in (-1, 1):
        made.tube(AIR, np.array([[0, -6, 50], [side * 40, -6, 22]], float), 5)
        for _ in range(40):
            way = grown.normal(size=3) * [1, 1, 1.4]
            t = np.linspace(0, 1, 6)[:, None]
            reach = np.array([[side * 38.0, 0, 20]]) + t * [[side * 34, 2, -16]] + t * way * 42
            bent = np.clip(reach + 5 * np.sin(3 * t + way), [-122, -50, -100], [122, 55, 100])
            made.tube(CONTRAST - 150, bent[:4], 2.2)
            made.tube(CONTRAST - 200, bent[3:], 1.3)
    return made


def _save(made: Phantom, path: Path) -> None:
    import nibabel

    affine = np.diag([made.spacing, made.spacing, made.spacing, 1.0])
    affine[:3, 3] = made.origin
    nibabel.save(nibabel.Nifti1Image(made.scanned(), affine), path)


PICTURES = {
    "head": ("bone", "skin", "muscle", "vessels", {"bone": 1, "skin": 0.08}, {"bone": 0.3, "vessels": 1}),
    "chest": ("bone", "skin", "muscle", "vessels", "lung", {"lung": 1, "bone": 0.3, "skin": 0.03}),
}


def main(folder: Path) -> None:
    """Writes the scans and the pictures."""
    from PIL import Image

    import moviemaker as mm

    folder.mkdir(parents=True, exist_ok=True)
    for name, presets in PICTURES.items():
        file = folder / f"{name}.nii.gz"
        if not file.exists():
            _save({"head": head, "chest": chest}[name](), file)
        row = []
        for preset in presets:
            scene = {
                "duration": 1,
                "data": {"scan": {"kind": "grid", "file": str(file.resolve())}},
                "layers": [{"kind": "volume", "data": "scan", "preset": preset}],
                "camera": {
                    "up": [0, 0, 1],
                    "fov": 30,
                    "orbit": {"radius": {"head": 640, "chest": 900}[name], "elevation": 8, "azimuth": 55},
                },
                "outputs": {"a": {"lens": "perspective", "size": [300, 340]}},
            }
            row.append(mm.Scene.from_dict(scene).still(0))
        Image.fromarray(np.concatenate(row, 1)).save(folder / f"{name}.png")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
