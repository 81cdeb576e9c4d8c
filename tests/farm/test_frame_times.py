"""Each frame tells how long its parts took, from all farms."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from moviemaker.core.progress import Silent
from moviemaker.farm import Done, Job
from moviemaker.farm.processes import Processes
from moviemaker.farm.serial import Serial
from moviemaker.film.store import FrameStore


@pytest.mark.parametrize("farm", [Serial(), Processes(workers=2)], ids=["serial", "processes"])
def test_each_frame_tells_how_long_its_parts_took(tmp_path: Path, particles_scene, farm):
    scene = particles_scene([[0, 0, 0], [1, 0, 1]])
    store = FrameStore(tmp_path / "frames", "it", "made of this", tmp_path / "frames")
    job = Job(scene.prepared.script, scene.outputs[0], (64, 36), store)
    with store.claim(), farm.hire(Silent()) as crew:
        done = sorted(crew.run(job, [0, 1, 2]), key=lambda frame: frame.index)
    assert [frame.index for frame in done] == [0, 1, 2]
    for frame in done:
        assert isinstance(frame, Done)
        assert {"read", "draw", "develop", "encode"} <= set(frame.seconds)
        assert all(0 <= seconds < 120 for seconds in frame.seconds.values())
        assert frame.busy > 0
        assert abs(frame.finished - time.time()) < 600
        assert frame.worker
        assert frame.size == store.path(frame.index).stat().st_size
    assert any("start" in frame.seconds for frame in done)
