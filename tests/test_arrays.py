"""Scenes of data in memory: the same pictures as from files, in this process and in others."""

from __future__ import annotations

import errno
import io
import json
import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

import moviemaker as mm
from moviemaker.core.errors import InputError
from moviemaker.film.claims.owner import this_process
from moviemaker.rendering.shared_data import SharedData, left_over
from moviemaker.scene.text import parse_text

AXIS = np.linspace(-1.0, 1.0, 24)
BALL = np.exp(-3 * sum(np.square(axis) for axis in np.meshgrid(AXIS, AXIS, AXIS, indexing="ij"))).astype(np.float32)
BOX = [[-1, 1]] * 3
POINTS = {"position": np.stack([np.cos(AXIS), np.sin(AXIS), AXIS], axis=1), "mass": AXIS + 2}


def scene_of(data: dict[str, Any], layer: dict[str, Any] | None = None, **changes: Any) -> dict[str, Any]:
    return {
        "duration": 0.4,
        "fps": 10,
        "data": {"it": data},
        "layers": [{"data": "it"} | (layer or {"kind": "volume", "range": [0, 1]})],
        "camera": {"orbit": {"center": [0, 0, 0], "radius": 5, "azimuth": {0: 0, 0.4: 40}}},
        "outputs": {"hd": {"lens": "perspective", "size": [48, 32], "format": "png"}},
    } | changes


def picture(written: dict[str, Any], folder: Path = Path(), time: float = 0.2) -> np.ndarray:
    scene = mm.Scene.from_dict(written, folder=folder)
    try:
        return scene.still(time)
    finally:
        scene.close()


def volume(folder: Path) -> tuple[dict[str, Any], dict[str, Any], dict[str, Any]]:
    np.save(folder / "ball.npy", BALL)
    return {"kind": "grid", "bounds": BOX}, {"array": BALL}, {"kind": "volume", "range": [0, 1]}


def points(folder: Path) -> tuple[dict[str, Any], dict[str, Any], dict[str, Any]]:
    np.savez(folder / "ball.npz", **POINTS)
    table = pytest.importorskip("pandas").DataFrame(
        dict(zip("xyz", POINTS["position"].T, strict=True)) | {"mass": AXIS}
    )
    return {"kind": "particles"}, {"array": table}, {"kind": "points", "size": 0.3, "color": {"by": "mass"}}


def mesh(folder: Path) -> tuple[dict[str, Any], dict[str, Any], dict[str, Any]]:
    sphere = pytest.importorskip("pyvista").Sphere(theta_resolution=8, phi_resolution=8)
    sphere.save(folder / "ball.vtp")
    return {"kind": "mesh"}, {"array": sphere}, {"kind": "surface"}


@pytest.mark.parametrize("make", [volume, points, mesh])
def test_pictures_are_those_of_files(make: Callable[[Path], Any], tmp_path: Path):
    data, given, layer = make(tmp_path)
    (file,) = tmp_path.glob("ball.*")
    from_memory = picture(scene_of(data | given, layer))
    assert from_memory.max() > 50
    assert np.array_equal(from_memory, picture(scene_of(data | {"file": file.name}, layer), tmp_path))


def test_other_processes_and_saved_scenes_give_the_same_files(tmp_path: Path):
    scene = mm.Scene.from_dict(scene_of({"kind": "grid", "array": lambda time: BALL * (1 - time), "bounds": BOX}))
    (shared,) = scene.render(out=tmp_path / "two", workers=2)
    path = scene.save(tmp_path / "saved" / "scene.yaml") if (tmp_path / "saved").mkdir() is None else None
    (saved,) = mm.load(path).render(out=tmp_path / "again")
    frames = [[file.read_bytes() for file in sorted(folder.glob("*.png"))] for folder in (shared, saved)]
    assert len(frames[0]) == 4
    assert len({*frames[0]}) == 4
    assert [Image.open(io.BytesIO(each)).tobytes() for each in frames[0]] == [
        Image.open(io.BytesIO(each)).tobytes() for each in frames[1]
    ]
    assert sorted(each.name for each in (tmp_path / "two").iterdir()) == ["scene"]  # what was shared is gone
    assert sorted(each.name for each in (tmp_path / "saved").iterdir()) == ["scene.yaml", "scene_data"]


