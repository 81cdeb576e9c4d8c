"""Two eyes: things are where the formulas of stereo say, for every kind of eyes."""

from __future__ import annotations

import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import moviemaker as mm
from tests.lens.test_world import PIXEL, cubemap, directions_of_world, domemaster, equirectangular, solid_angles

IPD = 0.2
CAMERA = np.array([3.0, -2.0, 1.0])
AHEAD = np.array([math.cos(0.7), math.sin(0.7), 0.0])
UP = np.array([0.0, 0.0, 1.0])
WORLD_FROM_VIEWER = np.column_stack([np.cross(AHEAD, UP), UP, AHEAD])


def fade(latitude: float, merge: Any) -> float:
    if merge == "cosine":
        return math.cos(latitude)
    start, end = map(math.radians, merge)
    return math.cos(math.pi / 2 * min(max((abs(latitude) - start) / (end - start), 0), 1))


def ods_direction(point: np.ndarray, radius: float, merge: Any) -> np.ndarray:
    """The direction d of a point for the eye at `camera + fade * radius * normalize(h x up)`, where h is that of d."""
    x, y, z = point - CAMERA
    rho, latitude = math.hypot(x, y), math.atan2(z, math.hypot(x, y))
    for _ in range(300):
        offset = fade(latitude, merge) * radius
        away = math.sqrt(rho**2 - offset**2)
        latitude = math.atan2(z, away)
    # With h at the azimuth a, h x up is (sin a, -cos a): the point lies at a - atan(offset / away).
    azimuth = math.atan2(y, x) + math.atan2(offset, away)
    return np.array(
        [math.cos(azimuth) * math.cos(latitude), math.sin(azimuth) * math.cos(latitude), math.sin(latitude)]
    )


def scene(folder: Path, layers: list[dict], data: dict, output: dict) -> mm.Scene:
    camera = {"keyframes": [{"time": 0, "position": CAMERA.tolist(), "target": (CAMERA + AHEAD).tolist(), "fov": 60}]}
    return mm.Scene.from_dict(
        {
            "duration": 1,
            "data": data,
            "layers": layers,
            "camera": camera,
            "outputs": {"main": output | {"format": "png"}},
        },
        folder=folder,
    )


def worst_error(picture: np.ndarray, seen: np.ndarray, expected: list[np.ndarray], degrees: float) -> float:
    """Largest distance of things from their right places, in pixels of 2048 to the circle.

    Args:
        picture: (H, W), one eye's.
        seen: (H, W, 3), directions of its pixels in the viewer's frame.
        expected: directions in the world.
        degrees: how far around to look for each.
    """
    weight = picture * solid_angles(seen)
    rim = ~np.isfinite(seen[..., 0])
    worst, found_ones = 0.0, 0
    for direction in expected:
        wanted = WORLD_FROM_VIEWER.T @ direction
        near = seen @ wanted > math.cos(math.radians(degrees))
        if seen.shape[0] == seen.shape[1] and near[:, [0, -1]].any():
            continue  # cut off by the edge of half a sphere
        if near.sum() < 50 or rim[_box(near)].any():
            continue
        found = (weight[near, None] * seen[near]).sum(axis=0)
        found /= np.linalg.norm(found)
        worst, found_ones = max(worst, float(np.linalg.norm(found - wanted)) / PIXEL), found_ones + 1
    assert found_ones >= 8
    return worst


def _box(mask: np.ndarray) -> tuple[slice, slice]:
    rows, columns = np.flatnonzero(mask.any(axis=1)), np.flatnonzero(mask.any(axis=0))
    return slice(rows[0], rows[-1] + 1), slice(columns[0], columns[-1] + 1)


ODS: dict[str, tuple[dict, Callable[[], np.ndarray]]] = {
    "equirectangular": ({"lens": "equirectangular", "size": [2048, 2048]}, lambda: equirectangular(2048, 1024)),
    "domemaster": ({"lens": "domemaster", "size": [1024, 2048]}, lambda: domemaster(1024, 180, 0)),
    "vr180": ({"lens": "vr180", "size": [1024, 2048]}, lambda: equirectangular(1024, 1024, 180)),
    "cubemap": ({"lens": "cubemap", "size": [1536, 2048]}, lambda: cubemap(512)),
}


