"""The log of a render tells how fast a machine is."""

import numpy as np
import pytest

import moviemaker as mm
from moviemaker.rendering.events import Run
from moviemaker.rendering.learning import learning, measured_by
from moviemaker.rendering.work import BESIDE

SCENE = {
    "duration": 4,
    "fps": 10,
    "data": {"g": {"kind": "grid", "file": "g.npy"}},
    "layers": [{"kind": "volume", "data": "g"}],
    "camera": {"orbit": {"radius": 20}},
    "outputs": {"hd": {"lens": "perspective", "size": [64, 48]}},
}


@pytest.fixture
def prepared(tmp_path):
    np.save(tmp_path / "g.npy", np.ones((8, 8, 8), np.float32))
    return mm.Scene.from_dict(SCENE, folder=tmp_path).prepared


def run(count, each=0.5, workers=1, first=3.0, movie=None, **parts):
    parts = {"start": 0.0, "read": 0.01, "draw": 0.3, "develop": 0.0, "encode": 0.02} | parts
    frames = []
    for index in range(count):
        new = index < workers
        seconds = parts | ({"start": 2.0} if new else {})
        facts = {"frame": index, "worker": f"w{index % workers}", "renderer": "software", "bytes": 1, "busy": 0.4}
        frames.append({"when": 100 + first + index * each, "seconds": seconds, **facts})
    return Run({"when": 100.0}, frames, movie=movie or {})


def test_frames_follow_each_other(prepared):
    found = measured_by(run(20, workers=2), prepared, "hd", (64, 48))
    assert (found.seconds, found.start, found.workers, found.frames) == (0.5, 2.5, 2, 20)
    assert found.parts == pytest.approx({"read": 0.01, "draw": 0.3, "develop": 0.0, "encode": 0.02})
    assert BESIDE not in found.guess


def test_an_encoder_that_is_slower_than_the_drawing_counts(prepared):
    found = measured_by(run(20, movie={"seconds": 11.0}), prepared, "hd", (64, 48))
    assert found.seconds == pytest.approx(0.5 + 10 / 20)
    assert BESIDE in found.guess


def test_short_renders_tell_nothing(prepared):
    assert measured_by(run(7), prepared, "hd", (64, 48)) is None
    assert measured_by(run(20, each=0.05), prepared, "hd", (64, 48)) is None


def test_data_that_take_long_are_not_examined_again(prepared):
    assert measured_by(run(20, draw=5.0), prepared, "hd", (64, 48)) is None


def test_a_finished_movie_does_not_depend_on_what_can_be_learned(prepared, monkeypatch):
    class Log:
        def told(self):
            return run(20)

    monkeypatch.setattr("moviemaker.rendering.learning.contents", lambda *_: 1 / 0)
    with learning(prepared, "hd", (64, 48), Log()):
        pass
    with pytest.raises(KeyError), learning(prepared, "hd", (64, 48), None):
        raise KeyError


def test_frames_that_were_found_finished_tell_nothing(prepared):
    found = run(20)
    for frame in found.frames[3:]:
        frame["renderer"] = ""
    assert measured_by(found, prepared, "hd", (64, 48)) is None
