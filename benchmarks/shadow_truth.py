"""Shadows of suns and point lights, against exact rays; what they cost; and the memory that they take.

The error is the rms of the visible part of the lamp, from 0 to 1, at 2,000 points of surfaces that a camera somewhere
around sees and that face the lamp, or at 2,000 places in volumes. Beside it stands the error of no shadows at all, and
the error of the light that surfaces send on, which falls with the cosine of its angle. Rays go to 64 points of a sun's
disk. Milliseconds are of a repeated call, in wall time and of all cores together.

    python benchmarks/shadow_truth.py DATA [--only grains]

DATA is a folder with `adk.psf`, `adk_dims.dcd` (MDAnalysis' tests) and `hdz2000.npy.bz2` (ipyvolume's datasets); what
is missing is left out. The other bodies are made here.
"""

from __future__ import annotations

import argparse
import bz2
import io
import math
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np

from moviemaker.core.jit import compiled, numba
from moviemaker.core.props import Cells, Light, Shadow, TransferFunction, Volume
from moviemaker.shade.casters import Casters, Spheres, Triangles
from moviemaker.shade.depth_maps import axes_of
from moviemaker.shade.lookup import cells_at
from moviemaker.shade.lookup_suns import lit
from moviemaker.shade.media import Medium
from moviemaker.shade.shadows import shadow_of

COUNT = 2000
RAYS = 64
DOWN = (0.4, 0.5, -0.77)
RADII = {"H": 1.2, "C": 1.7, "N": 1.55, "O": 1.52, "S": 1.8}


