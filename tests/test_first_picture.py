"""First scenes and pictures: `info` and `quick` from any folder, of one file or many, and `info` of a scene."""

import os
import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import yaml

import moviemaker as mm
from moviemaker.cli import main
from moviemaker.core.errors import UserError
from moviemaker.core.machine.terminal import written_into
from moviemaker.data.files.raw_shapes import likely_layouts
from moviemaker.data_options import DataOptions
from moviemaker.film.picture import read_picture


@pytest.fixture
def run(tmp_path, monkeypatch, capsys):
    """Runs a command in the folder `here`; the data lie in `data` beside it."""
    for name in ("here", "data"):
        (tmp_path / name).mkdir()
    monkeypatch.chdir(tmp_path / "here")
    for step in (2, 10, 1):
        np.savez(tmp_path / "data" / f"snap_{step}.npz", position=np.eye(3) * step, id=np.arange(3))

    def command(*words):
        status = main(list(words))
        return status, *capsys.readouterr()

    return command


def data_of(text):
    (data,) = yaml.safe_load(text)["data"].values()
    return data


def test_paths_start_where_the_scene_is_saved(run, tmp_path):
    whole = str(tmp_path / "data" / "snap_1.npz")
    cases = (
        (["../data/snap_1.npz"], "../data/snap_1.npz"),
        (["../data/snap_*.npz"], "../data/snap_*.npz"),
        ([whole], whole),
        ([f"../data/snap_{step}.npz" for step in (1, 10, 2)], "../data/snap_*.npz"),  # as a shell expands a glob
        ([f"../data/snap_{step}.npz" for step in (10, 2)], ["../data/snap_2.npz", "../data/snap_10.npz"]),
    )
    for words, file in cases:
        status, out, err = run("info", *words)
        assert (status, err, data_of(out)["file"]) == (0, "", file)
        assert f"to be saved in {tmp_path / 'here'}:" in out
        mm.Scene.from_dict(yaml.safe_load(out), folder=tmp_path / "here")
    Path("films").mkdir()
    assert run("info", "../data/snap_1.npz", "-o", "films/a.yaml")[:2] == (0, "films/a.yaml\n")
    assert data_of(Path("films/a.yaml").read_text())["file"] == "../../data/snap_1.npz"
    mm.load("films/a.yaml")
    assert run("info", "../data/snap_1.npz", "-o", "films/a.yaml")[0] == 2
    assert run("info", "../data/snap_1.npz", "-o", "films/a.yaml", "--force")[0] == 0


def test_the_file_that_a_shell_writes_into_is_known(tmp_path):
    (tmp_path / "films").mkdir()
    np.save(tmp_path / "a.npy", np.eye(3))
    with open(tmp_path / "films" / "s.yaml", "w") as target:
        command = [sys.executable, "-m", "moviemaker", "info", "a.npy"]
        subprocess.run(command, cwd=tmp_path, stdout=target, check=True, env=os.environ)
    assert data_of((tmp_path / "films" / "s.yaml").read_text())["file"] == "../a.npy"
    assert written_into((".yaml", ".yml")) is None


def test_files_that_are_not_one_series_are_refused(run):
    Path("a.csv").write_text("x,y,z\n1,2,3\n")
    status, _, err = run("info", "a.csv", "../data/snap_1.npz")
    assert (status, err) == (
        2,
        "the files end in .csv and .npz, and so are not one series; describe them one at a time\n",
    )
    assert run("info", "a.csv", "b.csv")[::2] == (2, "no such file 'b.csv'; did you mean 'a.csv'?\n")
    assert run("info")[0] == run("quick")[0] == 2
    assert "no file is given" in run("info")[2]
    assert "no file is given" in run("quick")[2]


def test_quick_writes_a_scene_and_its_picture(run):
    status, out, err = run("quick", "../data/snap_*.npz", "--scale", "0.1")
    assert (status, out, err) == (0, "snap.yaml\nsnap.png\n", "")
    assert read_picture(Path("snap.png")).max() > 50
    assert np.array_equal(read_picture(Path("snap.png")), mm.load("snap.yaml").still(0, scale=0.1))
    before = Path("snap.yaml").read_bytes()
    Path("snap.yaml").write_text("mine")
    status, out, err = run("quick", "../data/snap_*.npz", "--scale", "0.1")
    assert (status, out) == (2, "")
    assert err == "snap.yaml: there is a file already; replace it with --force, or name another one with -o\n"
    assert Path("snap.yaml").read_text() == "mine"
    assert run("quick", "../data/snap_*.npz", "--scale", "0.1", "--force")[0] == 0
    assert Path("snap.yaml").read_bytes() == before


