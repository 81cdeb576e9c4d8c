"""Descriptions of files by `info`, and rules that hold for every kind of data."""

import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import yaml

import moviemaker as mm
from moviemaker.core.errors import InputError
from moviemaker.core.kinds import build, kind_names, load_kind
from moviemaker.data.describing import describe as describing
from moviemaker.data.describing.describe import describe
from moviemaker.data.particles import Particles

FOLDER = Path(describing.__file__).parents[1]


def test_grid(tmp_path):
    values = np.random.default_rng(0).random((3, 6, 5, 4)).astype(np.float32)
    np.savez(tmp_path / "my data.npz", heat=values, time=[0.0, 2.0, 7.0])
    found = describe(tmp_path / "my data.npz")
    assert found.kind == "grid"
    assert found.times == (0, 2, 7)
    assert found.bounds == ((0, 5), (0, 4), (0, 3))
    (field,) = found.fields
    assert (field.name, field.shape, field.dtype) == ("heat", (6, 5, 4), "float32")
    assert (field.low, field.high) == (pytest.approx(values.min()), pytest.approx(values.max()))
    scene = yaml.safe_load(found.scene)
    assert scene["data"]["my_data"]["file"] == "my data.npz"
    assert scene["clock"] == {0: 0, 7.9: 7}
    (layer,) = scene["layers"]
    build(load_kind("layers", "volume"), layer)
    ((name, data),) = scene["data"].items()
    build(load_kind("data", data["kind"]), data).open(tmp_path)
    assert layer["data"] == name


def test_particles(tmp_path):
    np.save(tmp_path / "stars.npy", np.random.default_rng(0).uniform(-10, 10, (1000, 3)))
    found = describe(tmp_path / "stars.npy")
    assert found.kind == "particles"
    assert found.times == ()
    assert [field.name for field in found.fields] == ["distance", "id", "x", "y", "z"]
    scene = yaml.safe_load(found.scene)
    assert scene["layers"][0]["size"] == pytest.approx(0.8 * 0.554 * 2, rel=0.1)  # 1000 in a box of 20^3
    build(load_kind("layers", "points"), scene["layers"][0])
    assert np.allclose(scene["camera"]["orbit"]["center"][:2], 0, atol=0.3)


def test_constant_grid(tmp_path):
    np.save(tmp_path / "a.npy", np.ones((3, 4, 5)))
    low, high = yaml.safe_load(describe(tmp_path / "a.npy").scene)["layers"][0]["range"]
    assert low < high


def test_a_file_without_grid_or_particles(tmp_path):
    with pytest.raises(InputError, match="no such file"):
        describe(tmp_path / "a.npy")
    (tmp_path / "a.txt").write_text("once upon a time there\n")
    with pytest.raises(InputError, match="cannot be read"):
        describe(tmp_path / "a.txt")


def test_kinds_are_found_by_name():
    assert {"grid", "particles", "sample"} <= set(kind_names("data"))


@pytest.mark.parametrize(
    "path", [*FOLDER.glob("[a-z]*.py"), *FOLDER.glob("samples/[a-z]*.py")], ids=lambda path: path.stem
)
def test_examples_in_docstrings(path):
    examples = re.findall(r"```yaml\n(.*?)```", path.read_text(), re.DOTALL)
    assert examples
    for example in examples:
        written = yaml.safe_load(example)
        model = load_kind("data", written["kind"])
        built = build(model, written)
        assert model.model_validate(built.model_dump()) == built


def test_import_is_cheap():
    code = (
        "import sys; import numpy as np; from pathlib import Path; import tempfile\n"
        "from moviemaker.data.grid import Grid; from moviemaker.data.particles import Particles\n"
        "from moviemaker.data.sample import Sample\n"
        "folder = Path(tempfile.mkdtemp()); np.save(folder / 'a.npy', np.zeros((3, 4, 5)))\n"
        "Grid(file='a.npy').open(folder).examine()\n"
        "Sample(name='tidal_stream'); Sample(name='hydrogen_orbital')\n"
        "names = ('vtk', 'vtkmodules', 'pyvista', 'matplotlib', 'scipy', 'h5py')\n"
        "print([name for name in names if name in sys.modules])"
    )
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert result.stdout.strip() == "[]"


def test_channels_are_drawn_together_in_their_colours(tmp_path):
    zarr = pytest.importorskip("zarr")
    group = zarr.create_group(str(tmp_path / "cell.zarr"))
    values = np.random.default_rng(0).random((2, 6, 5, 4)).astype(np.float32)
    group.create_array("0", shape=values.shape, dtype="f4")[:] = values
    levels = [{"path": "0", "coordinateTransformations": [{"type": "scale", "scale": [1, 1, 1, 1]}]}]
    colors = [{"label": "nuclei", "color": "0000FF"}, {"label": "actin", "color": "FF8000"}]
    ome = {"multiscales": [{"axes": [{"name": name} for name in "czyx"], "datasets": levels}]}
    group.attrs["ome"] = ome | {"omero": {"channels": colors}}

    def shown():
        layers = yaml.safe_load(describe(tmp_path / "cell.zarr").scene)["layers"]
        return [(layer["field"], layer["colors"][0][1]) for layer in layers]

    assert shown() == [("nuclei", "#0000ff"), ("actin", "#ff8000")]
    group.attrs["ome"] = ome
    assert shown() == [("channel0", "#00ff00"), ("channel1", "#ff00ff")]


