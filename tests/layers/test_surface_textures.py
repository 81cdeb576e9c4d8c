"""Textures that move, and textures that go round globes."""

from __future__ import annotations

import numpy as np
import pytest
import pyvista as pv
from PIL import Image
from test_movie import grey, make_movie

import moviemaker as mm
from moviemaker.data.globe.coordinates import globe_position
from moviemaker.rendering.made_from import frames_fingerprint

RADIUS = 2.0


def shown(tmp_path, mesh, texture, camera=None, output=None, **written):
    """A scene of one mesh with a texture."""
    mesh.save(tmp_path / "mesh.vtp")
    scene = {
        "duration": 4,
        "fps": 10,
        "data": {"mesh": {"kind": "mesh", "file": "mesh.vtp"}},
        "layers": [{"kind": "surface", "data": "mesh", "texture": texture, "shade": False}],
        "camera": camera or {"keyframes": [{"time": 0, "position": [0, -10, 0], "target": [0, 0, 0]}]},
        "outputs": {"main": output or {"lens": "orthographic", "height": 2, "size": [32, 32]}},
    }
    return mm.Scene.from_dict(scene | written, folder=tmp_path)


def square():
    points = np.array([(-1.0, 0, -1), (1, 0, -1), (1, 0, 1), (-1, 0, 1)])
    mesh = pv.PolyData(points, faces=[4, 0, 1, 2, 3])
    mesh["uv"] = np.array([(0.0, 0), (1, 0), (1, 1), (0, 1)])
    return mesh


def number(picture, row=24, column=24):
    return round((float(picture[row, column].mean()) - 10) / 9)


@pytest.fixture
def movie(tmp_path):
    """Twelve frames, ten a second."""
    return make_movie(tmp_path / "m.mkv", 12, "10", ["-c:v", "ffv1"])


@pytest.mark.parametrize(
    ("texture", "numbers"),
    [
        ("m.mkv", {0.0: 0, 0.5: 5, 0.59: 5, 1.1: 11, 3.9: 11}),
        ({"file": "m.mkv", "start": 0.3}, {0.0: 3, 0.5: 8, 2.0: 11}),
        ({"file": "m.mkv", "start": -0.5, "speed": 2}, {0.0: 0, 0.2: 0, 0.5: 5}),
        ({"file": "m.mkv", "loop": True}, {1.1: 11, 1.2: 0, 3.8: 2}),
        ({"file": "m.mkv", "start": 1.15, "speed": -1}, {0.0: 11, 0.5: 6, 2.0: 0}),
        ({"file": "m.mkv", "start": {0: 0, 2: 1, "ease": "linear"}, "speed": 0}, {0.0: 0, 0.5: 2, 1.0: 5, 3.0: 10}),
    ],
)
def test_a_movie_plays_with_the_seconds_of_the_scene(tmp_path, movie, texture, numbers):
    scene = shown(tmp_path, square(), texture)
    forwards = [number(scene.still(time)) for time in numbers]
    assert forwards == list(numbers.values())
    assert [number(scene.still(time)) for time in reversed(numbers)] == forwards[::-1]
    assert scene.still(0.0)[4, 4].max() < 10, "the upper left quarter is black"


def test_a_frame_is_the_same_in_a_process_that_begins_in_the_midst(tmp_path):
    make_movie(tmp_path / "m.mp4", 40, "10", ["-c:v", "libx264", "-g", "8", "-bf", "2"])
    scene = shown(tmp_path, square(), "m.mp4")
    running = [scene.still(index / 10) for index in range(33)]
    for index in (32, 17):
        assert (shown(tmp_path, square(), "m.mp4").still(index / 10) == running[index]).all()
        assert number(running[index]) == index % 24


def test_another_content_of_the_movie_makes_other_frames(tmp_path, movie):
    prints = []
    for count in (12, 12, 11):
        make_movie(movie, count, "10", ["-c:v", "ffv1", "-fflags", "+bitexact", "-flags:v", "+bitexact"])
        prints.append(frames_fingerprint(shown(tmp_path, square(), "m.mkv").prepared, "main", (32, 32)))
    assert prints[0] == prints[1] != prints[2]