@pytest.mark.slow
def test_a_script_without_a_main_part_is_the_users_mistake(tmp_path: Path):
    script = tmp_path / "script.py"
    written = {key: part for key, part in scene_of({}).items() if key not in ("data", "layers")}
    render = f"render(out={str(tmp_path / 'out')!r}, workers=2)"
    script.write_text(f"import moviemaker\nmoviemaker.Scene.from_dict({written!r}).{render}\n")
    done = subprocess.run([sys.executable, script], capture_output=True, text=True, env=os.environ, check=False)
    assert done.returncode == 1
    assert "UserError: the processes run the script again that started them" in done.stderr
    assert done.stderr.count("Traceback") == 1


def test_what_is_shared_is_deleted_with_what_killed_runs_have_left(tmp_path: Path):
    scene = mm.Scene.from_dict(scene_of({"kind": "grid", "array": BALL, "bounds": BOX}))
    script = scene.prepared.script
    left = tmp_path / ".arrays.0123"
    left.mkdir()
    (left / "0.npy").write_bytes(b"left")
    os.utime(left, (0, 0))
    just_now = tmp_path / ".arrays.4567"  # of a process that is known to have ended
    just_now.mkdir()
    (just_now / "owner.json").write_text(json.dumps(asdict(this_process()) | {"started": "before"}))
    with SharedData(tmp_path) as one, SharedData(tmp_path) as other:
        first = Path(one.script(script).scene.data["it"].file)
        second = Path(other.script(script).scene.data["it"].file)
        assert one.script(script).scene.data["it"].file == str(first)  # written once
        assert np.array_equal(np.load(first), BALL)
        assert np.array_equal(np.load(second), BALL)
        assert len(list(tmp_path.iterdir())) == 2
    assert not list(tmp_path.iterdir())


@pytest.mark.skipif(not hasattr(os, "symlink"), reason="needs links")
def test_folders_that_others_may_use_stay(tmp_path: Path):
    """Folders of other machines, whose locks this one may not see, and what lies behind links."""
    precious, out = tmp_path / "precious", tmp_path / "out"
    precious.mkdir()
    (precious / "lock").write_text("precious")
    far, linked = out / ".arrays.1111", out / ".arrays.2222"
    for folder in (far, linked):
        folder.mkdir(parents=True)
    (far / "owner.json").write_text(json.dumps(asdict(this_process()) | {"host": "far"}))
    (linked / "lock").symlink_to(precious / "lock")
    (out / ".arrays.3333").symlink_to(precious)
    for folder in (far, linked, precious):
        os.utime(folder, (0, 0))
    assert list(left_over(out)) == []
    assert list(left_over(out, elsewhere=True)) == [far]
    assert [path.name for path in precious.iterdir()] == ["lock"]
    assert (precious / "lock").read_text() == "precious"


def test_data_are_shared_on_a_file_system_without_locks(tmp_path: Path, monkeypatch):
    def refuse(*_: object) -> None:
        raise OSError(errno.ENOLCK, os.strerror(errno.ENOLCK))

    monkeypatch.setattr("filelock.FileLock.acquire", refuse)
    scene = mm.Scene.from_dict(scene_of({"kind": "grid", "array": BALL, "bounds": BOX}))
    with SharedData(tmp_path) as one, SharedData(tmp_path):
        path = one.script(scene.prepared.script).scene.data["it"].file
        os.utime(Path(path).parent, (0, 0))
        assert list(left_over(tmp_path)) == []
    assert not list(tmp_path.iterdir())


def test_frames_are_drawn_again_if_the_content_changes(tmp_path: Path, recorder: Any):
    def notes(values: np.ndarray) -> str:
        progress = recorder()
        layer = {"kind": "volume", "transfer": [[0, 0], [1, 0.5]], "range": [0, 1], "unit_distance": 0.1}
        scene = mm.Scene.from_dict(scene_of({"kind": "grid", "array": values, "bounds": BOX}, layer))
        scene.render(out=tmp_path, frames=range(1), progress=progress)
        return " ".join(progress.notes)

    assert "finished already" not in notes(BALL)
    assert "1 of 1 frames are finished already" in notes(BALL.copy())
    assert "finished already" not in notes(BALL * np.float32(0.5))


def test_an_array_that_changes_is_the_users_mistake(tmp_path: Path):
    values = BALL.copy()
    scene = mm.Scene.from_dict(scene_of({"kind": "grid", "array": values, "bounds": BOX}))
    scene.render(out=tmp_path, frames=range(1))
    scene.render(out=tmp_path, frames=range(1))
    values[3, 3, 3] = 2
    with pytest.raises(mm.UserError, match=r"the ndarray of data.it has changed since the scene was made; make a new"):
        scene.render(out=tmp_path, frames=range(2))