def main() -> None:
    """Prints all figures."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path, nargs="?", default=Path())
    parser.add_argument("--only", default="", help="a part of the name of the rows")
    chosen = parser.parse_args()
    data, only = chosen.data, chosen.only
    if only in "edge":
        edges()
    for name, (center, radius) in bodies(data).items():
        if only not in name:
            continue
        parts = (spheres(center, radius),)
        places, normals = surface_points(center, radius)
        for angle in (0.0, 2.0, 5.0):
            body(f"{name}, sun of {angle:g} degrees", parts, sun(DOWN, angle), center, radius, places, normals)
        middle = (center.min(axis=0) + center.max(axis=0)) / 2
        outside = tuple((middle - np.array(DOWN) * 1.2 * np.ptp(center, axis=0).max()).tolist())
        lamp = Light("point", outside, (1, 1, 1), 1.0, shadow=1.0)
        body(f"{name}, lamp", parts, lamp, center, radius, places, normals)
    if only in "10^6 grains":
        many()
    for name, values, opacities in volumes(data):
        if only in name:
            volume(name, values, opacities)


def sun(direction: tuple[float, ...], angle: float) -> Light:
    """A sun whose shadows are black."""
    x, y, z = (np.array(direction) / np.linalg.norm(direction)).tolist()
    return Light("sun", (x, y, z), (1, 1, 1), 1.0, shadow=1.0, angle=angle)


def spheres(center: np.ndarray, radius: np.ndarray) -> Spheres:
    """Opaque balls."""
    return Spheres(
        (0.0, 0.0, 0.0), center.astype(np.float32), radius.astype(np.float32), np.ones(len(radius), np.float32)
    )


def around(center: np.ndarray, radius: np.ndarray) -> np.ndarray:
    """The box around balls."""
    reach = radius[:, None]
    return np.column_stack([(center - reach).min(axis=0), (center + reach).max(axis=0)])


def timed(make: Callable[[], Shadow | None]) -> tuple[Shadow, str]:
    """A shadow, and what it cost: the least of five times."""
    found, walls, shares = make(), [], []
    for _ in range(5):
        wall, share = time.perf_counter(), time.process_time()
        found = make()
        walls.append(time.perf_counter() - wall)
        shares.append(time.process_time() - share)
    assert found is not None
    kept = [array for one in found.maps for array in (one.depths, one.coarser) if array is not None]
    kept += list({id(one): one.values for one in (found.through, found.in_volumes) if one is not None}.values())
    size = sum(array.nbytes for array in kept) / 1e6
    maps = (
        f"{len(found.maps)} x {found.maps[0].depths.shape[1]} x {found.maps[0].depths.shape[0]}" if found.maps else ""
    )
    return found, f"{1e3 * min(walls):7.1f} ms {1e3 * min(shares):7.1f} ms of cores {size:6.1f} MB {maps}"


def body(
    name: str,
    parts: tuple[Spheres, ...],
    light: Light,
    center: np.ndarray,
    radius: np.ndarray,
    places: np.ndarray,
    normals: np.ndarray,
) -> None:
    """Prints a row of balls."""
    casters = Casters(parts, around(center, radius))
    found, cost = timed(lambda: shadow_of(casters, light))
    toward = (
        (np.array(light.vector) - places)
        if light.kind == "point"
        else np.tile(-np.array(light.vector), (len(places), 1))
    )
    reach = np.linalg.norm(toward, axis=1)
    toward /= reach[:, None]
    facing = np.einsum("ij,ij->i", normals, toward)
    seen = facing > 0
    spread = math.tan(math.radians(light.angle or 0.0) / 2)
    expected = visible(places[seen], toward[seen], spread, center, radius, RAYS if spread else 1)
    off = lit(found, places[seen], normals[seen]) - expected
    sent = off * facing[seen]
    print(
        f"{name:38} error {rms(off):.3f} (none {rms(1 - expected):.3f}), of what is sent {rms(sent):.3f} "
        f"(none {rms((1 - expected) * facing[seen]):.3f}) {cost}"
    )


def rms(values: np.ndarray) -> float:
    """Root of the mean of squares."""
    return float(np.sqrt(np.mean(np.square(values))))


@compiled
def visible(
    places: np.ndarray, toward: np.ndarray, spread: float, center: np.ndarray, radius: np.ndarray, rays: int
) -> np.ndarray:
    """The part of a lamp's disk that is seen from places on balls, by exact rays. `spread`: of half of the disk."""
    found = np.ones(len(places))
    for i in numba.prange(len(places)):
        t = toward[i]
        a = np.array([1.0, 0, 0]) if abs(t[0]) < 0.7 else np.array([0.0, 1, 0])
        u = np.cross(t, a)
        u /= math.sqrt(u @ u)
        v = np.cross(t, u)
        blocked = np.zeros(rays, np.bool_)
        for j in range(len(center)):
            x, y, z = center[j, 0] - places[i, 0], center[j, 1] - places[i, 1], center[j, 2] - places[i, 2]
            along, square, size = x * t[0] + y * t[1] + z * t[2], x * x + y * y + z * z, radius[j] * radius[j]
            wide = radius[j] + spread * (abs(along) + radius[j])
            if along < -radius[j] or square - along * along > wide * wide or abs(square - size) < 1e-5 * size:
                continue  # far from all rays, or the ball that the place is on
            for k in range(rays):
                away, turn = spread * math.sqrt((k + 0.5) / rays), 2.399963 * k
                p, q = away * math.cos(turn), away * math.sin(turn)
                dx, dy, dz = t[0] + p * u[0] + q * v[0], t[1] + p * u[1] + q * v[1], t[2] + p * u[2] + q * v[2]
                b = (x * dx + y * dy + z * dz) / math.sqrt(dx * dx + dy * dy + dz * dz)
                if square - b * b < size and (b > 0 or square < size):
                    blocked[k] = True
        found[i] = 1 - blocked.sum() / rays
    return found