@pytest.mark.parametrize("merge", [[60, 75], "cosine"], ids=str)
@pytest.mark.parametrize("shape", ["sphere", "cube", "dot"])
def test_glyphs_are_where_omnidirectional_eyes_see_them(tmp_path, shape, merge):
    check_glyphs(tmp_path, "equirectangular", shape, merge)


@pytest.mark.parametrize("lens", ["domemaster", "vr180", "cubemap"])
def test_other_lenses_have_omnidirectional_eyes_too(tmp_path, lens):
    check_glyphs(tmp_path, lens, "sphere", [60, 75])


def check_glyphs(folder: Path, lens: str, shape: str, merge: Any) -> None:
    written, formula = ODS[lens]
    world = directions_of_world()
    groups = {f"at_{distance}": (distance, world[k::4]) for k, distance in enumerate((1, 3, 10, 30))}
    points = []
    for group, (distance, directions) in groups.items():
        points += list(CAMERA + distance * directions)
        np.savez(folder / f"{group}.npz", position=CAMERA + distance * directions)
    data = {group: {"kind": "particles", "file": f"{group}.npz"} for group in groups}
    layers = [
        {
            "kind": "points",
            "data": group,
            "shape": shape,
            "shade": False,
            "size": 5 if shape == "dot" else 0.02 * distance,
        }
        for group, (distance, _) in groups.items()
    ]
    stereo = {"packing": "top-bottom", "ipd": IPD, "pole_merge": merge} | ({"eyes": "ods"} if lens == "vr180" else {})
    picture = scene(folder, layers, data, written | {"stereo": stereo}).still(0.0)[..., 0].astype(float)
    for eye, radius in zip(np.vsplit(picture, 2), (-IPD / 2, IPD / 2), strict=True):
        expected = [ods_direction(point, radius, merge) for point in points]
        assert worst_error(eye, formula(), expected, degrees=2) < 0.35


@pytest.mark.parametrize("merge", [[60, 75], "cosine"], ids=str)
def test_volumes_are_where_omnidirectional_eyes_see_them(tmp_path, merge):
    world, data, layers, points = directions_of_world()[::2], {}, [], []
    axis = np.linspace(-1, 1, 32)
    np.save(tmp_path / "blob.npy", np.exp(-8 * (axis[:, None, None] ** 2 + axis[:, None] ** 2 + axis**2)).astype("f4"))
    for k, (direction, distance) in enumerate(zip(world, np.geomspace(1, 30, len(world)), strict=True)):
        points.append(CAMERA + distance * direction)
        bounds = [[float(c - 0.05 * distance), float(c + 0.05 * distance)] for c in points[-1]]
        data[f"blob{k}"] = {"kind": "grid", "file": "blob.npy", "bounds": bounds}
        layers.append(
            {"kind": "volume", "data": f"blob{k}", "colormap": ["white", "white"], "range": [0, 1],
             "transfer": [[0, 0], [0.05, 0], [1, 0.3]], "unit_distance": 0.005 * distance}
        )  # fmt: skip
    output = {"lens": "equirectangular", "size": [2048, 2048]}
    output["stereo"] = {"packing": "top-bottom", "ipd": IPD, "pole_merge": merge}
    picture = scene(tmp_path, layers, data, output).still(0.0)[..., 0].astype(float)
    for eye, radius in zip(np.vsplit(picture, 2), (-IPD / 2, IPD / 2), strict=True):
        expected = [ods_direction(point, radius, merge) for point in points]
        assert worst_error(eye, equirectangular(2048, 1024), expected, degrees=6) < 0.5


def column(picture: np.ndarray) -> float:
    light = picture.astype(float).sum(axis=(0, 2))
    return float((light * (np.arange(len(light)) + 0.5)).sum() / light.sum())


def one_sphere(folder: Path, distance: float, stereo: dict, lens: dict) -> mm.Scene:
    np.savez(folder / "one.npz", position=[CAMERA + distance * AHEAD])
    layer = {"kind": "points", "data": "one", "size": 0.02 * distance, "shade": False}
    return scene(folder, [layer], {"one": {"kind": "particles", "file": "one.npz"}}, lens | {"stereo": stereo})


FLAT = {"lens": "perspective", "size": [1600, 600]}