def test_a_movie_plays_in_stereo_all_around(tmp_path, movie):
    mesh = square()
    mesh.points[:, 1] = 2.0
    camera = {"keyframes": [{"time": 0, "position": [0, 0, 0], "target": [0, 1, 0]}]}
    stereo = {"packing": "top-bottom", "ipd": 0.1}
    output = {"lens": "equirectangular", "size": [128, 128], "stereo": stereo}
    scene = shown(tmp_path, mesh, "m.mkv", camera, output)
    for time in (0.7, 0.2):
        for eye in np.vsplit(scene.still(time), 2):
            assert number(eye, 32 + 3, 64 + 3) == 10 * time


def test_mistakes_are_reported_with_their_line(tmp_path, movie):
    square().save(tmp_path / "mesh.vtp")
    (tmp_path / "broken.mp4").write_bytes(b"not at all a movie")
    Image.new("RGB", (2, 2)).save(tmp_path / "still.png")
    layers = {
        '"nowhere.mp4"': "texture: no such file",
        '"broken.mp4"': "texture: 'broken.mp4' is not a picture or a movie that can be read: its first bytes are not",
        "{file: m.mkv, sped: 2}": "texture.sped: unknown key 'sped'; did you mean 'speed'",
        "{file: m.mkv, loop: 3}": "texture.loop: 3 is neither true nor false",
        "{file: nowhere.mp4, loop: true}": "texture.file: no such file",
        "{file: still.png, loop: true}": "texture.loop: loop is for movies",
        "{file: m.mkv, west: 0}": "texture.west: west is for pictures around a globe",
        "{file: m.mkv, wrap: lonlot}": "texture.wrap: no such wrap 'lonlot'; did you mean 'lonlat'",
        "3": "texture: 3 is not a file",
    }
    text = "duration: 1\ndata: {mesh: {kind: mesh, file: mesh.vtp}}\n"
    text += "camera: {keyframes: [{time: 0, position: [0, -5, 0], target: [0, 0, 0]}]}\n"
    text += "outputs: {main: {lens: perspective, size: [32, 32]}}\nlayers:\n"
    for texture in layers:
        text += f"  - kind: surface\n    data: mesh\n    texture: {texture}\n"
    (tmp_path / "s.yaml").write_text(text, encoding="utf-8")
    with pytest.raises(mm.SceneError) as caught:
        mm.load(tmp_path / "s.yaml")
    for index, said in enumerate(layers.values()):
        assert f"s.yaml:{8 + 3 * index}: layers[{index}].{said}" in str(caught.value).replace(str(tmp_path) + "/", "")


def colored(longitude, latitude):
    """A colour for each place of a globe, without a step anywhere: (..., 3), 0 to 255."""
    turn, rise = np.radians(longitude), np.radians(latitude)
    return 127 + 110 * np.stack([np.cos(rise) * np.cos(turn), np.cos(rise) * np.sin(turn), np.sin(rise)], axis=-1)


def places(width, height):
    """Longitudes and latitudes of the pixels of an equirectangular picture."""
    return np.meshgrid((np.arange(width) + 0.5) / width * 360 - 180, 90 - (np.arange(height) + 0.5) / height * 180)


def globe(fine=60):
    return pv.Sphere(radius=RADIUS, theta_resolution=fine, phi_resolution=fine)


@pytest.mark.parametrize("fine", [6, 40])
def test_seen_from_the_middle_of_a_globe_a_picture_of_it_is_itself(tmp_path, fine):
    Image.fromarray(np.rint(colored(*places(512, 256))).astype(np.uint8)).save(tmp_path / "p.png")
    ahead = {"keyframes": [{"time": 0, "position": [0, 0, 0], "target": [1, 0, 0]}]}
    output = {"lens": "equirectangular", "size": [200, 100]}
    picture = shown(tmp_path, globe(fine), {"file": "p.png", "wrap": "lonlat"}, ahead, output).still(0).astype(float)
    right, up = places(200, 100)
    error = np.abs(picture - colored(-right, up)).max(axis=(1, 2))  # to the right is to the west
    assert error[1:-1].max() < 3, "the seam is among the columns"
    assert error.max() < 6, "at a pole all longitudes are in one pixel"


