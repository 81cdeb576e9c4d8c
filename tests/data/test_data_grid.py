"""Grids from files, against values that are known."""

import bz2
import gzip
import re
from pathlib import Path

import numpy as np
import pytest

from moviemaker.core.errors import InputError, InputErrors
from moviemaker.core.kinds import build
from moviemaker.data.files import series
from moviemaker.data.grid import Grid
from moviemaker.data.grids import files as grid_files

SHARED = Path(__file__).parents[2] / "../shared/data"


def grid(folder, **keys):
    return build(Grid, {"kind": "grid", **keys}).open(folder)


def error_of(folder, **keys):
    with pytest.raises((InputError, InputErrors)) as caught:
        grid(folder, **keys).examine()
    return caught.value.errors[0] if isinstance(caught.value, InputErrors) else caught.value


@pytest.fixture
def pattern():
    """An array in which every sample encodes its index: 100 i + 10 j + k."""
    i, j, k = np.indices((4, 3, 2))
    return (100 * i + 10 * j + k).astype(np.float32)


def test_axes_are_x_y_z(tmp_path, pattern):
    np.save(tmp_path / "a.npy", pattern)
    source = grid(tmp_path, file="a.npy", spacing=[1, 2, 3], origin=[10, 20, 30])
    found = source.at(0)
    assert found.shape == (4, 3, 2)
    assert found.field(None)[3, 2, 1] == 321
    assert found.bounds == ((10, 13), (20, 24), (30, 33))
    assert source.center(0) == (11.5, 22, 31.5)
    assert source.times is None
    assert source.files == (str(tmp_path / "a.npy"),)


def test_bounds_are_positions_of_first_and_last_sample(tmp_path, pattern):
    np.save(tmp_path / "a.npy", pattern)
    found = grid(tmp_path, file="a.npy", bounds=[[-3, 3], [0, 1], [5, 7]]).at(0)
    assert found.origin == (-3, 0, 5)
    assert found.spacing == (2, 0.5, 2)
    assert found.bounds == ((-3, 3), (0, 1), (5, 7))


def test_defaults_to_unit_spacing(tmp_path, pattern):
    np.save(tmp_path / "a.npy", pattern)
    assert grid(tmp_path, file="a.npy").at(0).bounds == ((0, 3), (0, 2), (0, 1))


@pytest.mark.parametrize("order", ["C", "F"])
def test_raw_file(tmp_path, pattern, order):
    (tmp_path / "a.raw").write_bytes(b"head" + pattern.astype(">f4").tobytes(order=order))
    keys = {"shape": [4, 3, 2], "dtype": ">f4", "order": order, "offset": 4}
    plain = grid(tmp_path, file="a.raw", **keys).at(0).field(None)
    np.testing.assert_array_equal(plain, pattern)
    assert plain.dtype.isnative
    (tmp_path / "a.raw.bz2").write_bytes(bz2.compress((tmp_path / "a.raw").read_bytes()))
    np.testing.assert_array_equal(grid(tmp_path, file="a.raw.bz2", **keys).at(0).field(None), pattern)


@pytest.mark.parametrize(("suffix", "opener"), [(".gz", gzip.open), (".bz2", bz2.open)])
def test_compressed_npy(tmp_path, pattern, suffix, opener):
    with opener(tmp_path / f"a.npy{suffix}", "wb") as file:
        np.save(file, np.asfortranarray(pattern))
    np.testing.assert_array_equal(grid(tmp_path, file=f"a.npy{suffix}").at(0).field(None), pattern)