def test_a_saved_scene_keeps_its_words_and_other_files(tmp_path: Path):
    np.save(tmp_path / "other.npy", BALL)
    written = scene_of({"kind": "grid", "array": BALL, "bounds": BOX}, title="1e3: no, #yes")
    written["data"]["other"] = {"kind": "grid", "file": "other.npy", "bounds": BOX}
    scene = mm.Scene.from_dict(written, folder=tmp_path)
    (tmp_path / "far").mkdir()
    path = scene.save(tmp_path / "far" / "film.yaml")
    value = parse_text(path.read_text(), "film", path.parent).value
    assert value["title"] == "1e3: no, #yes"
    assert value["data"]["it"]["file"] == "film_data/it.npy"
    assert value["data"]["other"]["file"] == "../other.npy"
    assert scene.save(path) == path  # again
    mm.load(path).close()


def test_a_function_without_times_is_called_at_the_clock_of_each_frame():
    called: list[float] = []

    def field(time: float) -> np.ndarray:
        called.append(time)
        return np.full((3, 3, 3), time)

    scene = mm.Scene.from_dict(scene_of({"kind": "grid", "array": field}, clock={0: 100, 0.4: 140}))
    source = scene.prepared.sources["it"]
    assert np.allclose(source.times, [100, 110, 120, 130, 140])
    script = scene.prepared.script
    assert {script.data_time(frame / 10) for frame in range(4)} <= {*source.times.tolist()}
    assert called[0] == 100
    seconds = mm.Scene.from_dict(scene_of({"kind": "grid", "array": field}))
    assert np.allclose(seconds.prepared.sources["it"].times, [0, 0.1, 0.2, 0.3, 0.4])


@pytest.mark.parametrize(
    ("data", "message"),
    [
        ({"array": "ball.npy"}, "data.it.array: 'ball.npy' is text, not data; write file: ball.npy for a file"),
        ({"file": BALL}, "data.it.file: data in memory stand at the key array; write array: in the place of file:"),
        ({"values": lambda time: BALL}, "data.it.values: data in memory stand at the key array"),
        ({"array": 7}, "data.it.array: an object of the class int is not data"),
        ({"array": BALL, "file": "ball.npy"}, "data.it.array: array and file both say what the data are"),
        (
            {"array": np.zeros((2, 2))},
            r"data.it.array: the ndarray holds no grid but an array value \[2, 2\] of float64",
        ),
        ({"array": BALL, "field": "a", "shape": [1, 2, 3]}, "data.it.shape: the ndarray says its own shape and type"),
        ({"array": np.full((3, 3, 3), np.nan)}, "data.it.array: the field 'value' has no finite value"),
        ({"array": lambda: BALL}, r"data.it.array: the function fails at the time 0 \(TypeError"),
        ({"array": lambda time: BALL, "times": "soon"}, "data.it.times: 'soon' is not a list of numbers"),
        ({"array": [BALL, BALL], "times": [0]}, "data.it.times: there are 1 times and 2 snapshots"),
        ({"array": [BALL, np.zeros((2, 2, 2))]}, "data.it.array: the ndarray holds 2 x 2 x 2 samples"),
    ],
)
def test_mistakes_are_at_the_array(data: dict[str, Any], message: str):
    with pytest.raises(mm.SceneError, match=message) as caught:
        mm.Scene.from_dict(scene_of({"kind": "grid"} | data))
    assert len(caught.value.problems) == 1


def test_data_without_keys_are_answered_with_the_key():
    with pytest.raises(mm.SceneError, match=r"data.it: data in memory stand at the key array of a data set"):
        mm.Scene.from_dict(scene_of({}) | {"data": {"it": BALL}})


def test_columns_of_tables_may_stand_for_lists():
    table = pytest.importorskip("pandas").DataFrame({"time": [0.0, 5.0]})
    scene = mm.Scene.from_dict(scene_of({"kind": "grid", "array": [BALL, BALL], "times": table["time"], "bounds": BOX}))
    assert scene.prepared.sources["it"].times.tolist() == [0, 5]


