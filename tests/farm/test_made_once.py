"""What a scene is made of is computed once, however many processes draw it."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

import moviemaker as mm
from moviemaker.data.samples import colliding_box
from moviemaker.film.picture import read_picture

SCENE = {
    "duration": 0.2,
    "fps": 30,
    "data": {"gas": {"kind": "sample", "name": "colliding_box", "count": 30, "snapshots": 4, "duration": 0.1}},
    "layers": [{"kind": "points", "data": "gas", "size": 1}],
    "camera": {"keyframes": [{"time": 0, "position": [5, -20, 8], "target": [5, 5, 5]}]},
    "outputs": {"small": {"lens": "perspective", "size": [32, 32], "format": "png"}},
}

COUNTING = '''
"""Python runs this file when it starts: it counts simulations in worker processes."""
import os
import sys
from importlib.machinery import PathFinder


class Counting:
    def find_spec(self, name, path=None, target=None):
        if name != "moviemaker.data.samples.colliding_box":
            return None
        spec = PathFinder.find_spec(name, path)
        run = spec.loader.exec_module

        def counted(module):
            run(module)
            start = module._start

            def counting(gas):
                with open(os.environ["SIMULATIONS"], "a") as file:
                    file.write("in a worker\\n")
                return start(gas)

            module._start = counting

        spec.loader.exec_module = counted
        return spec


sys.meta_path.insert(0, Counting())
'''


@pytest.fixture
def simulations(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A file with a line for each simulation, in whatever process."""
    log = tmp_path / "simulations.txt"
    log.touch()
    (tmp_path / "sitecustomize.py").write_text(COUNTING)
    monkeypatch.setenv("SIMULATIONS", str(log))
    monkeypatch.setenv("PYTHONPATH", f"{tmp_path}{os.pathsep}{os.environ.get('PYTHONPATH', '')}")
    start = colliding_box._start

    def counting(gas):
        with log.open("a") as file:
            file.write("at first\n")
        return start(gas)

    monkeypatch.setattr(colliding_box, "_start", counting)
    return log


def test_a_sample_is_simulated_once_with_two_workers(tmp_path: Path, simulations: Path):
    scene = mm.Scene.from_dict(SCENE)
    (folder,) = scene.render(out=tmp_path / "two", workers=2)
    assert simulations.read_text() == "at first\n"
    assert [path.name for path in (tmp_path / "two").iterdir()] == [folder.parent.name]  # the rest is deleted
    (alone,) = scene.render(out=tmp_path / "one")
    names = sorted(path.name for path in alone.glob("*.png"))
    assert len(names) == 6
    for name in names:
        assert (read_picture(alone / name) == read_picture(folder / name)).all()


def test_workers_simulate_once_what_the_first_process_does_not_hold(tmp_path: Path, simulations: Path, recorder):
    scene = mm.Scene.from_dict({**SCENE, "data": {"gas": {**SCENE["data"]["gas"], "seed": 5}}})
    object.__setattr__(scene.prepared, "made", frozenset())  # it hands nothing over
    scene.render(out=tmp_path / "two", workers=2, progress=recorder())
    assert simulations.read_text() == "at first\nin a worker\n"