def test_raw_files(tmp_path):
    np.zeros(1000, np.uint16).tofile(tmp_path / "a.raw")
    with pytest.raises(InputError, match=r"its 2000 bytes may be shape: \[10, 10, 10\] and dtype: uint16"):
        describe(tmp_path / "a.raw")
    np.zeros(1001, np.uint8).tofile(tmp_path / "a.raw")
    with pytest.raises(InputError, match=r"write shape: \[nx, ny, nz\].*it has 1001 bytes"):
        describe(tmp_path / "a.raw")


def test_each_label_gets_a_colour(tmp_path):
    labels = np.zeros((30, 30, 30), np.uint8)
    labels[5:25, 5:25, 5:25] = 1
    labels[10:20, 10:20, 10:20] = 7
    np.save(tmp_path / "parts.npy", labels)
    (layer,) = yaml.safe_load(describe(tmp_path / "parts.npy").scene)["layers"]
    assert list(layer["labels"]) == [1, 7]
    assert len(set(layer["labels"].values())) == 2
    build(load_kind("layers", "volume"), layer)


def test_few_values_that_are_not_labels_are_a_volume(tmp_path):
    noise = np.random.default_rng(0).integers(0, 5, (20, 20, 20)).astype(np.uint8)
    signed = np.zeros((20, 20, 20), np.int16)
    signed[5:15] = -1
    for values in (noise, signed, noise.astype(float) / 4):
        np.save(tmp_path / "a.npy", values)
        (layer,) = yaml.safe_load(describe(tmp_path / "a.npy").scene)["layers"]
        assert "labels" not in layer


def test_numbers_have_enough_digits_to_differ(tmp_path):
    rng = np.random.default_rng(0)
    scan = rng.random((500, 3)) * [20, 30, 5] + [567890.25, 5412345.75, 300]
    times = 1.6e9 + 60.0 * np.arange(3)
    np.savez(tmp_path / "scan.npz", position=np.stack([scan] * 3), time=times)
    found = describe(tmp_path / "scan.npz")
    scene = yaml.safe_load(found.scene)
    middle = (scan.min(axis=0) + scan.max(axis=0)) / 2
    center = np.array(scene["camera"]["orbit"]["center"], float)
    assert center[:2] == pytest.approx(middle[:2], abs=0.01)
    assert 295 < center[2] < 305
    assert [float(time) for time in scene["clock"].values()] == [times[0], times[-1]]
    assert "from 1600000000 to 1600000120" in str(found)


def test_a_glob_is_described_as_a_series(tmp_path):
    for step in range(3):
        np.savez(tmp_path / f"snap_{step}.npz", position=np.eye(3) + step, id=np.arange(3), time=10.0 * step)
        np.save(tmp_path / f"gas_{step}.npy", np.random.default_rng(step).random((5, 6, 7)))
    stars = describe(tmp_path / "snap_*.npz")
    assert (stars.kind, stars.times) == ("particles", (0.0, 10.0, 20.0))
    assert 'file: "snap_*.npz"' in stars.scene
    assert "\n  snap: " in stars.scene
    assert describe(tmp_path / "gas_*.npy").times == (0.0, 1.0, 2.0)
    for found in (stars, describe(tmp_path / "gas_*.npy")):
        mm.Scene.from_dict(yaml.safe_load(found.scene), folder=tmp_path).still(1.0)
    with pytest.raises(InputError, match="no file matches"):
        describe(tmp_path / "snip_*.npz")


def test_a_periodic_box_is_described_and_proposed(tmp_path):
    h5py = pytest.importorskip("h5py")
    for step in range(2):
        with h5py.File(tmp_path / f"snap_{step}.hdf5", "w") as file:
            file.create_group("Header").attrs.update({"Time": 1.0 + step, "BoxSize": 50.0})
            file["PartType1/Coordinates"] = np.random.default_rng(step).uniform(0, 50, (500, 3))
            file["PartType1/ParticleIDs"] = np.arange(500)
    found = describe(tmp_path / "snap_*.hdf5")
    assert "period: file" in found.scene
    assert any(fact.startswith("box:    50, 50, 50") for fact in found.facts)


def test_a_star_catalogue_is_described_around_the_sun(tmp_path):
    (tmp_path / "stars.csv").write_text("RA,Dec,dist,mag\n0,0,10,1\n90,0,20,2\n0,90,30,3\n180,-30,2,4\n")
    found = describe(tmp_path / "stars.csv")
    assert "globe: 0" in found.scene
    assert {"mag", "distance"} <= {field.name for field in found.fields}
    source = Particles(file="stars.csv", globe=0.0).open(tmp_path)
    expected = [[10, 0, 0], [0, 20, 0], [0, 0, 30], [-(3**0.5), 0, -1]]
    np.testing.assert_allclose(source.at(0.0).position, expected, atol=1e-12)
    with pytest.raises(InputError) as caught:
        Particles(file="stars.csv").open(tmp_path)
    assert "globe: 0" in caught.value.instead
