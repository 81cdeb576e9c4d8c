"""Data files that are written anew while frames are drawn from them end in no wrong movie."""

from __future__ import annotations

import os
from collections.abc import Generator, Sequence
from pathlib import Path
from typing import Any, Literal

import numpy as np
import pytest

import moviemaker as mm
from moviemaker.core.errors import SceneError
from moviemaker.core.progress import Progress, Silent
from moviemaker.farm import Crew, Done, Failed, Farm, Job
from moviemaker.farm.serial import Serial
from moviemaker.film.store import FrameStore
from moviemaker.rendering.render import render_outputs

SCENE = {
    "duration": 0.6,
    "fps": 10,
    "data": {"p": {"kind": "particles", "file": "p.npz"}},
    "layers": [{"kind": "points", "data": "p", "size": 0.3}],
    "camera": {"orbit": {"radius": 6}},
    "outputs": {"hd": {"lens": "perspective", "size": [64, 48]}},
}


def write(folder: Path, seed: int) -> None:
    np.savez(folder / "p.npz", position=np.random.default_rng(seed).normal(size=(50, 3)))


class Disturbed(Farm):
    """Does something to the data after some frames."""

    kind: Literal["disturbed"] = "disturbed"
    after: int
    what: Any

    def hire(self, progress: Progress) -> Crew:
        return _Disturbed(self, Serial().hire(progress))


class _Disturbed(Crew):
    def __init__(self, farm: Disturbed, crew: Crew) -> None:
        self.farm, self.crew = farm, crew

    def run(self, job: Job, frames: Sequence[int]) -> Generator[Done | Failed, None, None]:
        for count, done in enumerate(self.crew.run(job, frames), start=1):
            if count == self.farm.after:
                self.farm.what()
            yield done

    def close(self) -> None:
        self.crew.close()


def render(folder: Path, farm: Farm) -> Path:
    prepared = mm.Scene.from_dict(SCENE, folder=folder).prepared
    return next(iter(render_outputs(prepared, ["hd"], folder / "out", farm=farm, progress=Silent())))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    write(tmp_path, seed=0)
    return tmp_path


def kept(folder: Path) -> int:
    return len(list((folder / "out").rglob("*.png")))


def test_a_file_that_is_written_anew_ends_the_render(folder: Path) -> None:
    before = (folder / "p.npz").read_bytes()
    with pytest.raises(SceneError, match=r"'p\.npz' has changed"):
        render(folder, Disturbed(after=3, what=lambda: write(folder, seed=1)))
    assert kept(folder) <= 2
    assert not list((folder / "out").rglob("*.mp4"))
    (folder / "p.npz").write_bytes(before)
    disturbed = render(folder, Serial()).read_bytes()
    undisturbed = mm.Scene.from_dict(SCENE, folder=folder).render("hd", out=folder / "other")
    assert disturbed == Path(undisturbed[0]).read_bytes()


def test_frames_from_before_are_kept(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("moviemaker.rendering.data_watch._PAUSE", 0.0)
    monkeypatch.setattr("moviemaker.rendering.data_watch._RARELY", 0)
    with pytest.raises(SceneError):
        render(folder, Disturbed(after=4, what=lambda: write(folder, seed=1)))
    assert kept(folder) == 3


def test_a_file_that_is_only_touched_disturbs_nothing(folder: Path) -> None:
    assert render(folder, Disturbed(after=3, what=lambda: os.utime(folder / "p.npz", (1, 1)))).exists()


def test_a_file_that_is_deleted_while_it_is_in_memory_disturbs_nothing(folder: Path) -> None:
    assert render(folder, Disturbed(after=3, what=(folder / "p.npz").unlink)).exists()


def test_a_scene_of_python_does_not_show_old_data_as_new(folder: Path) -> None:
    scene = mm.Scene.from_dict(SCENE, folder=folder)
    scene.render("hd", out=folder / "out")
    write(folder, seed=1)
    with pytest.raises(SceneError, match="opened anew"):
        scene.render("hd", out=folder / "out")


def test_an_interrupted_render_keeps_no_doubtful_frame(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    put = FrameStore.put

    def interrupted(self: FrameStore, index: int, picture: np.ndarray) -> Path:
        if index == 1:
            write(folder, seed=1)
        if index == 3:
            raise KeyboardInterrupt
        return put(self, index, picture)

    monkeypatch.setattr(FrameStore, "put", interrupted)
    with pytest.raises(KeyboardInterrupt):
        render(folder, Serial())
    assert kept(folder) <= 1
