"""Vectors of grids stay vectors: lengths and components are fields, arrows stand at the samples, times are mixed."""

from __future__ import annotations

import numpy as np
import pytest

import moviemaker as mm
from moviemaker.core.errors import InputError
from moviemaker.core.kinds import build
from moviemaker.data.columns.components import vectors_among
from moviemaker.data.describing.describe import describe
from moviemaker.data.grid import Grid
from tests.test_api import scene_dict

SHAPE = (5, 4, 6)
AXES = ("velocity_x", "velocity_y", "velocity_z")


def flow(shape=SHAPE):
    """Velocities (*shape, 3), all different."""
    return np.random.default_rng(0).normal(size=(*shape, 3)).astype(np.float32)


def opened(folder, file, **keys):
    return build(Grid, {"kind": "grid", "file": file} | keys).open(folder)


def write_vti(path, made):
    pv = pytest.importorskip("pyvista")
    image = pv.ImageData(dimensions=made.shape[:3])
    image["velocity"] = made.reshape(-1, 3, order="F")
    image.save(path)


def write_vts(path, made):
    pv = pytest.importorskip("pyvista")
    image = pv.ImageData(dimensions=made.shape[:3])
    image["velocity"] = made.reshape(-1, 3, order="F")
    image.cast_to_structured_grid().save(path)


def write_hdf5(path, made):
    with pytest.importorskip("h5py").File(path, "w") as file:
        file["run/velocity"] = made


def write_vtkhdf(path, made):
    with pytest.importorskip("h5py").File(path, "w") as file:
        root = file.create_group("VTKHDF")
        root.attrs.update(Version=(2, 0), Type=np.bytes_("ImageData"), Origin=np.zeros(3), Spacing=np.ones(3))
        root.attrs.update(WholeExtent=np.ravel([(0, n - 1) for n in made.shape[:3]]), Direction=np.eye(3).ravel())
        root["PointData/velocity"] = made.transpose(2, 1, 0, 3)


def write_nrrd(path, made):
    head = {"kinds": ["vector", "domain", "domain", "domain"], "content": "velocity", "space": "3D-right-handed"}
    head["space directions"] = np.array([[np.nan] * 3, [1, 0, 0], [0, 1, 0], [0, 0, 1]])
    head["measurement frame"] = np.array([[0, 1, 0], [0, 0, 1], [1, 0, 0]])  # its x is the y of space, and so on
    pytest.importorskip("nrrd").write(str(path), np.moveaxis(made[..., [1, 2, 0]], -1, 0), head)


def write_zarr(path, made):
    pytest.importorskip("zarr").save_array(str(path), made)


def write_netcdf(path, made, first=False):
    """A dimension of components, last or before the axes of space."""
    with pytest.importorskip("netCDF4").Dataset(path, "w") as file:
        for name, count in zip("xyzc", (*made.shape[:3], 3), strict=True):
            file.createDimension("component" if name == "c" else name, count)
        order = (3, 2, 1, 0) if first else (2, 1, 0, 3)
        dimensions = [("x", "y", "z", "component")[axis] for axis in order]
        file.createVariable("velocity", "f4", dimensions)[:] = made.transpose(order)


def write_axes(path, made):
    axes = {axis: np.arange(float(count)) for axis, count in zip("xyz", made.shape, strict=False)}
    np.savez(path, velocity=made, **axes)


WRITERS = {
    "axes.npz": write_axes,
    "nc": write_netcdf,
    "first.nc": lambda path, made: write_netcdf(path, made, first=True),
    "npz": lambda path, made: np.savez(path, velocity=made),
    "numbers.npz": lambda path, made: np.savez(path, rho=made[..., 0] ** 2, velocity=made),
    "first.npz": lambda path, made: np.savez(path, velocity=np.moveaxis(made, -1, 0)),
    "vti": write_vti,
    "vts": write_vts,
    "h5": write_hdf5,
    "vtkhdf": write_vtkhdf,
    "nrrd": write_nrrd,
}


