"""How true the sky of the scene is: against exact rays, Monte Carlo in volumes, and closed forms.

Surface points are those that cameras all around see, and what they see of the sky counts by the cosine. Errors are of
the open part of the sky, 0 to 1: root of the mean square, mean, and worst. `flat` is the error without any occlusion.
With a folder of data files, a protein and two volumes are among the rows:

    python benchmarks/light_truth.py [--data DIR] [--places 2000] [--rays 256] [--only NAME ...]
"""

from __future__ import annotations

import argparse
import bz2
import math
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import numpy as np
from exact_light import SPHERE, TRIANGLE, TUBE, Bodies, openness_in_volume
from scipy.spatial import cKDTree

from moviemaker.core.fields import Cells
from moviemaker.core.props import Drawable, Glyphs, Isosurface, Sky, Surface, TransferFunction, Tubes, Volume
from moviemaker.shade.casters import CasterMaker, Triangles
from moviemaker.shade.levels import plan_levels
from moviemaker.shade.lookup import sky_at
from moviemaker.shade.skies import sky_levels

VDW = {"H": 1.1, "C": 1.7, "N": 1.55, "O": 1.52, "S": 1.8}
"""Radii of van der Waals, angstrom (A. Bondi, J. Phys. Chem. 68, 441, 1964; for H: Rowland & Taylor, 1996)."""


def sky_of(props: Sequence[Drawable], reach: float) -> tuple[Sky, float]:
    """The sky, and seconds of processor that it takes the second time."""
    seconds = 0.0
    for _ in range(2):
        casters = CasterMaker().of(props)
        begun = time.process_time()
        found = Sky(sky_levels(casters, plan_levels(casters, reach), reach), 1.0)
        seconds = time.process_time() - begun
    return found, seconds


def spheres(position: np.ndarray, radius: np.ndarray) -> tuple[list[Drawable], Bodies]:
    """Spheres as props, and as bodies for exact rays."""
    return [_balls(position, radius)], Bodies(
        (SPHERE, np.column_stack([position, radius, np.zeros((len(position), 5))]))
    )


def meshed(prop: Drawable) -> tuple[list[Drawable], Bodies]:
    """A prop with the triangles that it is drawn with."""
    (part,) = CasterMaker().of([prop]).parts
    assert isinstance(part, Triangles)
    return [prop], Bodies((TRIANGLE, part.corners.reshape(-1, 9) + np.tile(part.origin, 3)))


def grains() -> tuple[list[Drawable], Bodies]:
    """100,000 grains packed at random into a ball, of which 6 tenths are filled."""
    rng = np.random.default_rng(0)
    radius = (100_000 / 0.6) ** (1 / 3)
    position = rng.normal(size=(100_000, 3))
    position *= (radius * rng.random(100_000) ** (1 / 3) / np.linalg.norm(position, axis=1))[:, None]
    return spheres(position, np.ones(len(position)))


def mixed() -> tuple[list[Drawable], Bodies]:
    """Balls of sizes from 1 to 20."""
    rng = np.random.default_rng(1)
    return spheres(rng.random((4000, 3)) * 40, np.exp(rng.uniform(math.log(0.1), math.log(2.0), 4000)))


def coil() -> tuple[list[Drawable], Bodies]:
    """A tube around a tube around an axis."""
    t = np.linspace(0, 12 * np.pi, 1500)
    away = 3 + np.cos(7.3 * t)
    line = np.column_stack([np.cos(t) * away, np.sin(t) * away, t / 4 + np.sin(7.3 * t)])
    colors, width = np.full((len(line), 4), 255, np.uint8), np.full(len(line), 0.6)
    ends = np.column_stack([line[:-1], line[1:], width[1:] / 2, np.zeros((len(line) - 1, 2))])
    return [Tubes(line, np.array([0, len(line)]), width, colors, True)], Bodies((TUBE, ends))


def gyroid() -> tuple[list[Drawable], Bodies]:
    """The surface of a gyroid of three periods."""
    x, y, z = np.meshgrid(*(np.linspace(0, 6 * np.pi, 96),) * 3, indexing="ij")
    field = (np.sin(x) * np.cos(y) + np.sin(y) * np.cos(z) + np.sin(z) * np.cos(x)).astype(np.float32)
    return meshed(Isosurface(field, (0.0, 0.0, 0.0), (1.0, 1.0, 1.0), (0.3,), np.ones((1, 3)), 1.0, True))