def surface_points(center: np.ndarray, radius: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Points of balls, and the normals there, that are seen from random directions far away."""
    rng = np.random.default_rng(0)
    places, normals = np.empty((0, 3)), np.empty((0, 3))
    while len(places) < COUNT:
        number = rng.integers(len(center), size=COUNT)
        normal, view = rng.normal(size=(2, COUNT, 3))
        normal /= np.linalg.norm(normal, axis=1)[:, None]
        view /= np.linalg.norm(view, axis=1)[:, None]
        place = center[number] + radius[number, None] * normal
        seen = (normal * view).sum(axis=1) > 0
        seen[seen] = visible(place[seen], view[seen], 0.0, center, radius, 1) == 1
        places, normals = np.concatenate([places, place[seen]]), np.concatenate([normals, normal[seen]])
    return places[:COUNT], normals[:COUNT]


def bodies(data: Path) -> dict[str, tuple[np.ndarray, np.ndarray]]:
    """Balls: middles and radii."""
    found = {}
    if (data / "adk.psf").exists():
        import MDAnalysis

        atoms = MDAnalysis.Universe(str(data / "adk.psf"), str(data / "adk_dims.dcd")).atoms
        found["protein"] = atoms.positions.astype(float), np.array([RADII[name[0]] for name in atoms.names])
    rng = np.random.default_rng(3)
    found["10^5 grains"] = rng.uniform(-1, 1, (100_000, 3)), np.full(100_000, 0.02)
    found["sizes 1 : 20"] = rng.normal(size=(3000, 3)), 0.02 * 20 ** rng.uniform(0, 1, 3000) ** 3
    return found


def many() -> None:
    """Prints what 10^6 grains cost."""
    center = np.random.default_rng(4).uniform(-1, 1, (1_000_000, 3))
    radius = np.full(1_000_000, 0.0093)
    casters = Casters((spheres(center, radius),), around(center, radius))
    for angle in (0.0, 2.0):
        _, cost = timed(lambda wide=angle: shadow_of(casters, sun(DOWN, wide)))
        print(f"{f'10^6 grains, sun of {angle:g} degrees':38} {cost}")


def edges() -> None:
    """Prints how wide the edge of a half plane's shadow is, in parts of its width by a sun of 5 degrees."""
    ratios = []
    for tilt in (0.0, 20.0, 45.0):
        for turn in (0.0, 17.0, 45.0):
            for height in (0.3, 0.5, 0.7, 1.0):
                ratios.append(edge(math.radians(tilt), math.radians(turn), height))
    row = f"{min(ratios):.2f} to {max(ratios):.2f}, mean {np.mean(ratios):.2f}"
    print(f"edge of a shadow, sun of 5 degrees: {row} of its width (10 to 90 %)")


def edge(tilt: float, turn: float, height: float) -> float:
    """The width of the edge of the shadow of a half plane turned around z, as a part of what it should be."""
    rotation = np.array([(math.cos(turn), -math.sin(turn), 0), (math.sin(turn), math.cos(turn), 0), (0, 0, 1)])
    corners = [[(-3, -3, height), (0, -3, height), (0, 3, height)], [(-3, -3, height), (0, 3, height), (-3, 3, height)]]
    corners += [[(-3, -3, 0), (3, -3, 0), (3, 3, 0)], [(-3, -3, 0), (3, 3, 0), (-3, 3, 0)]]
    plane = (np.array(corners) @ rotation.T).astype(np.float32)
    one = np.ones(4, np.float32)
    parts = (Triangles((0.0, 0.0, 0.0), plane, one, 6 * one),)
    direction = rotation @ (math.sin(tilt), 0.0, -math.cos(tilt))
    found = shadow_of(Casters(parts, np.array([(-3.0, 3.0)] * 2 + [(0.0, 1.0)])), sun(tuple(direction), 5.0))
    assert found is not None
    x = np.linspace(-0.15, 0.15, 1501) * height
    places = np.column_stack([x + height * math.tan(tilt), np.full_like(x, 0.123), np.zeros_like(x)]) @ rotation.T
    light = lit(found, places, np.tile([0.0, 0.0, 1.0], (len(x), 1)))
    axes, index = axes_of(direction), np.arange(4096) + 0.5
    away, around_it = math.tan(math.radians(2.5)) * np.sqrt(index / 4096), 2.399963 * index
    rays = -axes[2] + (away * np.cos(around_it))[:, None] * axes[0] + (away * np.sin(around_it))[:, None] * axes[1]
    met = np.sort(-height * (rays @ rotation)[:, 0] / rays[:, 2])  # a place is lit by what is beyond the edge
    expected = np.searchsorted(met, x + height * math.tan(tilt)) / 4096
    widths = [np.diff(np.interp([0.1, 0.9], np.maximum.accumulate(one), x))[0] for one in (light, expected)]
    return float(widths[0] / widths[1])


def volumes(data: Path) -> list[tuple[str, np.ndarray, tuple[tuple[float, float], ...]]]:
    """Names, samples and opacities over the width of a sample."""
    found = []
    if (data / "hdz2000.npy.bz2").exists():
        halo = np.load(io.BytesIO(bz2.decompress((data / "hdz2000.npy.bz2").read_bytes()))).reshape(128, 128, 128)
        found.append(("hdz2000", halo, ((0.0, 0.0), (40.0, 0.0), (255.0, 0.2))))
    x, y, z = np.mgrid[-1:1:128j, -1:1:128j, -1:1:128j]
    shell = 255 * np.exp(-(((np.sqrt(x * x + y * y + z * z) - 0.6) / 0.04) ** 2))
    found.append(("shell", shell.astype(np.uint8), ((0.0, 0.0), (255.0, 0.2))))
    x, y, z = np.mgrid[-1:1:256j, -1:1:256j, -1:1:128j]
    away = np.sqrt(x * x + y * y + 1.3 * z * z)
    head = 80 * (away < 0.8) + 120 * ((away > 0.66) & (away < 0.72))
    head[(abs(abs(x) - 0.3) < 0.1) & (abs(y + 0.5) < 0.2) & (abs(z) < 0.3)] = 0
    tissue = ((0.0, 0.0), (60.0, 0.0), (80.0, 0.03), (140.0, 0.05), (200.0, 0.6), (255.0, 0.8))
    found.append(("head, 256 x 256 x 128", head.astype(np.uint8), tissue))
    return found


def volume(name: str, values: np.ndarray, opacities: tuple[tuple[float, float], ...]) -> None:
    """Prints rows of a volume, for suns along several axes and for lamps beside and in it."""
    transfer = TransferFunction(np.array([0.0, 255.0]), np.ones((2, 3)), opacities)
    prop = Volume(values, (0.0, 0.0, 0.0), (1.0, 1.0, 1.0), transfer, 1.0, 1.0, 1.0, "composite", True)
    medium = Medium(prop)
    extinction, _ = medium.extinction()
    places = np.random.default_rng(5).uniform(1, np.array(values.shape) - 2, (COUNT, 3))
    lamps = [Light("point", where, (1, 1, 1), 1.0, shadow=1.0) for where in ((-20.0, 40.0, 70.0), (60.3, 64.7, 58.2))]
    suns = {"x": (0.8, 0.5, -0.33), "y": (0.2, 0.8, 0.4), "z": (0.3, 0.5, -0.81)}
    lights = {f"sun along {axis}": sun(vector, 2.0) for axis, vector in suns.items()}
    for kind, light in (lights | {"lamp beside": lamps[0], "lamp inside": lamps[1]}).items():
        found, cost = timed(lambda one=light: shadow_of(Casters((medium,), prop.bounds), one))
        toward = -np.tile(light.vector, (COUNT, 1)) if light.kind == "sun" else np.array(light.vector) - places
        reach = np.full(COUNT, 1e9) if light.kind == "sun" else np.linalg.norm(toward, axis=1)
        expected = marched(extinction, places, toward / np.linalg.norm(toward, axis=1)[:, None], reach)
        assert isinstance(found.in_volumes, Cells)
        off = cells_at(found.in_volumes, places) - expected
        row = f"error {rms(off):.4f}, worst {np.abs(off).max():.3f} (none {rms(1 - expected):.3f})"
        print(f"{f'{name}, {kind}':38} {row} {cost}")


@compiled
def marched(extinction: np.ndarray, places: np.ndarray, toward: np.ndarray, reach: np.ndarray) -> np.ndarray:
    """What gets through to places, by steps of a tenth of a cell."""
    found = np.empty(len(places))
    for i in numba.prange(len(places)):
        total, t = 0.0, 0.05
        while t < reach[i]:
            x, y, z = places[i, 0] + t * toward[i, 0], places[i, 1] + t * toward[i, 1], places[i, 2] + t * toward[i, 2]
            a, b, c = math.floor(x), math.floor(y), math.floor(z)
            if min(a, b, c) < -1 or a >= extinction.shape[0] or b >= extinction.shape[1] or c >= extinction.shape[2]:
                break
            for p in range(max(a, 0), min(a + 2, extinction.shape[0])):
                for q in range(max(b, 0), min(b + 2, extinction.shape[1])):
                    for r in range(max(c, 0), min(c + 2, extinction.shape[2])):
                        total += 0.1 * (1 - abs(x - p)) * (1 - abs(y - q)) * (1 - abs(z - r)) * extinction[p, q, r]
            t += 0.1
        found[i] = math.exp(-total)
    return found


if __name__ == "__main__":
    main()
