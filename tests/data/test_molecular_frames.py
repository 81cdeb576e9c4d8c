"""Files of molecular dynamics with ids, boxes, columns and numbers of atoms of their own, as programs write them."""

from __future__ import annotations

import bz2
import gzip
import io

import numpy as np
import pytest

from moviemaker.core.errors import InputError
from moviemaker.data.describing.describe import describe
from moviemaker.data.files.find import open_file
from moviemaker.data.molecular.lines import LineScanner
from tests.data.molecular_files import frame, particles

BOX = "ITEM: BOX BOUNDS pp pp pp\n-5 5\n-5 5\n-5 5\n"


def dump(path, frames, columns="id type x y z", box=BOX, before=""):
    """Frames are (step, rows) or (step, rows, columns)."""
    text = before
    for step, rows, *other in frames:
        text += f"ITEM: TIMESTEP\n{step}\nITEM: NUMBER OF ATOMS\n{len(rows)}\n{box}"
        text += f"ITEM: ATOMS {other[0] if other else columns}\n"
        text += "".join(" ".join(map(str, row)) + "\n" for row in rows)
    path.write_text(text)
    return path


# LAMMPS


def test_atoms_that_leave_a_region_are_matched_by_their_ids(tmp_path):
    first = [(10, 1, -4, 0, 0), (20, 1, 0, 0, 0), (30, 1, 4, 0, 0)]
    dump(tmp_path / "a.lammpstrj", [(0, first), (1000, [(20, 1, 0, 1, 0), (30, 1, 4, 1, 0), (40, 1, -4, 3, 0)])])
    source = particles(tmp_path, file="a.lammpstrj")
    between = source.at(500, ["id"])
    assert between.fields["id"].tolist() == [20, 30]
    assert between.position.tolist() == [[0, 0.5, 0], [4, 0.5, 0]]
    assert source.at(1000, ["id"]).fields["id"].tolist() == [20, 30, 40]
    assert source.at(0).position[:, 0].tolist() == [-4, 0, 4]


@pytest.mark.parametrize("counts", [(3, 2), (1, 2, 3), (2, 0, 1)])
def test_no_frame_is_lost_when_the_number_of_atoms_changes(tmp_path, counts):
    frames = [(1000 * s, [(n + 1, 1, n, s, 0) for n in range(count)]) for s, count in enumerate(counts)]
    source = particles(tmp_path, file=dump(tmp_path / "a.lammpstrj", frames).name)
    assert source.times.tolist() == [1000 * s for s in range(len(counts))]
    assert [len(source.at(time).position) for time in source.times] == [*counts]


def test_scaled_positions_lie_where_the_box_is(tmp_path):
    dump(tmp_path / "a.lammpstrj", [(0, [(1, 1, 0.1, 0.5, 0.5), (2, 1, 0.9, 0.5, 0.5)])], "id type xs ys zs")
    assert frame(tmp_path / "a.lammpstrj", 0).tolist() == [[-4, 0, 0], [4, 0, 0]]
    dump(tmp_path / "b.lammpstrj", [(0, [(1, 1, 1.5, 0.5, 0.5)])], "id type xsu ysu zsu")
    assert frame(tmp_path / "b.lammpstrj", 0).tolist() == [[10, 0, 0]]
    assert open_file(tmp_path / "b.lammpstrj").unwrapped


def test_a_tilted_box_follows_from_its_bounds_and_tilts(tmp_path):
    """Bounds as LAMMPS writes them for lo = (1, 2, 3), lengths 10, 8, 6 and tilts xy = -2, xz = 3, yz = 1."""
    box = "ITEM: BOX BOUNDS xy xz yz pp pp pp\n-1 14 -2\n2 11 3\n3 9 1\n"
    dump(tmp_path / "a.lammpstrj", [(0, [(1, 1, 0.5, 0.5, 0.5)])], "id type xs ys zs", box)
    found = open_file(tmp_path / "a.lammpstrj")
    assert found.box.read(0).tolist() == [[10, 0, 0], [-2, 8, 0], [3, 1, 6]]
    assert found.corner.read(0).tolist() == [1, 2, 3]
    assert found.arrays["position"].read(0).tolist() == [[1 + 5.5, 2 + 4.5, 3 + 3]]