@pytest.mark.parametrize("save", [np.savez, np.savez_compressed])
def test_npz_names_fields_times_and_axes(tmp_path, pattern, save):
    series = np.stack([pattern, pattern + 1])
    save(tmp_path / "a.npz", heat=series, time=[2.0, 4.0], origin=[1, 2, 3], spacing=[1, 1, 2], mask=pattern > 3)
    source = grid(tmp_path, file="a.npz", field="mask")
    assert source.fields == ("mask", "heat")
    assert source.times.tolist() == [2, 4]
    found = source.at(3, ["heat", "mask"])
    np.testing.assert_allclose(found.fields["heat"], pattern + 0.5)
    assert found.bounds == ((1, 4), (2, 4), (3, 5))
    assert found.field("mask").sum() == (pattern > 3).sum()


def test_series_is_interpolated_linearly_and_holds_outside(tmp_path, pattern):
    np.save(tmp_path / "a.npy", np.stack([pattern, pattern + 10, pattern + 40]).astype(np.int16))
    source = grid(tmp_path, file="a.npy", times=[0, 1, 3])
    for time, more in ((-1, 0), (0, 0), (0.25, 2.5), (1, 10), (2, 25), (3, 40), (9, 40)):
        np.testing.assert_allclose(source.at(time).field(None), pattern + more, err_msg=str(time))
    assert source.at(0.5).field(None).dtype == np.float32
    assert source.at(1).field(None).dtype == np.int16
    held = grid(tmp_path, file="a.npy", times=[0, 1, 3], interpolation="hold")
    np.testing.assert_array_equal(held.at(2.9).field(None), pattern + 10)


def test_nan_in_either_snapshot_gives_nan(tmp_path):
    series = np.zeros((2, 2, 2, 2))
    series[0, 0, 0, 0] = series[1, 1, 1, 1] = np.nan
    np.save(tmp_path / "a.npy", series)
    assert np.isnan(grid(tmp_path, file="a.npy").at(0.5).field(None)).sum() == 2


def test_same_object_while_nothing_changes(tmp_path, pattern):
    np.save(tmp_path / "a.npy", np.stack([pattern, pattern + 1]))
    source = grid(tmp_path, file="a.npy")
    assert source.at(0.5) is source.at(0.5)
    assert source.at(-2) is source.at(0)
    assert source.at(1) is source.at(7)
    assert source.at(0.5) is not source.at(0.6)
    held = grid(tmp_path, file="a.npy", interpolation="hold")
    assert held.at(0.1) is held.at(0.9)


def test_two_layers_with_other_fields_do_not_disturb_each_other(tmp_path, pattern):
    np.savez(tmp_path / "a.npz", a=pattern, b=-pattern)
    source = grid(tmp_path, file="a.npz")
    a, b = source.at(0, ["a"]), source.at(0, ["b"])
    assert source.at(5, ["a"]) is a
    assert source.at(6, ["b"]) is b


def test_only_needed_snapshots_are_read(tmp_path, pattern, monkeypatch):
    for n in range(12):
        np.save(tmp_path / f"a_{n}.npy", pattern + n)
    opened = []
    original = grid_files.open_file
    monkeypatch.setattr(
        grid_files, "open_file", lambda path, layout: opened.append(path.stem) or original(path, layout)
    )
    source = grid(tmp_path, file="a_*.npy")
    assert opened == ["a_0"]
    np.testing.assert_allclose(source.at(9.5).field(None), pattern + 9.5)  # natural order: a_9, a_10
    assert opened == ["a_0", "a_9", "a_10"]
    source.at(9.6), source.at(9.7)
    assert opened == ["a_0", "a_9", "a_10"]


def test_survey_gives_finite_values_of_every_snapshot(tmp_path):
    series = np.arange(16.0).reshape(2, 2, 2, 2)
    series[1, 0, 0, 0] = np.inf
    np.save(tmp_path / "a.npy", series)
    parts = list(grid(tmp_path, file="a.npy").survey("value"))
    assert [len(part) for part in parts] == [8, 7]
    with pytest.raises(InputError, match="did you mean 'value'"):
        grid(tmp_path, file="a.npy").survey("valu")


def test_field_names_an_array_without_a_name(tmp_path, pattern):
    np.save(tmp_path / "a.npy", pattern)
    assert grid(tmp_path, file="a.npy", field="density").fields == ("density",)


