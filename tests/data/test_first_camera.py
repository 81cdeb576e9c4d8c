"""The camera and the points of first scenes: what is seen fills the picture, and the colours say something."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import yaml

from moviemaker.core.fields import Grid
from moviemaker.data.describing.describe import describe
from moviemaker.data.describing.first_points import neighbour_distance, on_surfaces
from moviemaker.data.describing.framing import FILLED, Framing, Seen, frame, seen_in_ball, seen_in_box
from moviemaker.data.describing.seen_samples import samples_seen

ALL_ROUND = (20.0, -60.0, 300.0)
SHAPES = {
    "a box": seen_in_box([(0, 4), (10, 14), (-3, 1)]),
    "a long box": seen_in_box([(0, 40), (0, 4), (0, 6)]),
    "a flat box": seen_in_box([(0, 40), (0, 30), (0, 1)]),
    "a tower": seen_in_box([(0, 2), (0, 2), (0, 30)]),
    "a ball": seen_in_ball(3.0, (1.0, 2.0, 3.0)),
    "a line": Seen(np.linspace([0, 0, 0], [1, 2, 0], 9), whole=True),
}


def projected(seen: Seen, framing: Framing, azimuth: float) -> np.ndarray:
    """Points in the picture, (n, 2): 1 is half of its height, and of its width."""
    a, e = np.radians([azimuth, framing.elevation])
    toward = np.array([np.cos(a) * np.cos(e), np.sin(a) * np.cos(e), np.sin(e)])
    right = np.array([-np.sin(a), np.cos(a), 0.0])
    away = np.asarray(seen.points) - framing.center
    depth = framing.radius - away @ toward
    half = np.tan(np.radians(20)) * depth
    if seen.reach:  # the edge of a sphere around the only point
        half = np.tan(np.radians(20)) * np.sqrt(framing.radius**2 - seen.reach**2)
        return np.array([[0.0, seen.reach / half.item()]])
    return np.column_stack([away @ right / half / (16 / 9), away @ np.cross(toward, right) / half])


@pytest.mark.parametrize("name", SHAPES)
def test_what_is_seen_fills_the_picture_and_never_leaves_it(name):
    seen = SHAPES[name]
    framing = frame(seen, ALL_ROUND)
    edges = [np.abs(projected(seen, framing, framing.azimuth[0] + turn)).max() for turn in range(0, 360, 15)]
    assert max(edges) < FILLED + 0.03
    assert max(edges) > FILLED - 0.1
    assert edges[0] > 0.6  # the first picture


def test_few_particles_far_off_are_left_out():
    random = np.random.default_rng(0)
    near = random.normal(size=(2000, 3))
    alone = frame(Seen(near), ALL_ROUND)
    with_others = frame(Seen(np.concatenate([near, [[500, 0, 0], [0, 0, 900]]])), ALL_ROUND)
    assert with_others.radius < 1.1 * alone.radius
    assert with_others.center == pytest.approx(alone.center, abs=0.5)


def test_pictures_all_around_are_filled_by_an_angle():
    around = frame(seen_in_ball(1.0), ALL_ROUND).around
    assert 2 * np.degrees(np.arcsin(1 / around)) == pytest.approx(90)


def test_the_height_of_a_parallel_picture_is_filled_as_much():
    assert 2 / frame(seen_in_ball(1.0), ALL_ROUND).height == pytest.approx(FILLED)


def test_only_what_layers_show_of_a_grid_is_framed():
    axis = np.linspace(-1, 1, 50)
    distance = np.sqrt(axis[:, None, None] ** 2 + axis[:, None] ** 2 + axis**2)
    grid = Grid({"f": np.exp(-((distance / 0.2) ** 2))}, (-1, -1, -1), (2 / 49,) * 3)
    for layer in ("{kind: volume, field: f, transfer: [[0.4, 0], [0.4001, 1]]}", "{kind: isosurface, levels: [0.4]}"):
        seen = samples_seen(grid, f"- {layer}")
        assert np.linalg.norm(seen.points, axis=1).max() == pytest.approx(0.2 * np.sqrt(-np.log(0.4)), abs=0.03)
    stretched = samples_seen(grid, "- {kind: isosurface, levels: [0.4]}", [(-1, 1), (-1, 1), (-10, 10)])
    assert np.ptp(stretched.points[:, 2]) == pytest.approx(10 * np.ptp(stretched.points[:, 0]), rel=0.05)
    alone = Grid({"f": np.pad(np.ones((1, 1, 1)), 4)}, (0, 0, 0), (2, 2, 3))
    seen = samples_seen(alone, "- {kind: volume, transfer: [[0, 0], [1, 1]]}")
    assert np.array_equal(seen.points, [[8, 8, 12]])
    assert seen.reach == 3  # a lone sample is drawn as far as to its neighbours
    labels = Grid({"f": (distance < 0.3).astype(np.int16) * 7}, (-1, -1, -1), (2 / 49,) * 3)
    assert np.linalg.norm(samples_seen(labels, "- {kind: volume, labels: {7: red}}").points, axis=1).max() < 0.3


def test_neighbours_are_found_in_any_number_of_particles():
    random = np.random.default_rng(0)
    for count in (1000, 250_000):
        found = neighbour_distance(random.random((count, 3)))
        assert found == pytest.approx(0.554 * count ** (-1 / 3), rel=0.07)  # S. Chandrasekhar, Rev. Mod. Phys. 15, 1
    assert neighbour_distance(np.zeros((5, 3))) == 0


def test_scans_lie_on_surfaces():
    random = np.random.default_rng(0)
    x, y = random.random((2, 20_000)) * 10
    assert on_surfaces(np.column_stack([x, y, np.sin(x) * np.cos(y) + 0.01 * random.normal(size=len(x))]))
    assert not on_surfaces(random.normal(size=(20_000, 3)))


def first_layer(folder: Path, **arrays: Any) -> dict[str, Any]:
    np.savez(folder / "p.npz", **arrays)
    layer: dict[str, Any] = yaml.safe_load(describe(folder / "p.npz").scene)["layers"][0]
    return layer


@pytest.mark.parametrize(
    ("fields", "by"),
    [
        ({"temperature": "wide", "m": "wide", "id": "count"}, "temperature"),
        ({"m": "wide", "velocity": "vector"}, "speed"),
        ({"m": "wide", "mass": "constant"}, "m"),
        ({"velocity": "vector"}, "speed"),
        ({"mass": "constant", "velocity": "vector"}, "speed"),
        ({"rgb": "bytes", "temperature": "wide"}, "rgb"),
        ({"_rgba": "bytes"}, "_rgba"),
        ({"classification": "classes", "intensity": "wide"}, "classification"),
        ({"mass": "constant", "gps_time": "wide", "id": "count"}, None),
        ({}, None),
    ],
)
def test_colours_come_from_the_field_that_says_most(tmp_path, fields, by):
    random = np.random.default_rng(0)
    made = {
        "wide": random.random(300),
        "count": np.arange(300),
        "vector": random.normal(size=(300, 3)),
        "constant": np.ones(300),
        "bytes": random.integers(0, 255, (300, 3)).astype(np.uint8),
        "classes": random.integers(2, 7, 300),
    }
    layer = first_layer(
        tmp_path, position=random.random((300, 3)), **{name: made[kind] for name, kind in fields.items()}
    )
    assert layer["color"]["by"] == by if by else isinstance(layer["color"], str)
    if by == "classification":
        ground, buildings = (layer["color"]["colormap"][number] for number in (2, 6))
        assert layer["color"]["range"] == [0, len(layer["color"]["colormap"]) - 1]
        assert ground != buildings


def test_values_over_decades_are_coloured_by_their_logarithm(tmp_path):
    random = np.random.default_rng(0)
    layer = first_layer(tmp_path, position=random.random((300, 3)), density=10 ** random.uniform(-3, 3, 300))
    assert layer["color"]["scale"] == "log"


def test_many_particles_that_fill_space_glow(tmp_path):
    random = np.random.default_rng(0)
    assert first_layer(tmp_path, position=random.normal(size=(12_000, 3)))["shape"] == "glow"
    plane = random.random((12_000, 3)) * [1, 1, 0]
    assert first_layer(tmp_path, position=plane)["shape"] == "sphere"
    size = first_layer(tmp_path, position=plane[:3000])["size"]
    assert size == pytest.approx(1.8 * 0.5 * 3000**-0.5, rel=0.1)  # they cover the plane
    assert first_layer(tmp_path, position=random.normal(size=(500, 3)))["shape"] == "sphere"
