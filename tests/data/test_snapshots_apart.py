"""Snapshots that are too far apart for the cubic, and the last snapshot of data that are held."""

from __future__ import annotations

import numpy as np
import pytest

import moviemaker as mm
from moviemaker.data.describing.describe import describe


def circle(per_turn: float, count: int = 4):
    """Positions and velocities (count, 5, 3) of particles on circles, with so many snapshots a turn."""
    phase = np.arange(count)[:, None] / per_turn * 2 * np.pi + np.linspace(0, 6, 5)
    position = np.stack([np.cos(phase), np.sin(phase), 0 * phase], axis=-1)
    velocity = 2 * np.pi * np.stack([-np.sin(phase), np.cos(phase), 0 * phase], axis=-1)  # a turn in a unit of time
    return position, velocity, np.arange(count) / per_turn


def scene(folder, **data) -> mm.Scene:
    return mm.Scene.from_dict(
        {
            "duration": 1,
            "fps": 10,
            "data": {"p": {"kind": "particles"} | data},
            "layers": [{"kind": "points", "data": "p", "size": 0.1}],
            "camera": {"keyframes": [{"time": 0, "position": [0, -10, 0], "target": [0, 0, 0]}]},
            "outputs": {"main": {"lens": "perspective", "size": [64, 64]}},
        },
        folder=folder,
    )


@pytest.mark.parametrize("table", [False, True], ids=["snapshots", "table"])
@pytest.mark.parametrize(("per_turn", "warned"), [(12, False), (5, False), (3, True), (2, True)])
def test_snapshots_too_far_apart_for_the_cubic(per_turn, warned, table, tmp_path):
    position, velocity, time = circle(per_turn)
    if table:
        rows = [
            f"{id},{when},{','.join(map(repr, [*position[step, id].tolist(), *velocity[step, id].tolist()]))}"
            for step, when in enumerate(time.tolist())
            for id in range(5)
        ]
        (tmp_path / "p.csv").write_text("\n".join(["id,time,x,y,z,vx,vy,vz", *rows]))
    else:
        np.savez(tmp_path / "p.npz", position=position, velocity=velocity, time=time, id=np.arange(5))
    made = scene(tmp_path, file="p.csv" if table else "p.npz", interpolation="hermite")
    assert any("too far apart for hermite" in warning for warning in made.warnings) == warned
    assert not any("too far apart" in warning for warning in scene(tmp_path, file=made_file(tmp_path)).warnings)


def made_file(folder) -> str:
    return next(path.name for path in folder.iterdir() if path.suffix in (".csv", ".npz"))


def last_seen(made: mm.Scene) -> float:
    """The first coordinate of the first particle in the last frame."""
    script = made.prepared.script
    time = (made.frame_count - 1) / script.scene.header.fps
    return float(made.prepared.sources["p"].at(script.data_time(time)).position[0, 0])


@pytest.mark.parametrize("interpolation", ["hold", "linear"])
def test_the_last_snapshot_of_held_data_is_seen(interpolation, tmp_path):
    np.savez(tmp_path / "p.npz", position=np.arange(4.0)[:, None, None] + np.zeros((4, 2, 3)), time=[0, 1, 2, 3])
    made = scene(tmp_path, file="p.npz", interpolation=interpolation)
    assert last_seen(made) == (3 if interpolation == "hold" else pytest.approx(2.7))
    times = [float(made.prepared.script.data_time(frame / 10)) for frame in range(10)]
    if interpolation == "hold":  # each of the four snapshots is shown for a quarter of the frames
        assert [sum(int(time) == step for time in times) for step in range(4)] == [3, 2, 3, 2]


def test_the_proposed_clock_reaches_the_last_snapshot(tmp_path):
    np.savez(
        tmp_path / "p.npz", position=np.arange(4.0)[:, None, None] + np.random.default_rng(0).normal(size=(4, 9, 3))
    )
    from moviemaker.core.progress import Silent

    text = str(describe(tmp_path / "p.npz", Silent()))
    proposed = text[text.index("title:") :].replace("kind: particles,", "kind: particles, interpolation: hold,")
    (tmp_path / "s.yaml").write_text(proposed)
    made = mm.load(tmp_path / "s.yaml")
    time = (made.frame_count - 1) / made.prepared.script.scene.header.fps
    assert made.prepared.script.data_time(time) == 3