def cubes() -> tuple[list[Drawable], Bodies]:
    """400 cubes of many sizes, some of them inside of each other."""
    rng = np.random.default_rng(3)
    position, size = rng.random((400, 3)) * 10, rng.uniform(0.3, 1.5, 400)
    return meshed(Glyphs("cube", position, size, np.full((400, 4), 255, np.uint8), True))


def hills() -> tuple[list[Drawable], Bodies]:
    """An open surface with hills."""
    x, y = np.meshgrid(*(np.linspace(0, 10, 200),) * 2, indexing="ij")
    z = 0.8 * np.sin(2 * x) * np.cos(1.7 * y) + 0.3 * np.sin(5 * x + y)
    return meshed(_quads(np.stack([x, y, z], axis=-1)))


def _quads(points: np.ndarray) -> Surface:
    """A surface through points (rows, columns, 3)."""
    number = np.arange(points[..., 0].size).reshape(points.shape[:2])
    quads = np.stack([number[:-1, :-1], number[1:, :-1], number[1:, 1:], number[:-1, 1:]], axis=-1).reshape(-1, 4)
    polys = Cells(np.arange(0, quads.size + 1, 4), quads.ravel())
    return Surface(points.reshape(-1, 3), polys, (1.0, 1.0, 1.0), 1.0, True)


def protein(data: Path) -> tuple[list[Drawable], Bodies]:
    """Adenylate kinase, 3,341 atoms as spheres of van der Waals."""
    import MDAnalysis

    atoms = MDAnalysis.Universe(str(data / "adk.psf"), str(data / "adk_dims.dcd")).atoms
    radius = np.array([VDW[name.lstrip("0123456789")[0]] for name in atoms.names])
    return spheres(atoms.positions.astype(float), radius)


def volume(values: np.ndarray, opacities: tuple[tuple[float, float], ...], unit: float) -> Volume:
    """A volume of values from 0 to 1, a voxel as wide as 1."""
    transfer = TransferFunction(np.array([0.0, 1.0]), np.ones((2, 3)), opacities)
    return Volume(values, (0.0,) * 3, (1.0,) * 3, transfer, 1.0, unit, 1.0, "composite", True)


def shell() -> Volume:
    """A thick shell with a hole, 128^3."""
    x, y, z = np.meshgrid(*(np.linspace(-1, 1, 128, dtype=np.float32),) * 3, indexing="ij")
    away = np.sqrt(x * x + y * y + z * z)
    values = np.exp(-(((away - 0.6) / 0.1) ** 2)) * (1 - np.exp(-((x - 0.6) ** 2 + y * y) / 0.1))
    return volume(values.astype(np.float32), ((0.05, 0.0), (1.0, 0.1)), 2.2)


def halo(data: Path) -> Volume:
    """A simulated halo of the Milky Way, 128^3."""
    with bz2.open(data / "hdz2000.npy.bz2") as file:
        values = np.load(file)
    return volume(values / np.float32(255), ((0.05, 0.0), (1.0, 0.3)), 2.2)


def head(data: Path) -> Volume:
    """A CT of a head: thin skin and dense bone, 256 x 256 x 128."""
    with bz2.open(data / "male.raw.bz2") as file:
        values = np.frombuffer(file.read(), np.uint8).reshape(256, 256, 128)
    return volume(values / np.float32(255), ((0.15, 0.0), (0.25, 0.05), (0.45, 0.1), (0.6, 0.8), (1.0, 0.9)), 2.0)


LIMITS = {"protein": 0.06, "grains": 0.09}
BODIES: dict[str, Callable[[], tuple[list[Drawable], Bodies]]] = {
    "grains": grains,
    "mixed": mixed,
    "coil": coil,
    "gyroid": gyroid,
    "cubes": cubes,
    "hills": hills,
}