def test_a_general_box_has_any_vectors(tmp_path):
    box = "ITEM: BOX BOUNDS abc origin pp pp pp\n0 10 0 1\n-8 0 0 2\n0 0 6 3\n"
    dump(tmp_path / "a.lammpstrj", [(0, [(1, 1, 0.5, 0.25, 0)])], "id type xs ys zs", box)
    found = open_file(tmp_path / "a.lammpstrj")
    assert found.box.read(0).tolist() == [[0, 10, 0], [-8, 0, 0], [0, 0, 6]]
    assert found.arrays["position"].read(0).tolist() == [[1 - 2, 2 + 5, 3]]


def test_a_slab_is_periodic_along_two_axes(tmp_path):
    box = BOX.replace("pp pp pp", "pp pp ff")
    frames = [(0, [(1, 1, 4, 0, 4)]), (1, [(1, 1, -4, 0, -4)])]
    source = particles(tmp_path, file=dump(tmp_path / "a.lammpstrj", frames, box=box).name, period="file")
    assert source.at(0.5).position.tolist() == [[-5, 0, 0]]  # over the edge along x, straight along z
    assert source.at(0.5).box.tolist() == [[10, 0, 0], [0, 10, 0], [0, 0, 0]]


def test_a_box_without_periodic_sides_is_not_a_period(tmp_path):
    box = BOX.replace("pp pp pp", "ff ss fm")
    dump(tmp_path / "a.lammpstrj", [(0, [(1, 1, 4, 0, 4)]), (1, [(1, 1, -4, 0, -4)])], box=box)
    assert open_file(tmp_path / "a.lammpstrj").box is None
    with pytest.raises(InputError, match="the files do not give a periodic box"):
        particles(tmp_path, file="a.lammpstrj", period="file").examine()


def test_atoms_stay_in_the_box_of_the_file_wherever_it_begins(tmp_path):
    frames = [(0, [(1, 1, -4, 0, 0), (2, 1, 4, 0, 0)]), (1, [(1, 1, 4, 0, 0), (2, 1, -4, 0, 0)])]
    source = particles(tmp_path, file=dump(tmp_path / "a.lammpstrj", frames).name, period="file")
    assert np.abs(source.at(0.25).position[:, 0]).tolist() == [4.5, 4.5]


def test_columns_are_fields_and_nothing_is_invented(tmp_path):
    rows = [(2, 2, 3, 0, 0, 1, 2, 3, -1.5, 6, 0.5, 1, 0, -1), (1, 1, 0, 0, 0, 0, 0, 0, -3.5, 12, -0.5, 0, 0, 0)]
    dump(tmp_path / "a.lammpstrj", [(0, rows), (9, rows)], "id type x y z vx vy vz c_pe c_coord q ix iy iz")
    source = particles(tmp_path, file="a.lammpstrj")
    found = source.at(0, source.fields).fields
    assert found["c_pe"].tolist() == [-3.5, -1.5]
    assert found["c_coord"].tolist() == [12, 6]
    assert found["q"].tolist() == [-0.5, 0.5]
    assert found["type"].tolist() == [1, 2]
    assert found["velocity"].tolist() == [[0, 0, 0], [1, 2, 3]]
    assert found["image"].tolist() == [[0, 0, 0], [1, 0, -1]]
    assert not {"mass", "radius", "element"} & {*source.fields}


def test_elements_of_a_dump_give_colours_in_its_unit_of_length(tmp_path):
    rows = [(1, "C", 0, 0, 0), (2, "Na", 3, 0, 0)]
    dump(tmp_path / "a.lammpstrj", [(0, rows)], "id element x y z", before="ITEM: UNITS\nnano\n")
    found = particles(tmp_path, file="a.lammpstrj").at(0, ["atomic_number", "radius"]).fields
    assert found["atomic_number"].tolist() == [6, 11]
    np.testing.assert_allclose(found["radius"], [0.17, 0.227])
    assert "nano, nanometres and nanoseconds" in str(describe(tmp_path / "a.lammpstrj"))


