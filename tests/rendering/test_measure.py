"""A few small pictures tell how long the frames of an output take."""

import numpy as np
import pytest

import moviemaker as mm
from moviemaker.core.progress import Silent
from moviemaker.rendering import measure
from moviemaker.rendering.work import Cost, contents

SCENE = {
    "duration": 3,
    "fps": 10,
    "data": {"g": {"kind": "grid", "file": "g.npy"}},
    "layers": [{"kind": "volume", "data": "g"}],
    "camera": {"orbit": {"radius": 20}},
    "outputs": {"hd": {"lens": "perspective", "size": [1600, 1000]}},
}


@pytest.fixture
def shown(tmp_path):
    np.save(tmp_path / "g.npy", np.ones((8, 8, 8), np.float32))
    return contents(mm.Scene.from_dict(SCENE, folder=tmp_path).prepared)


@pytest.fixture
def drawn(monkeypatch):
    """Pretends to draw: half a second a frame, and more for the first one and for those after a jump."""
    calls, compiled = [], []

    def draw(prepared, name, size, frames, near, progress):
        calls.append((size, len(frames)))
        first = measure._Frame(0.5 + 2.0 + (30.0 if not compiled else 0.0), 0.0, 2.7)
        compiled.append(size)
        after = [measure._Frame(0.5, 0.0, 0.8) if place % near else measure._Frame(1.5, 1.0, 1.8) for place in range(9)]
        return [first, *after], "software"

    monkeypatch.setattr(measure, "_draw", draw)
    return calls


def test_two_sizes_are_kept_and_compiling_counts_in_neither(shown, drawn, monkeypatch):
    kept = []
    monkeypatch.setattr(measure, "keep", kept.append)
    monkeypatch.setattr(measure, "note_compiling", lambda *_: True)
    measure.measure(shown, {"hd": (1600, 1000)}, Silent())
    assert [count for _, count in drawn] == [1, 10, 10]
    assert [one.size for one in kept] == [(400, 250), (800, 500)]
    for one in kept:
        assert one.start == pytest.approx(2.0)
        assert one.cost == Cost(pytest.approx(0.5), pytest.approx(0.8))


def test_data_are_read_for_as_many_frames_as_there_are_snapshots(shown, drawn, monkeypatch):
    monkeypatch.setattr(measure, "_snapshots", lambda prepared: 15)  # of 30 frames
    found = measure.measured(shown, "hd", (800, 500), Silent())
    assert found.cost == Cost(pytest.approx(0.5 + 0.5), pytest.approx(0.8 + 0.5))