def report(name: str, error: np.ndarray, flat: np.ndarray, note: str, limit: str) -> None:
    """Writes a row."""
    rms, worst, none = math.sqrt((error**2).mean()), np.abs(error).max(), math.sqrt((flat**2).mean())
    print(f"{name:10} rms {rms:.4f}  mean {error.mean():+.4f}  worst {worst:.3f}  flat {none:.3f}  {limit:20} {note}")


def bodies_rows(cases: dict[str, Callable[[], tuple[list[Drawable], Bodies]]], places: int, rays: int) -> None:
    """Rows of surfaces."""
    for name, make in cases.items():
        props, bodies = make()
        points, normals = bodies.seen(places)
        reach = 0.15 * bodies.diagonal
        truth = bodies.openness(points, normals, reach, rays)
        sky, seconds = sky_of(props, reach)
        shape = " + ".join("x".join(map(str, level.values.shape[:3])) for level in sky.levels)
        limit = f"(at most {LIMITS.get(name, 0.1)})"
        report(name, sky_at(sky, points, normals) - truth, 1 - truth, f"{shape}, {seconds:.3f} s", limit)


def volume_rows(cases: dict[str, Callable[[], Volume]], places: int) -> None:
    """Rows of volumes: at random places in them, by Monte Carlo with 1,024 rays."""
    for name, make in cases.items():
        prop = make()
        rng = np.random.default_rng(2)
        inside = rng.random((places, 3)) * (np.array(prop.values.shape) - 1)
        rays = rng.normal(size=(places, 1024, 3))
        rays /= np.linalg.norm(rays, axis=2, keepdims=True)
        reach = 0.15 * float(np.linalg.norm(prop.values.shape))
        values = np.linspace(0, 1, 4096)
        table = -np.log1p(-np.interp(values, *np.array(prop.transfer.opacities).T)) / prop.unit_distance
        truth = openness_in_volume(np.ascontiguousarray(prop.values), table, inside, rays, reach, 0.5)
        sky, seconds = sky_of([prop], reach)
        note = f"{'x'.join(map(str, sky.levels[0].values.shape[:3]))}, {seconds:.3f} s"
        report(name, sky_at(sky, inside) - truth, 1 - truth, note, "(at most 0.02, 0.08)")


def closed_forms() -> Iterator[tuple[str, float, float]]:
    """Scenes whose open sky is known: name, what is found, and the truth."""

    def sheet(first: Sequence[float], second: Sequence[float], third: Sequence[float]) -> Surface:
        u, v = np.meshgrid(*(np.linspace(0, 1, 65),) * 2, indexing="ij")
        a, b, c = (np.array(each, float) for each in (first, second, third))
        return _quads(a + u[..., None] * (b - a) + v[..., None] * (c - a))

    def seen(props: Sequence[Drawable], places: Sequence[Sequence[float]], normal: Sequence[float]) -> np.ndarray:
        sky, _ = sky_of(props, 1e9)
        return sky_at(sky, np.array(places, float), np.tile(np.array(normal, float), (len(places), 1)))

    x = np.array([0.0, 1.0, 2.0, 3.0])
    ball = spheres(np.array([[0.0, 0.0, 2.0]]), np.ones(1))[0]
    found = seen([*ball, sheet([-6, -6, 0], [6, -6, 0], [-6, 6, 0])], [[each, 0, 0] for each in x], [0, 0, 1])
    away = np.hypot(x, 2)
    yield from zip([f"sphere over a plane, {each:g} aside" for each in x], found, 1 - 2 / away**3, strict=True)
    for height in (1.0, 2.0, 4.0):
        walls = [sheet([side, -20, 0], [side, 20, 0], [side, -20, height]) for side in (-1, 1)]
        found = seen([*walls, sheet([-1, -20, 0], [1, -20, 0], [-1, 20, 0])], [[0, 0, 0]], [0, 0, 1])
        yield f"bottom of a slit {height:g} deep, 2 wide", found[0], 1 / math.hypot(1, height)
    # The floor of a cube whose ceiling is open, along the middle of a wall: what the ceiling covers of the sky.
    walls = [sheet([0, 0, 0], [2, 0, 0], [0, 2, 0])]
    walls += [sheet([side, 0, 0], [side, 2, 0], [side, 0, 2]) for side in (0, 2)]
    walls += [sheet([0, side, 0], [2, side, 0], [0, side, 2]) for side in (0, 2)]
    x = np.array([0.0, 0.1, 0.3, 0.6, 1.0])
    found = seen(walls, [[each, 1, 0] for each in x], [0, 0, 1])
    truth = [sum(_covered(side, 1, 2) for side in (each, 2 - each) for _ in range(2)) for each in x]
    yield from zip([f"cube without a lid, {each:g} from a wall" for each in x], found, truth, strict=True)