def test_the_times_of_a_dump_go_before_its_steps(tmp_path):
    text = "".join(
        f"ITEM: TIME\n{0.5 * s}\nITEM: TIMESTEP\n{500 * s}\nITEM: NUMBER OF ATOMS\n1\n{BOX}"
        f"ITEM: ATOMS id x y z\n1 {s} 0 0\n"
        for s in range(3)
    )
    (tmp_path / "a.dump").write_text("ITEM: UNITS\nmetal\n" + text)
    assert particles(tmp_path, file="a.dump").times.tolist() == [0, 0.5, 1]


def test_a_column_that_begins_later_is_missing_before(tmp_path):
    frames = [(0, [(1, 0, 0, 0)], "id x y z"), (1, [(1, 1, 0, 0, 7)], "id x y z c_pe"), (2, [(1, 2, 0, 0)], "id x y z")]
    source = particles(tmp_path, file=dump(tmp_path / "a.lammpstrj", frames).name)
    assert source.at(1, ["c_pe"]).fields["c_pe"].tolist() == [7]
    assert np.isnan(source.at(0, ["c_pe"]).fields["c_pe"]).all()
    assert np.isnan(source.at(2, ["c_pe"]).fields["c_pe"]).all()


@pytest.mark.parametrize("lost", ["last", "middle"])
def test_a_frame_that_is_cut_off_is_left_out_with_a_warning(tmp_path, lost):
    path = dump(tmp_path / "a.lammpstrj", [(s, [(n, 1, n, s, 0) for n in range(9)]) for s in range(4)])
    text = path.read_text()
    cut = text.rindex("7 1 7 3") if lost == "last" else text.index("7 1 7 2")
    path.write_text(text[:cut] + ("" if lost == "last" else text[text.index("ITEM: TIMESTEP\n3") :]))
    source = particles(tmp_path, file="a.lammpstrj")
    assert source.times.tolist() == ([0, 1, 2] if lost == "last" else [0, 1, 3])
    assert "1 frame lacks rows" in source.examine()[0]


def test_columns_of_a_plane_and_exponents_of_fortran(tmp_path):
    dump(tmp_path / "a.lammpstrj", [(0, [(1, "1.5D+00", "-2d0")])], "id x y")
    assert frame(tmp_path / "a.lammpstrj", 0).tolist() == [[1.5, -2, 0]]


def test_a_dump_without_positions_says_what_it_has(tmp_path):
    dump(tmp_path / "a.lammpstrj", [(0, [(1, 1)])], "id type")
    with pytest.raises(InputError, match="its columns are id type"):
        open_file(tmp_path / "a.lammpstrj")


def test_ids_of_a_dump_choose_the_atoms_of_a_topology(tmp_path):
    lines = [f"ATOM  {n:5d}  {name:<3s} ALA A{n:4d}       0.000   0.000   0.000" for n, name in enumerate("NCO", 1)]
    (tmp_path / "top.pdb").write_text("\n".join([*lines, "END\n"]))
    dump(tmp_path / "a.lammpstrj", [(0, [(3, 1, 3, 0, 0), (1, 1, 1, 0, 0)]), (1, [(2, 1, 2, 0, 0)])])
    source = particles(tmp_path, file="a.lammpstrj", topology="top.pdb")
    assert source.at(0, ["atomic_number"]).fields["atomic_number"].tolist() == [7, 8]
    assert source.at(1, ["resid"]).fields["resid"].tolist() == [2]
    carbon = particles(tmp_path, file="a.lammpstrj", topology="top.pdb", atoms="name C")
    assert [len(carbon.at(time).position) for time in (0, 1)] == [0, 1]


def test_atoms_of_a_dump_are_selected_by_type(tmp_path):
    dump(tmp_path / "a.lammpstrj", [(0, [(1, 1, 0, 0, 0), (2, 2, 3, 0, 0)]), (1, [(2, 2, 4, 0, 0), (5, 2, 5, 0, 0)])])
    source = particles(tmp_path, file="a.lammpstrj", atoms="type 2")
    assert source.at(0, ["id"]).fields["id"].tolist() == [2]
    assert source.at(1, ["id"]).fields["id"].tolist() == [2, 5]


