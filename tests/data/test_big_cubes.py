"""Grids larger than memory: positions of their samples, what is read, and when."""

from __future__ import annotations

import gzip
import json
from itertools import pairwise

import numpy as np
import pytest

import moviemaker as mm
from moviemaker.core.errors import InputError, InputErrors
from moviemaker.core.fingerprint import file_fingerprint
from moviemaker.core.kinds import build, load_kind
from moviemaker.data.grid import Grid
from moviemaker.data.pyramids.source import PyramidSource
from moviemaker.layers._color_by import ColorBy
from moviemaker.rendering.estimate import estimates
from tests.data.ramp_cubes import NEAR, ORIGIN, SIDE, SLOPES, SPACING, check_values, cube, opened, ramp, volume_of
from tests.data.view_cones import view_cone

zarr = pytest.importorskip("zarr")


@pytest.fixture(autouse=True)
def cache(tmp_path, monkeypatch):
    monkeypatch.setenv("MOVIEMAKER_CACHE", str(tmp_path / "cache"))


@pytest.mark.parametrize("version", [2, 3])
def test_a_small_grid_is_read_whole(tmp_path, version):
    values = ramp(40)
    cube(tmp_path, values=values, version=version, chunk=16)
    source = opened(tmp_path)
    assert not isinstance(source, PyramidSource)
    grid = source.at(0)
    np.testing.assert_array_equal(grid.field(None), values)
    assert grid.origin == tuple(ORIGIN)
    assert source.files == (str(tmp_path / "cube.zarr"),)


@pytest.mark.parametrize("version", [2, 3])
def test_parts_tile_space_and_hold_the_right_values(tmp_path, version):
    cube(tmp_path, version=version)
    source = opened(tmp_path)
    parts = source.seen(0, (), view_cone(NEAR))
    spacings = {part.spacing[0] for part in parts}
    assert {SPACING, 2 * SPACING, 4 * SPACING} <= spacings
    for part in parts:
        check_values(part)
    # No gap and no overlap: the last sample of the coarsest level lies one sample beyond the grid.
    whole = source.at(0)
    cells = np.prod(np.multiply(whole.spacing, np.array(whole.shape) - 1))
    assert sum(map(volume_of, parts)) == pytest.approx(cells)
    assert whole.bounds == parts[0].whole
    finest = min(parts, key=lambda part: part.spacing[0])
    (low, high) = finest.bounds[1]
    assert low < NEAR[1] < high
    assert all(part.diagonal == pytest.approx(np.sqrt(3) * (SIDE - 1) * SPACING) for part in parts)