def _covered(a: float, b: float, height: float) -> float:
    """What of the sky a rectangle a x b covers, parallel to a surface at that height over the rectangle's corner."""
    x, y = a / height, b / height
    one, other = math.sqrt(1 + x * x), math.sqrt(1 + y * y)
    return (x / one * math.atan(y / one) + y / other * math.atan(x / other)) / (2 * math.pi)


def steadiness() -> None:
    """How much the sky of resting grains changes from frame to frame while others pass among them."""
    rng = np.random.default_rng(4)
    resting, moving = rng.random((3000, 3)) * 20, rng.random((300, 3)) * 20
    speed = rng.normal(size=(300, 3)) * 0.06 / math.sqrt(3)  # a tenth of their radius a frame
    normals = rng.normal(size=(3000, 3))
    normals /= np.linalg.norm(normals, axis=1, keepdims=True)
    places = resting + 0.6 * normals
    # What lies in another grain at some time is not seen.
    frames = [np.concatenate([resting, moving + frame * speed]) for frame in range(12)]
    bare = np.all([cKDTree(position).query(places)[0] > 0.5999 for position in frames], axis=0)
    places, normals = places[bare], normals[bare]
    seen, truth = [], []
    for position in frames:
        props, bodies = spheres(position, np.full(len(position), 0.6))
        seen.append(sky_at(sky_of(props, 5.0)[0], places, normals))
        truth.append(bodies.openness(places, normals, 5.0, 1024))
    change, real = np.abs(np.diff(seen, axis=0)), np.abs(np.diff(truth, axis=0))
    steady = change[real < 0.005]
    print(
        f"flicker where the truth changes by less than 0.005: worst {255 * steady.max():.2f}, "
        f"99.9 % {255 * np.quantile(steady, 0.999):.2f}, of 255 a frame (at most 2)"
    )


def large() -> None:
    """What the sky of 10^6 grains costs."""
    position = np.random.default_rng(5).random((1_000_000, 3)) * 200
    sky, seconds = sky_of([_balls(position, np.ones(len(position)))], 50.0)
    shape = "x".join(map(str, sky.levels[0].values.shape[:3]))
    print(f"10^6 grains: {shape} cells, {seconds:.3f} s of processor (at most 1)")


def _balls(position: np.ndarray, radius: np.ndarray) -> Glyphs:
    return Glyphs("sphere", position, 2 * radius, np.full((len(position), 4), 255, np.uint8), True)


def main() -> None:
    """Prints all rows."""
    asked = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    asked.add_argument("--data", type=Path, help="folder with adk.psf, adk_dims.dcd, hdz2000.npy.bz2, male.raw.bz2")
    asked.add_argument("--places", type=int, default=2000)
    asked.add_argument("--rays", type=int, default=256)
    asked.add_argument("--only", nargs="*", default=[])
    given = asked.parse_args()
    bodies, volumes = dict(BODIES), {"shell": shell}
    if given.data:
        bodies["protein"] = lambda: protein(given.data)
        volumes |= {"halo": lambda: halo(given.data), "head": lambda: head(given.data)}
    wanted = given.only or [*bodies, *volumes, "forms", "steady", "large"]
    bodies_rows({name: make for name, make in bodies.items() if name in wanted}, given.places, given.rays)
    volume_rows({name: make for name, make in volumes.items() if name in wanted}, given.places)
    for name, found, truth in closed_forms() if "forms" in wanted else ():
        print(f"{name:40} {found:.3f}, truth {truth:.3f}, off by {found - truth:+.3f}")
    if "steady" in wanted:
        steadiness()
    if "large" in wanted:
        large()


if __name__ == "__main__":
    main()