def test_vtk_image_keeps_its_axes(tmp_path, pattern):
    pyvista = pytest.importorskip("pyvista")
    image = pyvista.ImageData(dimensions=(4, 3, 2), spacing=(1, 2, 3), origin=(5, 6, 7))
    image["heat"] = pattern.ravel(order="F")
    image["flow"] = np.tile([3.0, 4.0, 0.0], (24, 1))
    image.save(tmp_path / "a.vti")
    found = grid(tmp_path, file="a.vti").at(0, ["heat", "flow"])
    np.testing.assert_array_equal(found.fields["heat"], pattern)
    np.testing.assert_allclose(found.fields["flow"], 5)
    assert found.bounds == ((5, 8), (6, 10), (7, 10))
    assert grid(tmp_path, file="a.vti", spacing=[1, 1, 1], origin=[0, 0, 0]).at(0).bounds == ((0, 3), (0, 2), (0, 1))
    cells = pyvista.ImageData(dimensions=(5, 4, 3))
    cells.cell_data["heat"] = pattern.ravel(order="F")
    cells.save(tmp_path / "b.vti")
    middle = grid(tmp_path, file="b.vti").at(0)
    assert middle.origin == (0.5, 0.5, 0.5)
    np.testing.assert_array_equal(middle.field(None), pattern)
    steps = pyvista.RectilinearGrid([0, 2, 4, 6], [1, 2, 3], [0, 1])
    steps["heat"] = pattern.ravel(order="F")
    steps.save(tmp_path / "c.vtr")
    assert grid(tmp_path, file="c.vtr").at(0).bounds == ((0, 6), (1, 3), (0, 1))
    uneven = pyvista.RectilinearGrid([0, 2, 3, 6], [1, 2, 3], [0, 1])
    uneven["heat"] = pattern.ravel(order="F")
    uneven.save(tmp_path / "d.vtr")
    source = grid(tmp_path, file="d.vtr")
    assert source.at(0).bounds == ((0, 6), (1, 3), (0, 1))
    np.testing.assert_allclose(
        source.at(0).field(None)[:, 2, 1], np.interp(range(7), [0, 2, 3, 6], [21, 121, 221, 321])
    )
    assert "4 samples are interpolated linearly onto 7" in source.facts.notes[0]


def test_hdf5(tmp_path, pattern):
    h5py = pytest.importorskip("h5py")
    with h5py.File(tmp_path / "a.h5", "w") as file:
        file["grids/heat"] = np.stack([pattern, pattern + 1])
    np.testing.assert_allclose(grid(tmp_path, file="a.h5").at(0.5, ["heat"]).field("heat"), pattern + 0.5)


def test_counts_samples_that_are_not_finite(tmp_path):
    values = np.zeros((10, 10, 10))
    values[0, 0, :2], values[5, 5, 5] = np.nan, np.inf
    np.save(tmp_path / "a.npy", values)
    assert grid(tmp_path, file="a.npy").examine() == ["3 of 1000 samples are not finite; they are drawn as nothing"]
    np.save(tmp_path / "b.npy", np.full((2, 2, 2), 1e308))  # whose sum overflows
    assert grid(tmp_path, file="b.npy").examine() == []


def test_warns_about_snapshots_that_were_not_read(tmp_path, pattern, monkeypatch):
    monkeypatch.setattr("moviemaker.data.grids.source.READ_AT_MOST", 2.5 * pattern.nbytes)
    np.save(tmp_path / "a.npy", np.stack([pattern] * 5))
    assert grid(tmp_path, file="a.npy").examine() == ["only the first 2 of 5 snapshots were examined"]
    assert series.READ_AT_MOST == 512 * 2**20