def test_a_file_cannot_hold_an_array(tmp_path: Path):
    for array in ("[[1, 2], [3, 4]]", "memory:1/ndarray.npy"):
        text = f"data: {{it: {{kind: grid, array: {array}, file: a.npy}}}}\n"
        (tmp_path / "scene.yaml").write_text(text)
        with pytest.raises(mm.SceneError, match=r"data.it.array: array is for data that Python gives .* write file:"):
            mm.load(tmp_path / "scene.yaml")


def test_density_of_arrays_in_a_scene():
    scene = mm.Scene.from_dict(scene_of({"kind": "density", "array": POINTS, "weights": "mass", "shape": 8}))
    expected = mm.density(POINTS["position"], weights=AXIS + 2, shape=8)
    assert np.allclose(scene.prepared.sources["it"].at(0.0).field(None), expected.field("density"))
    other = mm.Scene.from_dict(scene_of({"kind": "density", "array": POINTS["position"] * 2, "shape": 8}))
    assert not np.allclose(other.prepared.sources["it"].at(0.0).field(None), expected.field("density"))


def test_weights_may_be_arrays():
    dask_array = pytest.importorskip("dask.array")
    named = mm.density(POINTS, weights="mass", shape=8, method="histogram")
    lazy = dask_array.from_array(POINTS["position"], chunks=(7, 3))
    for table, weights in (
        (POINTS, AXIS + 2),
        (POINTS["position"], pytest.importorskip("pandas").Series(AXIS + 2)),
        (lazy, dask_array.from_array(AXIS + 2, chunks=5)),
    ):
        found = mm.density(table, weights=weights, shape=8, method="histogram")
        assert np.allclose(found.field("density"), named.field("density"))
    with pytest.raises(InputError, match="there are 3 weights and 24 rows"):
        mm.density(POINTS, weights=np.ones(3))
    with pytest.raises(InputError, match=r"weights have the shape \(24, 2\)"):
        mm.density(POINTS, weights=np.ones((24, 2)))


@pytest.mark.parametrize("table", [7, None, "points.npz", lambda time: POINTS])
def test_density_of_other_objects_is_said_in_one_sentence(table: Any):
    with pytest.raises(InputError, match="table"):
        mm.density(table)


@pytest.mark.parametrize(
    ("kind", "given"),
    [("grid", BALL), ("grid", [BALL, BALL]), ("particles", POINTS), ("particles", POINTS["position"])],
)
def test_quick_makes_a_scene_that_shows_itself(kind: str, given: Any):
    scene = mm.quick(given)
    assert next(iter(scene.prepared.script.scene.data.values())).kind == kind
    shown = Image.open(io.BytesIO(scene._repr_png_()))
    assert max(shown.size) == 640
    assert np.asarray(shown).max() > 50
    assert "Scene of" in repr(scene)
    scene.close()


def test_quick_takes_a_file(tmp_path: Path):
    np.save(tmp_path / "ball.npy", BALL)
    assert mm.quick(tmp_path / "ball.npy").prepared.sources["ball"].at(0.0).shape == BALL.shape


@pytest.mark.parametrize("given", [None, 7, "nothing.npy", np.zeros((4, 4)), lambda time: BALL])
def test_quick_says_in_one_sentence_what_it_cannot_show(given: Any):
    with pytest.raises(mm.UserError):
        mm.quick(given)


@pytest.mark.parametrize(
    "call",
    [
        lambda scene: scene.still("now"),
        lambda scene: scene.still(0.1, output=3),
        lambda scene: scene.still(0.1, scale="half"),
        lambda scene: scene.render(frames=3),
        lambda scene: scene.render(frames="0:3"),
        lambda scene: scene.render(workers="two"),
        lambda scene: scene.render(workers=1.5),
        lambda scene: scene.render(output=3),
        lambda scene: scene.render(out=None),
        lambda scene: scene.storyboard(pictures="many"),
        lambda scene: scene.save(3),
        lambda scene: mm.load(3),
        lambda scene: mm.load(None),
        lambda scene: mm.Scene.from_dict([1]),
        lambda scene: mm.Scene.from_dict(None),
        lambda scene: mm.Scene.from_dict({}, name=3),
        lambda scene: mm.Scene.from_dict({}, folder=3),
    ],
)
def test_arguments_of_the_wrong_kind_are_the_users_mistakes(call: Callable[[Any], Any]):
    scene = mm.Scene.from_dict(scene_of({"kind": "grid", "array": BALL, "bounds": BOX}))
    with pytest.raises(mm.UserError) as caught:
        call(scene)
    assert "\n" not in str(caught.value)