@pytest.mark.parametrize("ending", WRITERS)
def test_every_format_keeps_the_components(tmp_path, ending):
    made = flow()
    WRITERS[ending](tmp_path / f"flow.{ending}", made)
    source = opened(tmp_path, f"flow.{ending}")
    assert source.vectors == {"velocity": AXES}
    grid = source.at(0.0, ("velocity", "speed", *AXES))
    for axis, name in enumerate(AXES):
        assert grid.field(name) == pytest.approx(made[..., axis], abs=1e-6)
    assert grid.field("velocity") == pytest.approx(np.linalg.norm(made, axis=-1), rel=1e-5)
    assert np.array_equal(grid.field("velocity"), grid.field("speed"))


def test_an_array_without_a_name_has_components_of_the_name_that_the_scene_gives(tmp_path):
    np.save(tmp_path / "flow.npy", flow())
    assert opened(tmp_path, "flow.npy", field="wind").fields[:4] == ("wind", "wind_x", "wind_y", "wind_z")
    assert opened(tmp_path, "flow.npy", field="value_z").fields[0] == "value_z"


def test_vectors_between_two_times_are_mixed_by_component(tmp_path):
    made = np.zeros((2, *SHAPE, 3))
    made[0, ..., 0] = made[1, ..., 1] = 2
    np.savez(tmp_path / "turning.npz", velocity=made, time=[0.0, 10.0])
    source = opened(tmp_path, "turning.npz")
    grid = source.at(5.0, ("velocity", "velocity_x"))
    assert np.allclose(grid.field("velocity_x"), 1)
    assert np.allclose(grid.field("velocity"), np.sqrt(2)), "the length of the mixed vector, not the mixed length"
    assert [float(values.max()) for values in source.survey("speed")] == [2, 2]


def test_zarr_without_named_axes_has_vectors_too(tmp_path):
    made = flow()
    write_zarr(tmp_path / "flow.zarr", made)
    grid = opened(tmp_path, "flow.zarr").at(0.0, ("value", "value_z"))
    assert np.array_equal(grid.field("value_z"), made[..., 2])
    assert grid.field("value") == pytest.approx(np.linalg.norm(made, axis=-1), rel=1e-5)


def test_a_scene_chooses_one_component_of_a_dimension(tmp_path):
    made = flow()
    write_netcdf(tmp_path / "flow.nc", made)
    source = opened(tmp_path, "flow.nc", dimensions={"component": 1})
    assert source.fields == ("velocity",)
    assert np.array_equal(source.at(0.0).field("velocity"), made[..., 1])


@pytest.mark.parametrize(("named", "keys"), [({"time": np.arange(5.0)}, {}), ({}, {"times": [0, 1, 2, 3, 4]})])
def test_a_series_of_three_layers_stays_a_series(tmp_path, named, keys):
    np.savez(tmp_path / "a.npz", rho=np.ones((5, 6, 7, 3)), **named)
    source = opened(tmp_path, "a.npz", **keys)
    assert (source.fields, len(source.times), source.at(0.0).shape) == (("rho",), 5, (6, 7, 3))


def test_vectors_on_uneven_axes_are_resampled(tmp_path):
    pv = pytest.importorskip("pyvista")
    x = np.array([0.0, 1, 2, 4, 8])
    grid = pv.RectilinearGrid(x, np.arange(4.0), np.arange(6.0))
    grid["velocity"] = np.stack([grid.points[:, 0], -grid.points[:, 1], 0 * grid.points[:, 2]], axis=1)
    grid.save(tmp_path / "uneven.vtr")
    found = opened(tmp_path, "uneven.vtr").at(0.0, AXES)
    assert np.allclose(found.field("velocity_x")[:, 0, 0], found.origin[0] + found.spacing[0] * np.arange(9))
    assert np.allclose(found.field("velocity_y")[0, :, 0], -np.arange(4.0))


