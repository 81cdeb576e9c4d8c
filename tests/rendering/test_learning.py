"""The log of a render tells how fast a machine is."""

import numpy as np
import pytest

import moviemaker as mm
from moviemaker.rendering.events import Run
from moviemaker.rendering.learning import learning, measured_by
from moviemaker.rendering.speed import Speed
from moviemaker.rendering.work import Cost

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


def run(count, each=0.5, workers=1, first=3.0, movie=None, busy=0.4, start=2.0, **parts):
    """The log of workers that answer in turn, `each` seconds after one another."""
    parts = {"start": 0.0, "read": 0.01, "draw": 0.37, "develop": 0.0, "encode": 0.02} | parts
    frames = []
    for index in range(count):
        seconds = parts | {"start": start if index < workers else 0.0}
        facts = {"frame": index, "worker": f"w{index % workers}", "renderer": "software", "bytes": 1, "busy": busy}
        when = 100 + first + index * each
        frames.append({"when": when, "finished": when, "seconds": seconds, **facts})
    return Run({"when": 100.0}, frames, movie=movie or {})


@pytest.fixture(autouse=True)
def two_cores(monkeypatch):
    monkeypatch.setattr("moviemaker.rendering.learning.usable_cores", lambda: 2)


def test_frames_follow_each_other(prepared):
    found = measured_by(run(20), prepared, "hd", (64, 48))
    assert (found.cost, found.start, found.encoding) == (Cost(pytest.approx(0.4), pytest.approx(0.4)), 2.6, 0.0)


def test_a_frame_beside_others_took_longer_than_it_would_alone(prepared):
    """Of two that share two cores each frame keeps 1.5 cores busy for 0.8 seconds, where it has them for itself."""
    crowded = run(20, each=0.6, workers=2, draw=1.17, busy=1.2)
    found = measured_by(crowded, prepared, "hd", (64, 48)).cost
    assert found.busy == pytest.approx(1.2)
    assert found.seconds == pytest.approx(0.8, rel=0.1)


def test_frames_before_others_began_tell_how_long_one_takes_alone(prepared):
    """One draws 8 frames in 0.5 seconds each, then two draw the others in a second each."""
    log, when = run(28, draw=0.47, busy=0.5), 103.0
    for frame in log.frames:
        late = frame["frame"] >= 8
        when += 0.55 if late else 0.5
        frame |= {"when": when, "finished": when, "busy": 1.0 if late else 0.5}
        if late:
            frame["worker"] = f"w{frame['frame'] % 2}"
            frame["seconds"] = {"draw": 1.1}
    found = measured_by(log, prepared, "hd", (64, 48)).cost
    assert found.seconds == pytest.approx(found.busy)
    assert 0.8 < found.busy < 1.0


@pytest.mark.parametrize(("workers", "busy"), [(1, 0.9), (2, 0.9), (1, 1.6), (2, 1.6)])
def test_a_render_tells_what_one_and_two_workers_take(prepared, workers, busy):
    """A frame takes a second of a process: two of them are faster as far as the cores suffice."""
    one, two = 1.0, max(0.5, busy / 2)
    each = two if workers == 2 else one
    log = run(40, each=each, workers=workers, busy=busy, draw=each * workers - 0.03)
    known = [measured_by(log, prepared, "hd", (64, 48))]
    found = Speed(known, 2).predict(known[0].scene, "hd", (64, 48), lambda size: known[0].guess)
    assert found.total(400, workers) == pytest.approx(400 * each, rel=0.1)
    assert 400 * one / 1.5 < found.total(400, 1) < 400 * one * 1.5
    assert 400 * two / 1.5 < found.total(400, None) < 400 * two * 1.5


def test_an_encoder_that_is_slower_than_the_drawing_counts(prepared):
    movie = {"began": 101.0, "when": 121.0, "frames": 20}
    assert measured_by(run(20, movie=movie | {"seconds": 11.0}), prepared, "hd", (64, 48)).encoding == 1.0
    assert measured_by(run(20, movie=movie | {"seconds": 0.5}), prepared, "hd", (64, 48)).encoding == 0.0


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
