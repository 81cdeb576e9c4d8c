"""A worker keeps its data and its studio, and frames that fail do not stop the others."""

from __future__ import annotations

import pickle
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import moviemaker as mm
from moviemaker import prepare, studio
from moviemaker.core.errors import DrawingError, InputError, MoviemakerError
from moviemaker.core.progress import Silent
from moviemaker.farm import Done, Job
from moviemaker.farm.crew import worker as crew_worker
from moviemaker.farm.crew.worker import Worker
from moviemaker.rendering.render import render_outputs

SCENE: dict[str, Any] = {
    "duration": 1,
    "fps": 10,
    "data": {"points": {"kind": "particles", "file": "points.npz"}},
    "layers": [{"kind": "points", "data": "points", "size": 0.2}],
    "camera": {"orbit": {"radius": 6}},
    "outputs": {
        "a": {"lens": "perspective", "size": [16, 16], "format": "png"},
        "b": {"lens": "perspective", "size": [32, 16], "format": "png"},
    },
}


class Notes(Silent):
    def __init__(self) -> None:
        self.said: list[str] = []

    def note(self, text: str) -> None:
        self.said.append(text)


@pytest.fixture
def opened(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Names of the data that are opened."""
    found: list[str] = []
    real = studio.open_data

    def opening(model: Any, *rest: Any) -> Any:
        found.append(str(model.file))
        return real(model, *rest)

    monkeypatch.setattr(studio, "open_data", opening)
    monkeypatch.setattr(prepare, "open_data", opening)
    return found


@pytest.fixture
def scene(tmp_path: Path) -> mm.Scene:
    np.savez(tmp_path / "points.npz", position=np.eye(3))
    return mm.Scene.from_dict(SCENE, name="s", folder=tmp_path)


class Draws:
    """Draws black pictures in the place of `compute`, and reads the data.

    Attributes:
        fails: errors by the number of the frame, one for each time that it is drawn.
        studios: the studio of each frame.
    """

    def __init__(self, monkeypatch: pytest.MonkeyPatch):
        self.fails: dict[int, list[BaseException]] = {}
        self.studios: list[Any] = []
        monkeypatch.setattr(crew_worker, "compute", self.compute)

    def compute(self, where: Any, store: Any, index: int) -> Done:
        where.source("points").at(0.0)
        self.studios.append(where)
        if self.fails.get(index):
            raise self.fails[index].pop(0)
        store.put(index, np.zeros((where.size[1], where.size[0], 3), np.uint8))
        return Done(index, "none")


@pytest.fixture
def draws(monkeypatch: pytest.MonkeyPatch) -> Draws:
    return Draws(monkeypatch)


def test_data_are_opened_once_for_all_outputs(opened, scene, draws, tmp_path):
    list(render_outputs(scene.prepared, ["a", "b"], tmp_path / "out", progress=Silent()))
    assert len(draws.studios) == 20
    assert len(set(map(id, draws.studios))) == 2
    assert opened == ["points.npz"]


def test_a_worker_of_another_process_keeps_what_later_jobs_need_too(opened, scene, draws, tmp_path):
    """A job arrives as a copy of its own each time."""
    jobs = [_job(scene, tmp_path, name) for name in ("a", "a", "b")]
    worker = Worker("w")
    opened.clear()
    first, again, other = [pickle.loads(pickle.dumps(job)) for job in jobs]
    assert first.sources == {}
    studios = []
    for job in (first, again, other):
        studios.append(worker.studio(job))
        studios[-1].source("points")
    assert studios[0] is studios[1]
    assert studios[1] is not studios[2]
    assert opened == ["points.npz"]
    worker.studio(_job(scene, tmp_path, "b", data="changed")).source("points")
    assert len(opened) == 2, "files that have changed were not read again"


def _job(scene: mm.Scene, folder: Path, output: str, data: str = "d") -> Job:
    from moviemaker.film.store import FrameStore

    script = scene.prepared.script
    store = FrameStore(folder, "s", "f", folder, made_from=(("data", data),))
    return Job(script, output, script.scene.outputs[output].size, store)


def test_a_frame_that_was_kept_meanwhile_is_not_drawn_again(scene, draws, tmp_path):
    """As that of a worker that is killed before it has told of it."""
    job = _job(scene, tmp_path, "a")
    job = replace(job, store=job.store.apart(tmp_path / "frames"))
    assert Worker("killed").compute(job, 3) == Done(3, "none", "killed")
    assert len(draws.studios) == 1
    again = Worker("other").compute(job, 3)
    assert again == Done(3, "", "other", size=job.store.path(3).stat().st_size, finished=again.finished)
    assert len(draws.studios) == 1


def test_a_frame_that_fails_once_is_drawn_by_a_new_studio(scene, draws, tmp_path):
    draws.fails = {4: [ValueError("odd")], 6: [DrawingError("VTK failed")]}
    notes = Notes()
    (folder,) = render_outputs(scene.prepared, ["a"], tmp_path / "out", progress=notes)
    assert len(list(folder.glob("*.png"))) == 10
    assert len(set(map(id, draws.studios))) == 3
    assert not [text for text in notes.said if "failed" in text]


def test_a_frame_that_fails_always_is_named_while_the_rest_goes_on(scene, draws, tmp_path):
    draws.fails = {4: [ValueError("odd  thing")] * 9}
    notes = Notes()
    with pytest.raises(MoviemakerError, match=r"a: 1 of 10 frames could not be drawn \(4\): ValueError: odd thing;"):
        list(render_outputs(scene.prepared, ["a"], tmp_path / "out", progress=notes))
    assert "a: frame 4 failed: ValueError: odd thing" in notes.said
    assert len(list((tmp_path / "out").rglob("*.png"))) == 9
    draws.fails = {}
    (folder,) = render_outputs(scene.prepared, ["a"], tmp_path / "out", progress=notes)
    assert len(draws.studios) == 10 + 1 + 1
    assert len(list(folder.glob("*.png"))) == 10


def test_frames_that_all_fail_are_not_all_tried(scene, draws, tmp_path):
    draws.fails = {index: [MemoryError()] * 9 for index in range(10)}
    with pytest.raises(MoviemakerError, match="there is not enough memory") as raised:
        list(render_outputs(scene.prepared, ["a"], tmp_path / "out", progress=Silent()))
    assert len(draws.studios) == 6
    assert any("Traceback" in note for note in raised.value.__notes__)


@pytest.mark.parametrize("error", [MoviemakerError("disk"), InputError("disk", "right"), KeyboardInterrupt("disk")])
def test_what_prevents_all_frames_ends_the_run(error, scene, draws, tmp_path):
    draws.fails = {2: [error]}
    with pytest.raises((MoviemakerError, KeyboardInterrupt), match="disk"):
        list(render_outputs(scene.prepared, ["a"], tmp_path / "out", progress=Silent()))
    assert len(draws.studios) == 3


def test_errors_in_words():
    assert crew_worker.in_words(MemoryError("3 GB")) == "there is not enough memory (3 GB)"
    assert crew_worker.in_words(KeyError()) == "KeyError"