@pytest.mark.parametrize(
    ("names", "expected"),
    [
        ("u v w", {"velocity": ("u", "v", "w")}),
        ("T vx vy vz", {"velocity": ("vx", "vy", "vz")}),
        ("Bx By Bz rho", {"B": ("Bx", "By", "Bz")}),
        ("x-velocity y-velocity z-velocity", {"velocity": ("x-velocity", "y-velocity", "z-velocity")}),
        ("uo vo", {"velocity": ("uo", "vo")}),
        ("value_0 value_1 value_2", {"value": ("value_0", "value_1", "value_2")}),
        ("value_0 value_1 value_2 value_3", {}),
        ("uv uv_x uv_y", {"uv": ("uv_x", "uv_y")}),
        ("grad_x grad_y", {}),
        ("x y z", {}),
        ("Bx By bz", {}),
        ("u", {}),
    ],
)
def test_vectors_are_recognized_by_the_names_of_their_components(names, expected):
    assert vectors_among(names.split()) == expected


def test_a_velocity_of_pressure_is_not_mixed_with_one_of_length():
    units = {"u": "m s-1", "v": "m s-1", "w": "Pa s-1"}
    assert vectors_among(["u", "v", "w"], units) == {"velocity": ("u", "v")}


@pytest.fixture
def scene(tmp_path):
    """A scene of arrows on a grid."""

    def make(layer=None, **data):
        layers = [{"kind": "vectors", "data": "wind", "size": 1, "scale": 1} | (layer or {})]
        written = {"wind": {"kind": "grid"} | data}
        return mm.Scene.from_dict(scene_dict(data=written, layers=layers, clock={0: 0, 4: 10}), folder=tmp_path)

    return make


def arrows(scene, time=0.0):
    layer = scene.prepared.script.layers[0]
    sample = scene.prepared.sources[layer.data].at(time, tuple(name for _, name in layer.named_fields()))
    (glyphs,) = layer.props(sample)
    return sample, glyphs


def test_arrows_stand_at_the_samples_of_a_grid_and_have_its_vectors(tmp_path, scene):
    made = flow()
    made[2, 2, 2] = np.nan
    np.savez(tmp_path / "flow.npz", velocity=made)
    sample, glyphs = arrows(scene({"color": {"by": "speed"}, "every": 1}, file="flow.npz", spacing=[1, 2, 3]))
    known = np.isfinite(made).all(axis=-1)
    assert len(glyphs.position) == known.sum() == 119, "a missing vector has no arrow"
    index = np.argwhere(known)
    assert sample.position == pytest.approx(index * [1, 2, 3])
    assert glyphs.direction * glyphs.size[:, None] == pytest.approx(made[known], abs=1e-5)
    assert sample.fields["speed"] == pytest.approx(np.linalg.norm(made[known], axis=1), rel=1e-5)


def test_there_are_not_too_many_arrows_unless_the_scene_says_so(tmp_path, scene):
    np.savez(tmp_path / "flow.npz", velocity=flow((40, 30, 20)))
    _, glyphs = arrows(scene(file="flow.npz"))
    assert 2000 < len(glyphs.position) <= 4000
    _, thinned = arrows(scene({"every": [10, 10, 5]}, file="flow.npz"))
    assert len(thinned.position) == 4 * 3 * 4


def test_every_thins_out_particles_too(tmp_path, scene):
    np.savez(tmp_path / "p.npz", position=np.random.default_rng(0).normal(size=(60, 3)), velocity=np.ones((60, 3)))
    _, glyphs = arrows(scene({"every": 3}, kind="particles", file="p.npz"))
    assert len(glyphs.position) == 20
    with pytest.raises(mm.SceneError, match=r"layers\[0\].every: three numbers are for the axes of a grid"):
        scene({"every": [3, 3, 3]}, kind="particles", file="p.npz")


