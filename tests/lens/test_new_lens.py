"""A lens of another package, in one file, gets stereo, comfort warnings, estimates and glow like the built-in ones."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Literal

import numpy as np
import pytest

import moviemaker as mm
from moviemaker.core import kinds, plugins
from moviemaker.core.camera import Camera
from moviemaker.core.errors import SceneError, UserError
from moviemaker.film.layout import PictureLayout
from moviemaker.lens import Flat, Lens, Panorama
from moviemaker.lens.orthographic import Orthographic
from moviemaker.rendering.work import contents, cost
from tests.lens.test_stereo import CAMERA, IPD, WORLD_FROM_VIEWER, ods_direction, scene
from tests.lens.test_world import directions_of_world
from tests.plugin.installed.example_kinds.mercator import Mercator
from tests.test_comfort_near import PASSING, STEREO

EYE = Camera(
    np.zeros(3), np.array([0.0, 1, 0]), np.array([0.0, 0, 1]), np.array([1.0, 0, 0]), 1.0, np.array([0.0, 0, 1])
)


class Unmapped(Panorama):
    """A lens that says where its pixels look, and not where directions are."""

    lens: Literal["unmapped"] = "unmapped"

    def rows(self, first: int, last: int, size: tuple[int, int]) -> np.ndarray:
        return Mercator().rows(first, last, size)

    def pixels_per_radian(self, size: tuple[int, int]) -> float:
        return Mercator().pixels_per_radian(size)


@pytest.fixture(autouse=True)
def installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Installs the lenses as entry points of a distribution."""
    folder = tmp_path / "installed" / "lenses-0.1.dist-info"
    folder.mkdir(parents=True)
    (folder / "METADATA").write_text("Metadata-Version: 2.1\nName: lenses\nVersion: 0.1\n")
    lenses = {"mercator": Mercator, "unmapped": Unmapped}
    lines = [f"{name} = {kind.__module__}:{kind.__qualname__}" for name, kind in lenses.items()]
    (folder / "entry_points.txt").write_text("\n".join(["[moviemaker.lens]", *lines]))
    monkeypatch.syspath_prepend(str(folder.parent))
    _forget_kinds()
    yield
    monkeypatch.undo()
    _forget_kinds()


def _forget_kinds() -> None:
    for function in (*vars(kinds).values(), *vars(plugins).values()):
        if hasattr(function, "cache_clear"):
            function.cache_clear()


def places_of(directions: np.ndarray, width: int, height: int) -> np.ndarray:
    """Columns and rows of directions in the world, by Mercator's formula."""
    x, y, z = WORLD_FROM_VIEWER.T @ directions.T
    column = (np.arctan2(x, z) / (2 * np.pi) + 0.5) * width
    row = height / 2 - np.log(np.tan(np.pi / 4 + np.arcsin(y) / 2)) * width / (2 * np.pi)
    return np.column_stack([column, row])


def centroid(picture: np.ndarray, place: np.ndarray, reach: int) -> np.ndarray:
    """The centre of the light around a place in a picture (H, W) whose columns wrap around."""
    column, row = np.floor(place).astype(int)
    columns, rows = np.arange(column - reach, column + reach + 1), np.arange(row - reach, row + reach + 1)
    light = picture[np.ix_(rows, columns % picture.shape[1])]
    return np.array([light.sum(axis=0) @ (columns + 0.5), light.sum(axis=1) @ (rows + 0.5)]) / light.sum()


def worst_error(picture: np.ndarray, directions: np.ndarray, reach: int) -> float:
    """The largest distance in pixels between things and where the formula puts them."""
    height, width = picture.shape
    places = places_of(directions, width, height)
    places = places[np.abs(places[:, 1] - height / 2) < height / 2 - reach - 2]
    assert len(places) >= 12
    return max(float(np.linalg.norm(centroid(picture, place, reach) - place)) for place in places)