@pytest.mark.parametrize(("ending", "pack"), [("gz", gzip.compress), ("bz2", bz2.compress)])
def test_compressed_dumps_in_any_order(tmp_path, ending, pack):
    path = dump(tmp_path / "a.lammpstrj", [(s, [(1, 1, s, 0, 0)]) for s in range(5)])
    (tmp_path / f"a.lammpstrj.{ending}").write_bytes(pack(path.read_bytes()))
    read = open_file(tmp_path / f"a.lammpstrj.{ending}").arrays["position"].read
    assert [read(step)[0, 0] for step in (3, 1, 4, 0)] == [3, 1, 4, 0]


# XYZ


def xyz(path, *frames):
    """Frames are (comment, rows)."""
    path.write_text(
        "".join(f"{len(rows)}\n{comment}\n" + "".join(f"{row}\n" for row in rows) for comment, rows in frames)
    )
    return path.name


def test_atoms_that_an_xyz_file_adds_are_matched_by_rows_with_a_warning(tmp_path):
    rows = ["C 0 {} 0", "O 3 {} 0", "N -3 {} 0"]
    name = xyz(tmp_path / "a.xyz", *(("", [row.format(s) for row in rows[: s + 1]]) for s in range(3)))
    source = particles(tmp_path, file=name)
    assert [len(source.at(time).position) for time in (0, 0.5, 1, 2)] == [1, 1, 2, 3]
    assert source.at(2, ["atomic_number"]).fields["atomic_number"].tolist() == [6, 8, 7]
    assert "changes, from 1 to 3, and the file gives no ids: atoms are matched" in source.examine()[0]


EXTENDED = "Properties=id:I:1:species:S:1:pos:R:3:charge:R:1:force:R:3:stress:R:6:free:L:1"


def test_extended_xyz(tmp_path):
    comment = f'Lattice="10 0 0 1 9 0 0 0 8" {EXTENDED} Time={{}} pbc="T T F" Origin="-1 -2 -3" config="a \\"b\\" = c"'
    rows = ["2 Fe 3 0 0 0.4 1 2 3 1 2 3 4 5 6 F", "1 c 0 0 0 -0.4 0 0 0 6 5 4 3 2 1 T"]
    name = xyz(tmp_path / "a.xyz", *((comment.format(s / 2), rows) for s in range(3)))
    source = particles(tmp_path, file=name)
    assert source.times.tolist() == [0, 0.5, 1]
    found = source.at(0, source.fields).fields
    assert found["id"].tolist() == [1, 2]
    assert found["charge"].tolist() == [-0.4, 0.4]
    assert found["force"].tolist() == [[0, 0, 0], [1, 2, 3]]
    assert found["stress_6"].tolist() == [1, 6]
    assert found["free"].tolist() == [1, 0]
    assert found["atomic_number"].tolist() == [6, 26]
    assert not {"mass", "type"} & {*source.fields}
    contents = open_file(tmp_path / "a.xyz")
    assert contents.box.read(0).tolist() == [[10, 0, 0], [1, 9, 0], [0, 0, 0]]
    assert contents.corner.read(0).tolist() == [-1, -2, -3]


def test_births_and_deaths_by_the_ids_of_extended_xyz(tmp_path):
    comment = "Properties=species:S:1:pos:R:3:id:I:1"
    name = xyz(tmp_path / "a.extxyz", (comment, ["C 0 0 0 7", "C 1 0 0 8"]), (comment, ["C 1 1 0 8"]))
    assert particles(tmp_path, file=name).at(0.5, ["id"]).fields["id"].tolist() == [8]


@pytest.mark.parametrize(
    ("comment", "times"),
    [
        (" i = {0}, time = {1}, E = -17.2", [0, 0.5]),
        ("Atoms. Timestep: {0}00", [0, 100]),
        ("t= {1} fs", [0, 0.5]),
        ("", [0, 1]),
        ("Energy: {1}", [0, 1]),
    ],
)
def test_times_in_comments(tmp_path, comment, times):
    name = xyz(tmp_path / "a.xyz", *((comment.format(s, s / 2), ["C 0 0 0"]) for s in range(2)))
    assert particles(tmp_path, file=name).times.tolist() == times