def test_quick_looks_later_where_nothing_is_seen_at_first(run):
    np.savez("e_0.npz", position=np.zeros((0, 3)), id=np.zeros(0, int))
    for step in (1, 2):
        np.savez(f"e_{step}.npz", position=np.eye(3), id=np.arange(3))
    assert run("quick", "e_*.npz", "--scale", "0.1")[0] == 0
    assert read_picture(Path("e.png")).max() > 50
    status, _, err = run("info", "e_0.npz")
    assert (status, err.startswith("'e_0.npz' holds no particles; give it at least one, or name the series")) == (
        2,
        True,
    )


def test_a_few_particles_can_be_seen_and_are_inside_the_picture(run):
    np.savez("two.npz", position=[[0, 0, 0], [1, 0, 0]])
    assert run("quick", "two.npz", "--scale", "0.25")[0] == 0
    lit = read_picture(Path("two.png")).max(axis=2) > 16
    assert 0.01 < lit.mean() < 0.3
    assert not lit[[0, -1]].any()
    assert not lit[:, [0, -1]].any()


def test_the_first_light_on_a_machine_is_announced(run, monkeypatch):
    monkeypatch.setattr("moviemaker.rendering.estimate.needs_compiling", lambda: True)
    np.savez("many.npz", position=np.random.default_rng(0).normal(size=(12000, 3)))
    np.savez("few.npz", position=np.eye(3))
    note = "compiling what draws light: half a minute or more, once after each installation\n"
    assert run("quick", "many.npz", "--scale", "0.1") == (0, "many.yaml\nmany.png\n", note)
    assert note in run("still", "many.yaml", "-o", "again.png", "--scale", "0.1")[2]
    assert run("quick", "few.npz", "--scale", "0.1")[2] == ""


def test_quick_leads_from_a_scene_to_still(run):
    Path("s.yaml").write_text("duration: 1\n")
    assert run("quick", "s.yaml") == (2, "", "s.yaml: this is a scene already; draw it with: moviemaker still s.yaml\n")


def test_quick_names_both_files_after_either(run):
    for name, written in (("a.yaml", ["a.yaml", "a.png"]), ("b.jpg", ["b.yaml", "b.jpg"]), ("c", ["c.yaml", "c.png"])):
        assert run("quick", "../data/snap_1.npz", "-o", name, "--scale", "0.1")[1].split() == written
        assert all(Path(each).is_file() for each in written)
    assert "no such folder" in run("quick", "../data/snap_1.npz", "-o", "no/a.png")[2]
    assert not Path("no").exists()


def test_a_raw_file_is_read_with_its_shape(run):
    values = np.arange(5 * 6 * 7, dtype=">i2").reshape(5, 6, 7)
    values.tofile("a.raw")
    for words in (["--shape", "5", "6", "7"], ["--shape", "5x6x7"], ["--shape", "5,6,7"]):
        out = run("info", "a.raw", *words, "--dtype", ">i2")[1]
        keys = data_of(out)
        assert (keys["shape"], keys["dtype"], keys["kind"]) == ([5, 6, 7], ">i2", "grid")
        assert "#   bounds: x 0 to 4, y 0 to 5, z 0 to 6\n" in out
    assert "0 to 209" in run("info", "a.raw", "--shape", "5", "6", "7", "--dtype", ">i2")[1]
    assert "420 bytes" in run("info", "a.raw", "--shape", "5", "6", "8", "--dtype", ">i2")[2]
    assert "says its own shape" in run("info", "../data/snap_1.npz", "--shape", "1", "2", "3")[2]


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"shape": ["5", "6"]}, "--shape 5 6: not the shape of a grid"),
        ({"shape": ["a"]}, "--shape a: not the shape"),
        ({"shape": ["5", "6", "0"]}, "--shape"),
        ({"shape": ["5", "6", "7"], "dtype": "text"}, "--dtype: no such type 'text'"),
        ({"shape": ["5", "6", "7"], "order": "G"}, "--order"),
        ({"dtype": "uint8"}, "--dtype is given without --shape"),
    ],
)
def test_layouts_that_are_wrong(options, said):
    with pytest.raises(UserError, match=re.escape(said)):
        DataOptions(**options).layout()