def test_eyes_agree_at_the_distance_of_convergence_and_nowhere_else(tmp_path):
    stereo = {"packing": "left-right", "ipd": IPD, "convergence": 5}
    focal = 300 / math.tan(math.radians(30))
    for distance in (2, 5, 50):
        left, right = np.hsplit(one_sphere(tmp_path, distance, stereo, FLAT).still(0.0), 2)
        expected = focal * IPD * (1 / distance - 1 / 5)
        assert column(left) - column(right) == pytest.approx(expected, abs=0.2)


def test_eyes_without_convergence_are_parallel(tmp_path):
    stereo = {"packing": "left-right", "ipd": IPD}
    for distance, disparity in ((2, 300 / math.tan(math.radians(30)) * IPD / 2), (1e5, 0.0)):
        left, right = np.hsplit(one_sphere(tmp_path, distance, stereo, FLAT).still(0.0), 2)
        assert column(left) - column(right) == pytest.approx(disparity, abs=0.2)


@pytest.mark.parametrize("lens", ["perspective", "equirectangular", "vr180"])
@pytest.mark.parametrize("packing", ["left-right", "top-bottom"])
def test_the_left_eye_is_left_or_on_top(tmp_path, lens, packing):
    size = [1200, 300] if packing == "left-right" else [600, 600]
    stereo = {"packing": packing, "ipd": IPD}
    picture = one_sphere(tmp_path, 1.0, stereo, {"lens": lens, "size": size}).still(0.0)
    first, second = np.hsplit(picture, 2) if packing == "left-right" else np.vsplit(picture, 2)
    assert column(first) > column(second) + 1  # near things are further right for the left eye


def test_eyes_in_separate_files_are_the_same_as_side_by_side(tmp_path):
    both = one_sphere(tmp_path, 2.0, {"packing": "left-right", "ipd": IPD}, FLAT).still(0.0)
    apart = one_sphere(tmp_path, 2.0, {"packing": "separate", "ipd": IPD}, FLAT | {"size": [800, 600]})
    left, right = (sorted(path.glob("*.png"))[0] for path in apart.render(out=tmp_path, frames=range(1)))
    assert (left.parent.name, right.parent.name) == ("L", "R")
    from moviemaker.film.picture import read_picture

    assert (np.hstack([read_picture(left), read_picture(right)]) == both).all()


def test_an_anaglyph_shows_the_left_eye_in_red_and_the_right_eye_in_cyan(tmp_path):
    stereo = {"packing": "anaglyph", "ipd": IPD}
    picture = one_sphere(tmp_path, 2.0, stereo, FLAT | {"size": [800, 600]}).still(0.0)
    assert column(picture[..., :1]) > column(picture[..., 1:]) + 20


def test_the_default_distance_of_the_eyes_is_a_thirtieth_of_the_way_to_the_target(tmp_path):
    given = one_sphere(tmp_path, 2.0, {"packing": "left-right", "ipd": 1 / 30}, FLAT).still(0.0)
    default = one_sphere(tmp_path, 2.0, {"packing": "left-right"}, FLAT).still(0.0)
    assert (given == default).all()


EQUIRECTANGULAR = {"lens": "equirectangular", "size": [200, 100]}


@pytest.mark.parametrize(
    ("output", "what"),
    [
        ({"lens": "orthographic", "height": 3, "size": [100, 100], "stereo": "left-right"}, "no stereo"),
        ({"lens": "perspective", "size": [8, 8], "stereo": {"packing": "top-bottom", "eyes": "ods"}}, "no ods eyes"),
        ({"lens": "perspective", "size": [101, 100], "stereo": "left-right"}, "101 x 100"),
        ({"lens": "domemaster", "size": [200, 100]}, "not a square"),
        ({"lens": "cubemap", "size": [200, 100]}, "3 x 2"),
        (EQUIRECTANGULAR | {"stereo": {"packing": "top-bottom", "pole_merge": [80, 60]}}, "latitudes"),
        (EQUIRECTANGULAR | {"stereo": "sideways"}, "no such packing"),
    ],
)
def test_impossible_outputs_are_refused(tmp_path, output, what):
    np.savez(tmp_path / "one.npz", position=[[0, 0, 0]])
    with pytest.raises(mm.SceneError, match=what):
        scene(tmp_path, [], {"one": {"kind": "particles", "file": "one.npz"}}, output)