def test_further_columns_and_numbers_in_place_of_symbols(tmp_path):
    (tmp_path / "a.xyz").write_text("  2\n\n 6 0 0 0 0.5 x 2\n26 1.0D0 0 0 -0.5 y 3\n\n\n")
    found = particles(tmp_path, file="a.xyz")
    fields = found.at(0, found.fields).fields
    assert fields["atomic_number"].tolist() == [6, 26]
    assert fields["column_5"].tolist() == [0.5, -0.5]
    assert fields["column_7"].tolist() == [2, 3]
    assert "column_6" not in fields
    name = xyz(tmp_path / "b.xyz", ("Atoms. Timestep: 0", ["1 0 0 0", "2 1 0 0"]))
    lammps = particles(tmp_path, file=name)
    assert lammps.at(0, ["type"]).fields["type"].tolist() == [1, 2]
    assert "cpk" not in lammps.fields


def test_labels_of_atoms_are_symbols_or_guesses_that_are_said(tmp_path):
    name = xyz(tmp_path / "a.xyz", ("", ["Fe2+ 0 0 0", "C12 1 0 0", "D 2 0 0", "CL 3 0 0"]))
    source = particles(tmp_path, file=name)
    assert source.at(0, ["atomic_number"]).fields["atomic_number"].tolist() == [26, 6, 1, 17]
    assert "guessed" not in str(describe(tmp_path / name))
    xyz(tmp_path / "b.xyz", ("", ["OW 0 0 0", "HW1 1 0 0"]))
    assert particles(tmp_path, file="b.xyz").at(0, ["atomic_number"]).fields["atomic_number"].tolist() == [8, 1]
    assert "elements: guessed from the names" in str(describe(tmp_path / "b.xyz"))


@pytest.mark.parametrize("rest", ["3\nframe\nC 0 0 0\nC 1 0 0\n", "3\n", "three\n"])
def test_an_xyz_file_that_ends_early_keeps_its_whole_frames(tmp_path, rest):
    (tmp_path / "a.xyz").write_text("1\nframe\nC 0 0 0\n1\nframe\nC 1 0 0\n" + rest)
    source = particles(tmp_path, file="a.xyz")
    assert len(source.times) == 2
    assert "the frames before it are shown" in source.examine()[0]


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("2\nProperties=species:S:1:pos:R:3:q:R:1\nC 0 0 0\nC 1 0 0\n", "Properties names 5 columns, and a row has 4"),
        ("1\nProperties=species:S:1\nC 0 0 0\n", "does not name positions"),
        ('1\nLattice="1 2" Properties=species:S:1:pos:R:3\nC 0 0 0\n', "Lattice has 2 numbers"),
        ("1\n\nC 0 zero 0\n", "not an element and three numbers"),
        ("99999999999\n\nC 0 0 0\n", "ends within frame 1"),
    ],
)
def test_xyz_files_that_contradict_themselves(tmp_path, text, why):
    (tmp_path / "a.xyz").write_text(text)
    with pytest.raises(InputError, match=why):
        open_file(tmp_path / "a.xyz")


# H5MD

h5py = pytest.importorskip("h5py")


def h5md(path, groups, boundary=("periodic",) * 3, edges=None):
    """Groups are {name: {element: (values, steps or None, unit)}}."""
    with h5py.File(path, "w") as file:
        file.create_group("h5md").attrs["version"] = [1, 1]
        file.create_group("observables").create_group("energy")["value"] = np.arange(3.0)
        for name, elements in groups.items():
            group = file.create_group(f"particles/{name}")
            for key, (values, steps, unit) in elements.items():
                if steps is None:
                    group[key] = values
                    continue
                element = group.create_group(key)
                element["value"], element["step"], element["time"] = values, steps, 0.5 * np.asarray(steps)
                element["value"].attrs["unit"] = unit
            box = group.create_group("box")
            box.attrs["dimension"] = 3
            box.attrs["boundary"] = np.array(boundary, "S8")
            box["edges"] = np.full(3, 10.0) if edges is None else edges
    return path.name


PLACES = np.arange(45.0).reshape(3, 5, 3)