class TestMistakes:
    """Every message names the error, its place, and a correction."""

    def test_missing_file(self, tmp_path, pattern):
        np.save(tmp_path / "halo.npy", pattern)
        found = error_of(tmp_path, file="hallo.npy")
        assert str(found) == "no such file 'hallo.npy'; did you mean 'halo.npy'?"
        assert found.at == ("file",)
        assert error_of(tmp_path, file=["halo.npy", "none.npy"]).at == ("file", 1)
        assert "relative to the scene file" in error_of(tmp_path, file="nowhere/halo.npy").instead

    def test_glob_without_match_and_folder(self, tmp_path):
        assert error_of(tmp_path, file="halo_*.npy").what == "no file matches 'halo_*.npy'"
        (tmp_path / "run").mkdir()
        assert error_of(tmp_path, file="run").what == "'run' is a folder without DICOM or TIFF files"

    @pytest.mark.parametrize("name", ["a.npy", "a.npz", "a.npy.gz", "a.npy.bz2", "a.vti", "a.h5"])
    @pytest.mark.parametrize("content", [b"", b"nonsense" * 30])
    def test_content_that_does_not_fit_the_file_ending(self, tmp_path, name, content):
        (tmp_path / name).write_bytes(content)
        found = error_of(tmp_path, file=name)
        assert f"{name!r} cannot be read" in found.what or "needs h5py" in found.what
        assert found.at == ("file",)

    @pytest.mark.parametrize("name", ["a.npy", "a.npz", "a.npy.gz", "a.npy.bz2"])
    def test_truncated(self, tmp_path, name):
        path = tmp_path / name
        values = np.random.default_rng(0).random((30, 30, 30))
        if name == "a.npz":
            np.savez_compressed(path, a=values)
        else:
            with {".gz": gzip.open, ".bz2": bz2.open}.get(path.suffix, open)(path, "wb") as file:
                np.save(file, values)
        path.write_bytes(path.read_bytes()[: path.stat().st_size * 2 // 3])
        assert f"{name!r} cannot be read" in error_of(tmp_path, file=name).what

    def test_damaged_inside(self, tmp_path):
        path = tmp_path / "a.npz"
        np.savez_compressed(path, a=np.random.default_rng(0).random((20, 20, 20)))
        content = bytearray(path.read_bytes())
        content[len(content) // 2 : len(content) // 2 + 50] = bytes(50)
        path.write_bytes(content)
        assert "cannot be read" in error_of(tmp_path, file="a.npz").what

    def test_unreadable(self, tmp_path, pattern, monkeypatch):
        np.save(tmp_path / "a.npy", pattern)

        def deny(path, layout):
            with find.reading(path):
                raise PermissionError("no")

        from moviemaker.data.files import find

        monkeypatch.setattr(grid_files, "open_file", deny)
        assert error_of(tmp_path, file="a.npy").what == "the file 'a.npy' may not be read"

    def test_unknown_ending(self, tmp_path):
        (tmp_path / "a.npi").touch()
        found = error_of(tmp_path, file="a.npi")
        assert found.what == "files that end in '.npi' cannot be read"
        assert re.match(r"did you mean '\.np[yz]'\? Files may end in \.bin, ", found.instead)
        (tmp_path / "a.vti.gz").touch()
        assert error_of(tmp_path, file="a.vti.gz").instead == "unpack it first"

    def test_raw_without_shape_and_of_wrong_size(self, tmp_path, pattern):
        (tmp_path / "a.raw").write_bytes(bytes(10))
        assert "shape" in error_of(tmp_path, file="a.raw").instead
        found = error_of(tmp_path, file="a.raw", shape=[2, 2, 3])
        assert "10 bytes where 2 x 2 x 3 samples of uint8 need 12" in found.what
        assert error_of(tmp_path, file="a.raw", dtype="uint8").at == ("dtype",)
        assert error_of(tmp_path, file="a.raw", shape=[2, 2, 2], dtype="flaot").what == "no such type 'flaot'"
        np.save(tmp_path / "a.npy", pattern)
        assert error_of(tmp_path, file="a.npy", shape=[4, 3, 2]).what == "'a.npy' says its own shape and type"

    def test_bounds_and_spacing(self, tmp_path):
        found = error_of(tmp_path, file="a.npy", bounds=[[0, 1]] * 3, spacing=[1, 1, 1])
        assert str(found) == "bounds and spacing say the same thing twice; write either bounds, or spacing and origin"
        assert found.at == ("spacing",)
        assert error_of(tmp_path, file="a.npy", bounds=[[0, 1], [1, 0], [0, 1]]).at == ("bounds", 1)

    def test_bounds_without_extent(self, tmp_path, pattern):
        np.save(tmp_path / "a.npy", pattern)
        assert error_of(tmp_path, file="a.npy", bounds=[[0, 1], [1, 1], [0, 1]]).at == ("bounds", 1)

    def test_unknown_field(self, tmp_path, pattern):
        np.savez(tmp_path / "a.npz", heat=pattern, mass=pattern)
        found = error_of(tmp_path, file="a.npz", field="heatt")
        assert found.instead == "did you mean 'heat'? The fields are heat, mass"
        assert found.at == ("field",)
        with pytest.raises(InputError, match="did you mean 'mass'"):
            grid(tmp_path, file="a.npz").at(0, ["mas"])

    def test_unknown_key(self, tmp_path):
        assert "did you mean 'spacing'" in error_of(tmp_path, file="a.npy", spaceing=[1, 1, 1]).instead

    @pytest.mark.parametrize(
        ("times", "what", "at"),
        [
            ([0, 1, 2], "there are 3 times and 2 snapshots", ("times",)),
            ([1, 1], "time 1 comes after 1", ("times", 1)),
        ],
    )
    def test_times(self, tmp_path, pattern, times, what, at):
        np.save(tmp_path / "a.npy", np.stack([pattern, pattern]))
        found = error_of(tmp_path, file="a.npy", times=times)
        assert (found.what, found.at) == (what, at)

    def test_shapes_of_a_series_differ(self, tmp_path, pattern):
        np.save(tmp_path / "a1.npy", pattern)
        np.save(tmp_path / "a2.npy", pattern[1:])
        assert error_of(tmp_path, file="a*.npy").what == "'a2.npy' holds 3 x 3 x 2 samples, 'a1.npy' 4 x 3 x 2"

    def test_a_file_without_a_grid(self, tmp_path):
        np.save(tmp_path / "a.npy", np.zeros((5, 3)))
        assert error_of(tmp_path, file="a.npy").instead.endswith("for points write kind: particles")
        np.save(tmp_path / "b.npy", np.zeros((0, 3, 2)))
        assert "is empty" in error_of(tmp_path, file="b.npy").what
        np.save(tmp_path / "c.npy", np.zeros((2, 3, 2), complex))
        assert "real numbers" in error_of(tmp_path, file="c.npy").instead
        np.save(tmp_path / "d.npy", np.array([[[None]]]), allow_pickle=True)
        assert "cannot be read" in error_of(tmp_path, file="d.npy").what

    def test_a_grid_without_finite_values(self, tmp_path):
        np.save(tmp_path / "a.npy", np.full((2, 2, 2), np.nan))
        assert error_of(tmp_path, file="a.npy").what == "the field 'value' has no finite value"


@pytest.mark.skipif(not SHARED.exists(), reason="the public data are not here")
def test_public_data():
    halo = grid(SHARED, file="hdz2000.npy.bz2", bounds=[[-20, 20]] * 3)
    assert halo.at(0).shape == (128, 128, 128)
    assert halo.examine() == []
    assert grid(SHARED, file="male.raw.bz2", shape=[256, 256, 128]).at(0).field(None).max() == 254
    assert grid(SHARED, file="ironProt.vtk").at(0).shape == (68, 68, 68)
    assert grid(SHARED, file="avg152T1_RL_nifti.nii.gz").at(0).spacing == (2, 2, 2)