def smooth(shape, dtype):
    """A body with a gradient, and different along each axis."""
    i, j, k = np.ogrid[[slice(0, 1, n * 1j) for n in shape]]
    return (20000 * np.exp(-8 * ((i - 0.4) ** 2 + 2 * (j - 0.5) ** 2 + 3 * (k - 0.6) ** 2))).astype(dtype)


@pytest.mark.parametrize(
    ("shape", "dtype"),
    [((48, 48, 24), "uint16"), ((24, 48, 48), ">u2"), ((32, 32, 32), "float32"), ((64, 64, 20), "float64")],
)
def test_the_likely_layout_of_a_raw_file_is_the_true_one(tmp_path, shape, dtype):
    smooth(shape, dtype).tofile(tmp_path / "a.raw")
    first = likely_layouts(tmp_path / "a.raw", (tmp_path / "a.raw").stat().st_size)[0]
    assert (first.shape, first.dtype) == (shape, dtype)


def test_names_may_say_the_layout(tmp_path):
    path = tmp_path / "skull_24x48x20_uint16.raw"
    np.zeros(24 * 48 * 20, np.uint16).tofile(path)
    (found,) = likely_layouts(path, path.stat().st_size)
    assert (found.shape, found.dtype, found.order) == ((24, 48, 20), "uint16", "F")  # x varies fastest


def test_info_of_a_scene_tells_ranges_of_derived_data(run):
    rng = np.random.default_rng(0)
    np.savez("p.npz", position=rng.normal(size=(500, 3)), mass=np.full(500, 2.0))
    Path("s.yaml").write_text(
        "duration: 1\ndata:\n  p: {kind: particles, file: p.npz}\n"
        "  rho: {kind: density, of: p, shape: 24, method: histogram, weights: mass}\n"
        "  some: {kind: particles, of: p, every: 2}\n"
        "layers: [{kind: volume, data: rho}, {kind: points, data: some, size: 0.1}]\n"
        "camera: {orbit: {radius: 20}}\noutputs: {hd: {lens: perspective, size: [64, 64]}}\n"
    )
    status, out, err = run("info", "s.yaml")
    assert (status, err) == (0, "")
    scene = mm.load("s.yaml").prepared.sources
    rho = scene["rho"].at(0.0, ("density",))
    low, high = re.search(r"density +[\dx ]+ float\d+, (\S+) to (\S+)", out).groups()
    assert (float(low), float(high)) == pytest.approx(
        (rho.field("density").min(), rho.field("density").max()), rel=1e-5
    )
    assert "rho: a grid, from {kind: density, of: p}" in out
    assert "some: particles, from {kind: particles, of: p}\n  times:  one, nothing moves" in out
    assert "  250 particles\n" in out
    Path("s.yaml").write_text("duration: 1\n")
    assert run("info", "s.yaml")[0] == 2


def test_keys_say_what_files_do_not(run):
    Path("t.csv").write_text("lat,lon,height\n0,90,1\n90,0,2\n")
    status, _, err = run("info", "t.csv", "--keys", "position: [lon, lat], glob: 10")
    assert (status, err) == (2, "no data have a key 'glob'; did you mean 'globe'?\n")
    for written in ("position: [lon, lat], globe: 10", "{position: [lon, lat], globe: 10}"):
        out = run("info", "t.csv", "--keys", written)[1]
        assert data_of(out) == {"kind": "particles", "file": "t.csv", "position": ["lon", "lat"], "globe": 10}
        source = mm.Scene.from_dict(yaml.safe_load(out)).prepared.sources["t"]
        assert np.allclose(source.at(0.0).position, [[0, 10, 0], [0, 0, 10]])
    np.save("g.npy", np.arange(60.0).reshape(3, 4, 5))
    out = run("info", "g.npy", "--keys", "kind: grid, spacing: [2, 2, 2]")[1]
    assert data_of(out) == {"kind": "grid", "file": "g.npy", "spacing": [2, 2, 2]}
    assert "--keys: this is not YAML" in run("info", "g.npy", "--keys", "a: [")[2]
    assert "no such column 'x1'" in run("info", "t.csv", "--keys", "position: [x1, lat], globe: 1")[2]
    Path("o.csv").write_text("a,b,c\n1,2,3\n")
    assert '--keys "position: [A, B, C]"' in run("info", "o.csv")[2]