def test_any_group_of_h5md(tmp_path):
    name = h5md(tmp_path / "a.h5md", {"all": {"position": (PLACES, range(3), "Angstrom")}})
    source = particles(tmp_path, file=name)
    assert source.times.tolist() == [0, 0.5, 1]
    assert np.array_equal(source.at(0.5).position, PLACES[1])
    assert np.array_equal(open_file(tmp_path / name).box.read(2), np.diag([10, 10, 10]))
    assert "mass" not in source.fields


def test_several_groups_of_h5md_are_asked_for(tmp_path):
    groups = {"ions": {"position": (PLACES, range(3), "")}, "water": {"position": (PLACES[:, :2] + 1, range(3), "")}}
    name = h5md(tmp_path / "a.h5md", groups)
    with pytest.raises(InputError, match=r"several groups of 'a.h5md' hold particles: ions: 5, water: 2") as caught:
        particles(tmp_path, file=name)
    assert caught.value.at == ("group",)
    source = particles(tmp_path, file=name, group="water", period="file")
    assert len(source.at(0).position) == 2
    assert np.array_equal(source.at(0).box, np.diag([10, 10, 10]))


def test_elements_of_h5md_of_other_steps_units_and_numbers_of_atoms(tmp_path):
    ids = np.array([[1, 2, 3, -1, -1], [3, 2, 1, 4, -1], [4, 3, 2, 1, 5]])
    elements = {
        "position": (PLACES / 10, [0, 2, 4], "nm"),
        "velocity": (PLACES[[0, 2]], [0, 4], "nm ps-1"),
        "id": (ids, [0, 2, 4], ""),
        "image": (np.ones((3, 5, 3), int), [0, 2, 4], ""),
        "species": (np.array([1, 1, 2, 2, 2]), None, ""),
    }
    name = h5md(tmp_path / "a.h5md", {"all": elements}, edges=np.diag([1.0, 2, 3]))
    source = particles(tmp_path, file=name)
    assert [len(source.at(time).position) for time in (0, 1, 2)] == [3, 4, 5]
    assert source.at(1, ["id"]).fields["id"].tolist() == [1, 2, 3, 4]
    np.testing.assert_allclose(source.at(1).position, PLACES[1][[2, 1, 0, 3]])
    assert np.isnan(source.at(1, ["velocity"]).fields["velocity"]).all()
    np.testing.assert_allclose(source.at(2, ["velocity"]).fields["velocity"], 10 * PLACES[2][[3, 2, 1, 0, 4]])
    assert source.at(0, ["species"]).fields["species"].tolist() == [1, 1, 2]


def test_the_boundaries_of_an_h5md_box(tmp_path):
    groups = {"all": {"position": (PLACES, range(3), "")}}
    h5md(tmp_path / "a.h5md", groups, boundary=("periodic", "none", "periodic"))
    assert open_file(tmp_path / "a.h5md").box.read(0).any(axis=1).tolist() == [True, False, True]
    h5md(tmp_path / "b.h5md", groups, boundary=("none",) * 3)
    assert open_file(tmp_path / "b.h5md").box is None


def test_three_atoms_in_three_frames_have_numbers_and_not_vectors(tmp_path):
    comment = "Properties=species:S:1:pos:R:3:q:R:1"
    name = xyz(tmp_path / "a.xyz", *((comment, [f"C {n} 0 0 {3 * s + n}" for n in range(3)]) for s in range(3)))
    source = particles(tmp_path, file=name)
    assert source.at(1, ["q"]).fields["q"].tolist() == [3, 4, 5]
    assert "q_x" not in source.fields


def test_lines_of_any_length_are_gone_over_in_blocks(tmp_path):
    rows = [f"C {n} 0 0" + " " * 6_000_000 for n in range(3)]
    xyz(tmp_path / "a.xyz", ("", rows), ("", ["C 7 0 0"] * 3))
    assert frame(tmp_path / "a.xyz", 0)[:, 0].tolist() == [0, 1, 2]
    assert frame(tmp_path / "a.xyz", 1)[:, 0].tolist() == [7, 7, 7]
    scanner = LineScanner(io.BytesIO(b"x" * 50_000_000))
    assert not scanner.skip(2)
    assert len(scanner._block) < 10_000_000