def spot(tmp_path, longitude, latitude, west=-180.0):
    """A black picture with a white spot of three degrees."""
    longitudes, latitudes = places(720, 360)
    away = globe_position([longitudes + 180 + west, latitudes], 1) @ globe_position([longitude, latitude], 1)
    Image.fromarray(np.where(away > np.cos(np.radians(3)), 255, 0).astype(np.uint8)).save(tmp_path / "spot.png")


def middle(picture):
    light = picture[..., 1].astype(float)
    rows, columns = np.indices(light.shape)
    return np.array([(light * rows).sum(), (light * columns).sum()]) / light.sum()


@pytest.mark.parametrize(("longitude", "latitude"), [(30.0, 50.0), (-100.0, -35.0), (179.7, 10.0), (20.0, 89.0)])
def test_a_spot_lies_where_an_iceberg_at_its_longitude_and_latitude_is(tmp_path, longitude, latitude):
    spot(tmp_path, longitude, latitude)
    (tmp_path / "iceberg.csv").write_text(f"lon,lat\n{longitude},{latitude}\n", encoding="utf-8")
    data = {"mesh": {"kind": "mesh", "file": "mesh.vtp"}}
    data["ice"] = {"kind": "particles", "file": "iceberg.csv", "globe": RADIUS}
    above = globe_position([longitude + 8, latitude - 8], 2.2 * RADIUS).tolist()
    camera = {"keyframes": [{"time": 0, "position": above, "target": [0, 0, 0]}]}
    stereo = {"packing": "top-bottom", "ipd": 0.1}
    outputs = [{"lens": "perspective", "size": [200, 200]}]
    if latitude == 10:  # as good as on the seam
        outputs.append({"lens": "equirectangular", "size": [320, 320], "stereo": stereo})
    for output in outputs:
        painted = shown(tmp_path, globe(), {"file": "spot.png", "wrap": "lonlat"}, camera, output, data=data).still(0)
        ball = {"kind": "points", "data": "ice", "size": 0.15, "shade": False}
        iceberg = shown(tmp_path, globe(), None, camera, output, data=data, layers=[ball]).still(0)
        eyes = 2 if "stereo" in output else 1
        for ours, theirs in zip(np.vsplit(painted, eyes), np.vsplit(iceberg, eyes), strict=True):
            assert np.abs(middle(ours) - middle(theirs)).max() < 0.5


def test_the_left_edge_of_a_picture_and_the_middle_of_its_globe_may_be_elsewhere_and_move(tmp_path):
    spot(tmp_path, 30.0, 0.0, west=0.0)
    mesh = globe(30)
    mesh.points += np.array([5.0, 6, 7])
    texture = {"file": "spot.png", "wrap": "lonlat", "center": [5, 6, 7], "west": {0: 0, 4: 360, "ease": "linear"}}
    camera = {"keyframes": [{"time": 0, "position": [5, -10, 7], "target": [5, 6, 7]}]}
    scene = shown(tmp_path, mesh, texture, camera, {"lens": "orthographic", "height": 5, "size": [100, 100]})
    for time in (2.3, 2.9):  # it has turned to the east by 90 degrees a second
        longitude = 30 + 90 * time
        row, column = middle(scene.still(time))
        expected = 49.5 + 100 / 5 * RADIUS * np.cos(np.radians(longitude))
        assert (row, column) == pytest.approx((49.5, expected), abs=0.6)


def test_a_movie_goes_round_a_globe_too(tmp_path, movie):
    camera = {"keyframes": [{"time": 0, "position": [0, 10, 0], "target": [0, 0, 0]}]}  # 90 degrees east: on the right
    scene = shown(tmp_path, globe(12), {"file": "m.mkv", "wrap": "lonlat"}, camera)
    picture = scene.still(0.6)
    assert picture[8, 16, 0] == picture[24, 16, 0] == grey(6)
    assert scene.still(0.4)[24, 16, 0] == grey(4)


def test_a_texture_around_a_globe_takes_no_texture_coordinates(tmp_path, movie):
    layer = {"kind": "surface", "data": "mesh", "texture": {"file": "m.mkv", "wrap": "lonlat"}, "coordinates": "uv"}
    with pytest.raises(mm.SceneError, match="leave wrap or coordinates out"):
        shown(tmp_path, square(), None, layers=[layer])
