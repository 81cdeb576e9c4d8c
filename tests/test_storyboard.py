"""The storyboard: times of its pictures, the pictures themselves, the cuts and the camera's path."""

import numpy as np
import pytest

import moviemaker as mm
from moviemaker.storyboard import moments

KEYS = [
    {"time": 0, "position": [0, -8, 1], "target": [0, 0, 0]},
    {"time": 1, "position": [3, -8, 1], "target": [0, 0, 0], "ease": "hold"},
    {"time": 2, "position": [8, 0, 4], "target": [0, 0, 0]},
    {"time": 4, "position": [8, 3, 4], "target": [0, 0, 0]},
]


@pytest.fixture
def scene(tmp_path):
    np.savez(tmp_path / "p.npz", position=np.random.default_rng(0).normal(size=(50, 3)))
    written = {
        "duration": 4,
        "fps": 10,
        "background": "#102030",
        "data": {"it": {"kind": "particles", "file": "p.npz"}},
        "layers": [{"kind": "points", "data": "it", "size": 0.3}],
        "camera": {"keyframes": KEYS},
        "outputs": {
            "flat": {"lens": "perspective", "size": [360, 200]},
            "vr": {"lens": "equirectangular", "size": [512, 512], "stereo": {"packing": "top-bottom", "ipd": 0.06}},
        },
    }
    made = mm.Scene.from_dict(written, name="board", folder=tmp_path)
    yield made
    made.close()


def test_shots_have_pictures_by_their_length_from_their_beginning_to_the_last_frame():
    taken = moments([1.0, 1.05, 3.0], 40, 10.0, 8)
    frames = [round(10 * moment.time, 6) for moment in taken]
    assert frames == sorted(set(frames))
    assert all(frame == int(frame) for frame in frames)
    assert frames[0] == 0
    assert frames[-1] == 39
    # The cut at 1.05 s is between two frames: the later one is the first to show it.
    assert [frame for frame, moment in zip(frames, taken, strict=True) if moment.cut] == [10, 11, 30]


@pytest.mark.parametrize("count", [1, 2, 3, 1000])
def test_every_shot_has_a_picture_and_no_frame_has_two(count):
    taken = moments([1.0], 20, 10.0, count)
    assert {moment.shot for moment in taken} == {0, 1}
    assert len({moment.time for moment in taken}) == len(taken) <= 20
    assert moments([], 1, 10.0, count)[0].time == 0


def test_the_sheet_shows_stills_and_the_cuts(scene):
    sheet = scene.storyboard("flat", 4)
    assert sheet.dtype == np.uint8
    assert sheet.shape[2] == 3
    assert np.array_equal(sheet, scene.storyboard("flat", 4))
    first = scene.still(0.0, "flat")
    inside = sheet[44 : 44 + 200, 12 : 12 + 360]
    assert np.array_equal(inside, first)
    red = np.all(np.abs(sheet.astype(int) - [255, 107, 74]) < 3, axis=2)
    assert red[44:244].sum() == pytest.approx(4 * 200, rel=0.3)  # one cut: one bar beside the picture after it
    assert red[-420:].any()  # and the jump in the path


def test_a_sheet_of_two_eyes_shows_the_view_between_them(scene):
    sheet = scene.storyboard("vr", 2)
    high = 180
    inside = sheet[44 : 44 + high, 12 : 12 + 360].astype(int)
    assert (inside == [16, 32, 48]).all(axis=2).mean() > 0.5
    rows = np.flatnonzero((inside != [16, 32, 48]).any(axis=(1, 2)))
    assert abs(rows.mean() - high / 2) < high / 8  # one picture, not two above each other


def test_a_camera_that_stands_still_has_a_path_too():
    written = {
        "duration": 1,
        "layers": [],
        "camera": {"keyframes": [{"time": 0, "position": [0, 0, 9], "target": [0, 0, 0], "up": [0, 1, 0]}]},
        "outputs": {"flat": {"lens": "perspective", "size": [64, 36]}},
    }
    assert mm.Scene.from_dict(written).storyboard(pictures=2).shape[1] > 64
