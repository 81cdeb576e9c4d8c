"""Columns of positions with names of their own, in the scenes that `info` proposes."""

import numpy as np
import pytest
import yaml

from moviemaker.core.errors import InputError
from moviemaker.core.kinds import build
from moviemaker.data.describing.describe import describe
from moviemaker.data.particles import Particles

ROWS = np.array([[1.0, 2, 3, 4, 5, 6], [7, 8, 9, 10, 11, 12], [-1, -2, -3, -4, -5, -6]])


def table(folder, heads):
    count = heads.count(",") + 1
    np.savetxt(folder / "t.csv", ROWS[:, :count], delimiter=",", header=heads, comments="")
    return folder / "t.csv"


@pytest.mark.parametrize(
    ("heads", "position"),
    [
        ("gal_x,gal_y,gal_z,mass", ["gal_x", "gal_y", "gal_z"]),
        ("mass,Xpos,Ypos,Zpos", ["Xpos", "Ypos", "Zpos"]),
        ("halo_x[Mpc/h],halo_y[Mpc/h],halo_z[Mpc/h],halo_vx,halo_vy,halo_vz", ["halo_x", "halo_y", "halo_z"]),
        ("vx_gal,vy_gal,vz_gal,x_gal,y_gal,z_gal", ["x_gal", "y_gal", "z_gal"]),
        ("easting,northing,elevation", ["easting", "northing", "elevation"]),
        ("coord_1,coord_2,coord_3", ["coord_1", "coord_2", "coord_3"]),
        ('"x position","y position","z position"', ["x position", "y position", "z position"]),
    ],
)
def test_likely_columns_stand_in_the_scene(tmp_path, heads, position):
    found = describe(table(tmp_path, heads))
    (data,) = yaml.safe_load(found.scene)["data"].values()
    assert data["position"] == position
    assert found.facts[0].startswith(f"note: {', '.join(position)} are taken for positions")
    names = [name.split("[")[0].strip('"') for name in heads.split(",")]
    expected = ROWS[:, [names.index(name) for name in position]]
    assert np.array_equal(build(Particles, data).open(tmp_path).at(0.0).position, expected)


def test_longitudes_and_latitudes_lie_on_a_globe(tmp_path):
    found = describe(table(tmp_path, "Longitude,Latitude,magnitude"))
    (data,) = yaml.safe_load(found.scene)["data"].values()
    assert (data["position"], data["globe"]) == (["Longitude", "Latitude"], 6371)
    assert "magnitude" in {field.name for field in found.fields}
    position = build(Particles, data).open(tmp_path).at(0.0).position
    assert np.allclose(np.linalg.norm(position, axis=1), 6371)


@pytest.mark.parametrize(
    "heads", ["vx,vy,vz", "u,v,w", "col1,col2,col3", "nic_1,nic_2,nic_3", "a_x,a_y,a_z,b_x,b_y,b_z"]
)
def test_nothing_is_guessed_of_other_columns(tmp_path, heads):
    with pytest.raises(InputError, match="no positions could be found"):
        describe(table(tmp_path, heads))


def test_usual_names_need_no_key(tmp_path):
    assert "position:" not in describe(table(tmp_path, "x,y,z,gal_x,gal_y,gal_z")).scene
    with pytest.raises(InputError, match="no positions could be found"):  # a scene has to say it
        Particles(file="t.csv").open(table(tmp_path, "gal_x,gal_y,gal_z").parent)