def test_the_finest_samples_are_those_of_the_file(tmp_path):
    values = np.random.default_rng(1).integers(0, 200, (SIDE,) * 3).astype(np.uint8)
    cube(tmp_path, values=values)
    source = opened(tmp_path)
    finest = min(source.seen(0, (), view_cone(NEAR)), key=lambda part: part.spacing[0])
    middle = [n // 2 for n in finest.shape]
    here = tuple(slice(n - 4, n + 4) for n in middle)
    first = np.rint((np.array(finest.origin) - ORIGIN) / SPACING).astype(int)
    there = tuple(slice(a + n - 4, a + n + 4) for a, n in zip(first, middle, strict=True))
    assert finest.spacing == (SPACING,) * 3
    np.testing.assert_array_equal(finest.field(None)[here], values[there])


def test_values_are_continuous_where_parts_meet(tmp_path):
    cube(tmp_path, values=np.random.default_rng(2).random((SIDE,) * 3, dtype=np.float32))
    parts = opened(tmp_path).seen(0, (), view_cone(NEAR))
    met = 0
    for one in parts:
        for other in parts:
            factor = round(other.spacing[1] / one.spacing[1])
            if factor > 1 and one.bounds[1][1] == pytest.approx(other.bounds[1][0]):
                off = [round((one.origin[axis] - other.origin[axis]) / one.spacing[axis]) for axis in (0, 2)]
                aligned = tuple(slice(-o % factor, None, factor) for o in off)
                last, first = one.field(None)[:, -1][aligned], other.field(None)[:, 0]
                corner = [-(-o // factor) for o in off]
                here = tuple(slice(max(0, -n), m - n) for n, m in zip(corner, first.shape, strict=True))
                there = tuple(slice(max(0, n), n + m) for n, m in zip(corner, last.shape, strict=True))
                np.testing.assert_allclose(last[here], first[there], atol=1e-6)
                met += last[here].size
    assert met > 100


def test_budget_and_bytes_read(tmp_path):
    cube(tmp_path, chunk=32)
    source = opened(tmp_path)
    whole = SIDE**3 * 4
    source.at(0).field(None)
    before = source.pyramid.bytes_read
    parts = source.seen(0, (), view_cone(NEAR, angle=0.2))
    drawn = sum(part.field(None).nbytes for part in parts)
    assert drawn < 24e6 / 3
    assert 0 < source.pyramid.bytes_read - before < whole
    far = source.seen(0, (), view_cone((8, -500, -12)))
    assert len(far) == 1
    read = source.pyramid.bytes_read
    assert source.seen(0, (), view_cone((8, -510, -12)))[0] is far[0]
    assert source.pyramid.bytes_read == read


def test_headers_are_all_that_opening_and_checking_read(tmp_path, monkeypatch):
    cube(tmp_path)
    scene = flight()
    monkeypatch.setattr(zarr, "open_array", lambda *args, **keys: pytest.fail("data were read"))
    loaded = mm.Scene.from_dict(scene, folder=tmp_path)
    *_, line = estimates(loaded.prepared)
    assert line.startswith(
        "data.cube: 192 x 192 x 192 samples of float32 are 28 MB; the whole is drawn from one in 4^3"
    )
    assert "near the camera from one in 2^3 (up to" in line
    assert "coarser levels are computed from the whole once" in line


def test_parts_depend_only_on_the_view_cone(tmp_path):
    cube(tmp_path, values=np.random.default_rng(3).random((SIDE,) * 3, dtype=np.float32))
    view_cones = [view_cone((8, y, -12 + y / 10)) for y in (-60, -40, -30, -20, -10)]
    one, other = opened(tmp_path), opened(tmp_path)
    forth = [one.seen(0, (), each) for each in view_cones]
    back = [other.seen(0, (), each) for each in view_cones[::-1]][::-1]
    for parts, again in zip(forth, back, strict=True):
        assert len(parts) == len(again)
        for part, same in zip(parts, again, strict=True):
            assert (part.origin, part.spacing) == (same.origin, same.spacing)
            np.testing.assert_array_equal(part.field(None), same.field(None))
    still = one.seen(0, (), view_cones[-1])
    assert all(a is b for a, b in zip(one.seen(0, (), view_cones[-1]), still, strict=True))


def flight(file="cube.zarr", **data):
    return {
        "duration": 1,
        "fps": 10,
        "data": {"cube": {"kind": "grid", "file": file, "spacing": [1, 1, 1], "memory": "24 MB"} | data},
        "layers": [{"kind": "volume", "data": "cube", "range": [0, 1], "transfer": [[0.2, 0], [1, 0.3]]}],
        "camera": {
            "keyframes": [
                {"time": 0, "position": [96, -220, 96], "target": [96, 96, 96]},
                {"time": 1, "position": [96, 20, 96], "target": [96, 96, 96]},
            ]
        },
        "outputs": {"small": {"lens": "perspective", "size": [64, 36]}},
    }


def test_frames_do_not_depend_on_earlier_frames(tmp_path):
    cube(tmp_path, values=smooth())
    one = mm.Scene.from_dict(flight(), folder=tmp_path)
    other = mm.Scene.from_dict(flight(), folder=tmp_path)
    last = one.still(0.7)
    for time in (0.0, 0.9, 0.3):
        other.still(time)
    np.testing.assert_array_equal(other.still(0.7), last)
    one.close()
    other.close()


def test_a_flight_into_the_grid_looks_like_the_whole_without_popping(tmp_path):
    cube(tmp_path, values=smooth())
    coarse = mm.Scene.from_dict(flight(), folder=tmp_path)
    whole = mm.Scene.from_dict(flight(memory="1 GB"), folder=tmp_path)
    assert isinstance(coarse.prepared.sources["cube"], PyramidSource)
    assert not isinstance(whole.prepared.sources["cube"], PyramidSource)
    off = [coarse.still(time).astype(float) - whole.still(time) for time in np.linspace(0.3, 0.75, 10)]
    assert np.abs(off).max() < 60
    assert np.abs(off).mean() < 5
    assert np.abs(off[-1]).mean() < 1
    # Differences fade evenly: if a level appeared suddenly, one frame would differ much less than the frame before.
    steps = [np.abs(b - a).mean() for a, b in pairwise(off)]
    assert max(steps) < 2 * np.median(steps)
    coarse.close()
    whole.close()


def smooth():
    """Blobs that are visible in all levels."""
    axis = np.arange(SIDE) / SIDE
    wave = np.cos(2 * np.pi * 3 * axis)
    return (0.5 + 0.5 * wave[:, None, None] * wave[:, None] * wave).astype(np.float32)


def ome(folder, version, name="image.zarr", channels=("actin", "tubulin")):
    """An image with three levels. Each is a mean of two samples along x and y, without a change along z."""
    root = zarr.open_group(str(folder / name), mode="w", zarr_format=2 if version == "0.4" else 3)
    values = np.stack([ramp(), -ramp()]).transpose(0, 3, 2, 1)  # c, z, y, x
    datasets = []
    for level in range(3):
        factor = 2**level
        shape = (2, SIDE, SIDE // factor, SIDE // factor)
        part = values.reshape(2, SIDE, SIDE // factor, factor, SIDE // factor, factor).mean(axis=(3, 5))
        array = root.create_array(str(level), shape=shape, chunks=(1, 32, 32, 32), dtype="f4")
        array[:] = part
        scale = [1, SPACING, SPACING * factor, SPACING * factor]
        shift = [0, ORIGIN[2], *(ORIGIN[axis] + SPACING * (factor - 1) / 2 for axis in (1, 0))]
        moves = [{"type": "scale", "scale": scale}, {"type": "translation", "translation": shift}]
        datasets.append({"path": str(level), "coordinateTransformations": moves})
    axes = [{"name": "c", "type": "channel"}] + [
        {"name": axis, "type": "space", "unit": "micrometer"} for axis in "zyx"
    ]
    said = {
        "multiscales": [{"version": version, "axes": axes, "datasets": datasets}],
        "omero": {"channels": [{"label": label} for label in channels]},
    }
    root.attrs.put(said if version == "0.4" else {"ome": said | {"version": "0.5"}})


@pytest.mark.parametrize("version", ["0.4", "0.5"])
def test_ome_zarr_with_its_levels(tmp_path, version):
    ome(tmp_path, version)
    source = build(Grid, {"kind": "grid", "file": "image.zarr", "memory": "30 MB"}).open(tmp_path)
    assert source.fields == ("actin", "tubulin")
    assert source.facts.length == "micrometer"
    steps = [level.lattice.step for level in source.pyramid.levels]
    assert steps[:3] == [(1, 1, 1), (2, 2, 1), (4, 4, 1)]
    parts = source.seen(0, ("tubulin",), view_cone(NEAR))
    assert {part.spacing for part in parts} >= {(0.5, 0.5, 0.5), (1.0, 1.0, 0.5)}
    for part in parts:
        check_values(part, slopes=-SLOPES)
    whole = build(Grid, {"kind": "grid", "file": "image.zarr", "memory": "1 GB"}).open(tmp_path).at(0, ("actin",))
    assert whole.origin == pytest.approx(ORIGIN)
    np.testing.assert_allclose(whole.field("actin"), ramp(), atol=1e-4)


def test_times_of_ome_zarr(tmp_path):
    root = zarr.open_group(str(tmp_path / "series.zarr"), mode="w", zarr_format=3)
    values = np.arange(3 * 4 * 5 * 6, dtype=np.uint16).reshape(3, 4, 5, 6)  # t, z, y, x
    root.create_array("0", shape=values.shape, chunks=(1, 4, 5, 6), dtype="u2")[:] = values
    move = {"type": "scale", "scale": [2.5, 3.0, 1.0, 1.0]}
    axes = [{"name": "t", "type": "time", "unit": "second"}, *({"name": axis, "type": "space"} for axis in "zyx")]
    datasets = [{"path": "0", "coordinateTransformations": [move]}]
    root.attrs.put({"ome": {"version": "0.5", "multiscales": [{"axes": axes, "datasets": datasets}]}})
    source = build(Grid, {"kind": "grid", "file": "series.zarr"}).open(tmp_path)
    assert source.times.tolist() == [0, 2.5, 5]
    grid = source.at(2.5)
    assert grid.spacing == (1, 1, 3)
    np.testing.assert_array_equal(grid.field(None), values[1].transpose(2, 1, 0))


def test_a_series_is_interpolated_in_every_part(tmp_path):
    for number in range(2):
        cube(tmp_path, f"t{number}.zarr", values=(number + 1) * ramp())
    source = opened(tmp_path, "t*.zarr", times=[0, 10])
    for part in source.seen(5, (), view_cone(NEAR)):
        check_values(part, slopes=1.5 * SLOPES)


def test_hdf5(tmp_path):
    h5py = pytest.importorskip("h5py")
    with h5py.File(tmp_path / "cube.h5", "w") as file:
        file.create_dataset("density", data=ramp(), chunks=(32, 32, 32))
    source = opened(tmp_path, "cube.h5", field="density")
    assert isinstance(source, PyramidSource)
    for part in source.seen(0, ("density",), view_cone(NEAR)):
        check_values(part)


def test_dask(tmp_path):
    dask = pytest.importorskip("dask.array")
    dask.from_array(ramp(), chunks=64).to_zarr(str(tmp_path / "cube.zarr"))
    for part in opened(tmp_path).seen(0, (), view_cone(NEAR)):
        check_values(part)


def test_memory_mapped_arrays(tmp_path):
    np.save(tmp_path / "cube.npy", ramp())
    for part in opened(tmp_path, "cube.npy").seen(0, (), view_cone(NEAR)):
        check_values(part)


def test_chunks_that_were_never_written_are_not_read(tmp_path):
    array = zarr.create_array(
        str(tmp_path / "cube.zarr"), shape=(SIDE,) * 3, chunks=(32,) * 3, dtype="f4", fill_value=7, shards=(64,) * 3
    )
    array[64:128, :64, :64] = 1
    source = opened(tmp_path)
    values = source.at(0).field(None)
    assert values[0, 0, 0] == 7
    assert values[24, 8, 8] == 1
    assert source.pyramid.bytes_read < 3e6  # the level that was made; of the file one shard was read for it


@pytest.mark.parametrize("kind", ["frames", "names"])
def test_named_axes_of_plain_arrays(tmp_path, kind):
    names = ("time", "z", "y", "x") if kind == "frames" else ("a", "b", "c", "d")
    values = np.arange(2 * 3 * 4 * 5, dtype="f4").reshape(2, 3, 4, 5)
    zarr.create_array(
        str(tmp_path / "a.zarr"), shape=values.shape, chunks=(1, 3, 4, 5), dtype="f4", dimension_names=names
    )[:] = values
    source = build(Grid, {"kind": "grid", "file": "a.zarr"}).open(tmp_path)
    expected = values[1].transpose(2, 1, 0) if kind == "frames" else values[1]
    np.testing.assert_array_equal(source.at(1).field(None), expected)


def test_a_change_in_a_chunk_is_noticed(tmp_path):
    path = cube(tmp_path, values=ramp(32), chunk=16)
    before = file_fingerprint(str(path))
    assert file_fingerprint(str(path)) == before
    zarr.open_array(str(path), mode="r+")[0, 0, 0] = 99
    assert file_fingerprint(str(path)) != before


@pytest.mark.parametrize(
    ("keys", "where", "words"),
    [
        ({"memory": "much"}, ("memory",), "not an amount of memory"),
        ({"memory": "1 kB"}, ("memory",), "at least 16 MB"),
        ({"memory": -5}, ("memory",), "at least 16 MB"),
        ({"file": "cubes.zarr"}, ("file",), "did you mean 'cube.zarr'"),
        ({"file": "broken.zarr"}, ("file",), "'broken.zarr' cannot be read"),
        ({"file": "packed.npy.gz"}, ("memory",), "convert the file to Zarr"),
        ({"file": "plate.zarr"}, ("file",), "plate of many images"),
    ],
)
def test_mistakes(tmp_path, keys, where, words):
    cube(tmp_path, values=ramp(8), chunk=8)
    (tmp_path / "broken.zarr").mkdir()
    (tmp_path / "broken.zarr" / "zarr.json").write_text('{"zarr_format": 3}')
    (tmp_path / "plate.zarr").mkdir()
    (tmp_path / "plate.zarr" / ".zgroup").write_text('{"zarr_format": 2}')
    (tmp_path / "plate.zarr" / ".zattrs").write_text(json.dumps({"plate": {"wells": []}}))
    with gzip.open(tmp_path / "packed.npy.gz", "wb", compresslevel=1) as file:
        np.save(file, np.zeros((192,) * 3, np.uint8))
    with pytest.raises((InputError, InputErrors)) as found:
        build(Grid, {"kind": "grid", "file": "cube.zarr", "memory": "16 MB"} | keys).open(tmp_path)
    error = found.value.errors[0] if isinstance(found.value, InputErrors) else found.value
    assert error.at == where
    assert words in str(error)


def test_making_levels_is_reported_and_done_once(tmp_path, recorder, capsys):
    def read():
        source = opened(tmp_path)
        source.report_to(reporter := recorder())
        source.at(0).field(None)
        return reporter.steps

    cube(tmp_path)
    steps = read()
    what = "coarser levels of 'value' in cube.zarr: making them once, to be kept"
    assert len(steps) > 1
    assert {(name, total, unit) for name, _, total, unit in steps} == {(what, SIDE**3, "sample")}
    assert steps[-1][1] == SIDE**3
    assert read() == []
    assert capsys.readouterr().err == ""


def test_colours_with_a_range_read_nothing(tmp_path, monkeypatch):
    cube(tmp_path)
    np.save(tmp_path / "small.npy", ramp(8))
    np.savez(tmp_path / "stars.npz", position=np.zeros((5, 3)), rgb=np.zeros((5, 3)), mass=np.ones(5))
    stars = build(load_kind("data", "particles"), {"kind": "particles", "file": "stars.npz"}).open(tmp_path)
    sources = [opened(tmp_path), opened(tmp_path, "small.npy", "1 GB"), stars]
    for source in sources:
        monkeypatch.setattr(type(source), "at", None)  # whatever reads fails
        monkeypatch.setattr(type(source), "survey", None)
        by = "mass" if source is stars else "value"
        resolved = ColorBy(by=by, range=(0, 1)).resolve(source)
        assert resolved.range == (0, 1)
        with pytest.raises(InputError, match="no such field 'nothing'"):
            ColorBy(by="nothing", range=(0, 1)).resolve(source)
    assert stars.columns("rgb") == 3
    assert [stars.columns(name) for name in ("mass", "x", "distance", "id")] == [1, 1, 1, 1]