def test_three_fields_may_be_named_and_others_are_suggested(tmp_path, scene):
    made = flow()
    np.savez(tmp_path / "flow.npz", a=made[..., 0], b=made[..., 1], c=made[..., 2])
    _, glyphs = arrows(scene({"vector": ["a", "b", "c"]}, file="flow.npz"))
    assert glyphs.direction * glyphs.size[:, None] == pytest.approx(made.reshape(-1, 3), abs=1e-5)
    with pytest.raises(mm.SceneError, match="vector: no such field 'velocity'"):
        scene(file="flow.npz")


def write_winds(path):
    """Eastward, northward and upward wind, m/s, on levels around the globe; the upward one is 0.5 everywhere."""
    with pytest.importorskip("netCDF4").Dataset(path, "w") as file:
        axes = {"lev": np.linspace(0, 2000, 5), "lat": np.arange(-90.0, 91, 10), "lon": np.arange(0.0, 360, 10)}
        for name, values in axes.items():
            file.createDimension(name, len(values))
            variable = file.createVariable(name, "f8", (name,))
            variable[:] = values
            variable.units = {"lev": "m", "lat": "degrees_north", "lon": "degrees_east"}[name]
        file["lev"].positive = "up"
        for name, value in (("u", 2.0), ("v", 1.0), ("w", 0.5)):
            variable = file.createVariable(name, "f4", tuple(axes))
            variable.units = "m s-1"
            variable[:] = value


def test_winds_around_a_globe_go_east_north_and_up(tmp_path, scene):
    write_winds(tmp_path / "wind.nc")
    keys = {"file": "wind.nc", "globe": {"radius": 10, "height": 0.002}, "shape": 32}
    _, glyphs = arrows(scene({"anchor": "middle"}, **keys))
    up = glyphs.position / np.linalg.norm(glyphs.position, axis=1, keepdims=True)
    east = np.cross([0, 0, 1], up)
    east /= np.linalg.norm(east, axis=1, keepdims=True)
    given = glyphs.direction * glyphs.size[:, None]
    for along, expected in ((east, 2.0), (np.cross(up, east), 1.0), (up, 0.5)):
        assert (given * along).sum(axis=1) == pytest.approx(np.full(len(up), expected), abs=1e-4)


def test_a_condition_on_a_vector_is_told_its_components(tmp_path):
    np.savez(tmp_path / "flow.npz", velocity=flow())
    from moviemaker.data.particles import Particles

    model = build(Particles, {"of": "wind", "select": "velocity > 1"})
    with pytest.raises(InputError, match="'velocity' has 3 values for each particle"):
        model.open(tmp_path, {"wind": opened(tmp_path, "flow.npz")})


def test_info_lists_the_components(tmp_path):
    write_vti(tmp_path / "flow.vti", flow())
    assert [field.name for field in describe(tmp_path / "flow.vti").fields] == ["velocity", *AXES, "speed"]


@pytest.mark.parametrize("named", [("velocity",), ("u", "v", "w")])
def test_info_proposes_lines_along_the_vectors_of_a_file_that_holds_little_else(tmp_path, named):
    made = flow()
    arrays = {"velocity": made} if len(named) == 1 else dict(zip(named, np.moveaxis(made, -1, 0), strict=True))
    np.savez(tmp_path / "flow.npz", **arrays)
    found = describe(tmp_path / "flow.npz")
    assert any(fact.startswith("vector: velocity, of ") for fact in found.facts)
    (tmp_path / "scene.yaml").write_text(found.scene)
    scene = mm.load(tmp_path / "scene.yaml")
    assert [layer.kind for layer in scene.prepared.script.layers] == ["streamlines"]
    assert not scene.warnings


def test_info_proposes_the_numbers_of_a_file_that_begins_with_them(tmp_path):
    made = flow()
    np.savez(tmp_path / "flow.npz", rho=made[..., 0], velocity=made)
    assert "kind: volume" in describe(tmp_path / "flow.npz").scene
    np.savez(tmp_path / "rest.npz", velocity=0 * made)
    assert "kind: volume" in describe(tmp_path / "rest.npz").scene