def stereo_picture(folder: Path, layer: dict[str, Any], directions: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Both eyes' pictures, one above the other, of things in directions, from 1 to 30 away; and where they are."""
    distances = np.geomspace(1, 30, len(directions))
    points = CAMERA + distances[:, None] * directions
    np.savez(folder / "points.npz", position=points, away=distances)
    layer = {"kind": "points", "data": "points"} | layer
    stereo = {"packing": "top-bottom", "ipd": IPD}
    output = {"lens": "mercator", "size": [1024, 1024], "stereo": stereo}
    made = scene(folder, [layer], {"points": {"kind": "particles", "file": "points.npz"}}, output)
    return made.still(0.0)[..., 0].astype(float), points


def test_spheres_are_where_omnidirectional_eyes_see_them(tmp_path):
    layer = {"size": {"by": "away", "range": [0, 30], "size": [0, 0.9]}, "shade": False}
    picture, points = stereo_picture(tmp_path, layer, directions_of_world(24))
    for eye, radius in zip(np.vsplit(picture, 2), (-IPD / 2, IPD / 2), strict=True):
        seen = np.array([ods_direction(point, radius, [60, 75]) for point in points])
        assert worst_error(eye, seen, 8) < 0.5


def test_glow_is_where_omnidirectional_eyes_see_it(tmp_path):
    layer = {"shape": "glow", "exposure": 1.0, "size": {"by": "away", "range": [0, 30], "size": [0, 0.6]}}
    picture, points = stereo_picture(tmp_path, layer, directions_of_world(24))
    for eye, radius in zip(np.vsplit(picture, 2), (-IPD / 2, IPD / 2), strict=True):
        seen = np.array([ods_direction(point, radius, [60, 75]) for point in points])
        assert worst_error(eye, seen, 10) < 0.5


def test_places_are_the_inverse_of_rows():
    size = (64, 32)
    columns, rows = np.meshgrid(np.arange(64) + 0.5, np.arange(32) + 0.5)
    places = Mercator().places(Mercator().rows(0, 32, size).reshape(-1, 3), size)
    np.testing.assert_allclose(places, np.column_stack([columns.ravel(), rows.ravel()]), atol=1e-9)


@pytest.mark.parametrize("level", [True, False])
def test_comfort_warnings_are_those_of_an_equirectangular_picture(tmp_path, level):
    """Warnings name all outputs that they are for, so equal ones are given once."""
    np.savez(tmp_path / "points.npz", position=[[0, 1.2, 1.6]])
    camera = PASSING | {"roll": {0: 0, 4: 30, 4.2: 0}}
    around = {"size": [64, 64], "stereo": STEREO, "level": level}
    outputs = {name: {"lens": lens} | around for name, lens in (("a", "equirectangular"), ("b", "mercator"))}
    written = {
        "duration": 10,
        "data": {"points": {"kind": "particles", "file": "points.npz"}},
        "layers": [{"kind": "points", "data": "points", "size": 0.5}],
        "camera": camera,
        "outputs": outputs,
    }
    warnings = mm.Scene.from_dict(written, folder=tmp_path).warnings
    assert len(warnings) == (1 if level else 4)
    assert all("outputs.a, outputs.b: " in warning for warning in warnings)


def test_what_is_beyond_the_picture_is_not_seen():
    up, ahead, here = [0.0, 0.0, 3.0], [0.0, 2.0, 0.5], [0.0, 0.0, 0.0]
    offsets = np.array([up, ahead, here])
    assert Mercator().sees(EYE, offsets, (64, 32)).tolist() == [False, True, True]
    assert Unmapped().sees(EYE, offsets, (64, 32)).tolist() == [True, True, True]


def test_only_lengths_of_a_lens_are_rescaled():
    assert Mercator(height=7.0).scaled(2.0**40).height == 7.0
    assert Orthographic(height=2.0**41).scaled(2.0**40).height == 2.0


def test_the_estimate_of_a_new_lens_is_that_of_an_equirectangular_picture(tmp_path):
    np.savez(tmp_path / "points.npz", position=np.zeros((5, 3)))
    data, layers = {"points": {"kind": "particles", "file": "points.npz"}}, [{"kind": "points", "data": "points"}]
    guessed = []
    for lens in ("mercator", "equirectangular"):
        prepared = scene(tmp_path, layers, data, {"lens": lens, "size": [512, 256], "supersample": 2}).prepared
        guessed.append(cost(contents(prepared), "main", (512, 256), 2))
    assert guessed[0] == guessed[1]


def test_a_lens_without_places_refuses_glow(tmp_path):
    np.savez(tmp_path / "points.npz", position=np.zeros((1, 3)))
    data = {"points": {"kind": "particles", "file": "points.npz"}}
    layers = [{"kind": "points", "data": "points", "shape": shape} for shape in ("dot", "glow")]
    output = {"lens": "unmapped", "size": [64, 32]}
    assert scene(tmp_path, layers[:1], data, output).still(0.0).shape == (32, 64, 3)
    with pytest.raises(SceneError) as raised:
        _ = scene(tmp_path, layers, data, output).prepared
    assert "outputs.main.lens: the lens unmapped cannot draw glowing particles, and layers[1] has" in str(raised.value)
    assert not Unmapped().can_glow
    with pytest.raises(UserError, match="the lens unmapped cannot draw glowing particles"):
        Unmapped().projections(EYE, (64, 32))


@pytest.mark.parametrize("made", [Lens, Panorama, Flat])
def test_a_lens_that_lacks_a_method_cannot_be_made(made):
    lacking: Callable[..., Lens] = type("Lacking", (made,), {"__annotations__": {"lens": str}, "lens": "lacking"})
    with pytest.raises(TypeError, match="abstract"):
        lacking()


def test_a_new_lens_has_no_metadata_for_players():
    assert Mercator().projection == "rectangular"
    assert PictureLayout.of("mercator", "mono").is_plain
    assert str(PictureLayout.of("cubemap", "top-bottom")) == "cubemap top-bottom"
