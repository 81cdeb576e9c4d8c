"""Frames of GRO and PDB files with boxes, times and numbers of atoms of their own, as programs write them."""

from __future__ import annotations

import numpy as np
import pytest

from moviemaker.data.describing.describe import describe
from moviemaker.data.files.find import open_file
from tests.data.molecular_files import frame, particles

# GRO


def gro(path, frames, box="5.0 5.0 5.0", title="water t= {} step= 0"):
    """Frames are (time, rows of (name, x, y, z, velocity or None)), nanometres."""
    text = ""
    for time, rows in frames:
        text += f"{title.format(time)}\n {len(rows)}\n"
        for n, (name, *place) in enumerate(rows):
            text += f"{n // 3 + 1:5d}SOL  {name:>5s}{(n + 1) % 100000:5d}" + "".join(f"{x:8.3f}" for x in place[:3])
            text += "".join(f"{v:8.4f}" for v in place[3:]) + "\n"
        text += f"   {box}\n"
    path.write_text(text)
    return path.name


def test_all_frames_of_a_gro_file(tmp_path):
    name = gro(tmp_path / "a.gro", [(10.0 * s, [("OW", 0.1 * s, 0, 0), ("HW1", 1, 0.5 * s, 0)]) for s in range(4)])
    source = particles(tmp_path, file=name)
    assert source.times.tolist() == [0, 10, 20, 30]
    np.testing.assert_allclose(source.at(15).position, [[1.5, 0, 0], [10, 7.5, 0]])
    assert source.at(0, ["atomic_number"]).fields["atomic_number"].tolist() == [8, 1]
    contents = open_file(tmp_path / name)
    assert contents.box.read(3).tolist() == [[50, 0, 0], [0, 50, 0], [0, 0, 50]]
    assert "mass" not in contents.arrays


def test_gro_with_velocities_a_triclinic_box_and_more_decimals(tmp_path):
    gro(tmp_path / "a.gro", [(0, [("OW", 0.1, 0, 0, 1, -2, 3)])], box="5 4 3 0 0 1 0 0.5 0.25")
    contents = open_file(tmp_path / "a.gro")
    assert contents.arrays["velocity"].read(0).tolist() == [[10, -20, 30]]
    assert contents.box.read(0).tolist() == [[50, 0, 0], [10, 40, 0], [5, 2.5, 30]]
    row = f"    1SOL     OW    1{1.23456:10.5f}{-2.34567:10.5f}{3.45678:10.5f}"
    (tmp_path / "b.gro").write_text(f"fine\r\n1\r\n{row}\r\n 0 0 0\r\n")
    np.testing.assert_allclose(frame(tmp_path / "b.gro", 0), [[12.3456, -23.4567, 34.5678]])
    assert open_file(tmp_path / "b.gro").box is None


def test_gro_files_with_another_number_of_atoms_in_each_frame(tmp_path):
    frames = [(float(s), [("OW", n, s, 0) for n in range(s + 1)]) for s in range(3)]
    source = particles(tmp_path, file=gro(tmp_path / "a.gro", frames))
    assert [len(source.at(time).position) for time in range(3)] == [1, 2, 3]


def test_more_than_99999_atoms_of_a_gro_file(tmp_path):
    name = gro(tmp_path / "a.gro", [(0.0, [("OW", n % 100, 0, 0) for n in range(100_001)])])
    source = particles(tmp_path, file=name)
    assert source.at(0, ["id"]).fields["id"][-1] == 100_000
    assert source.examine() == []


# PDB


def pdb(path, models, header="", serial="{:5d}", model="MODEL {number:8d}\n", end="ENDMDL\n"):
    """Models are lists of (serial, name, x)."""
    text = header
    for number, atoms in enumerate(models, 1):
        text += model.format(number=number, time=10.0 * number)
        for n, name, x in atoms:
            text += (
                f"ATOM  {serial.format(n)} {name:<4s} LIG A   1    {x:8.3f}{5:8.3f}{5:8.3f}  1.00  0.00           C\n"
            )
        text += end
    path.write_text(text)
    return path.name


CRYST = "CRYST1   10.000   10.000   10.000  90.00  90.00  90.00 P 1           1\n"
ROW = [(1, " C1", 0.0), (2, " C2", 1.5)]


def test_one_cell_above_several_models_holds_for_all(tmp_path):
    name = pdb(tmp_path / "a.pdb", [ROW] * 3, CRYST)
    boxes = open_file(tmp_path / name).box.read(None)
    assert np.array_equal(boxes, [np.diag([10, 10, 10])] * 3)
    source = particles(tmp_path, file=name, period="file")
    assert all(np.array_equal(source.at(time).box, np.diag([10, 10, 10])) for time in (0, 0.5, 2))


def test_a_cell_for_each_model_and_times_of_titles(tmp_path):
    model = "TITLE     water t= {time:.1f} step= 1\nCRYST1{time:9.3f}   20.000   30.000  90.00  90.00  60.00 P 1\n"
    model += "MODEL {number:8d}\n"
    name = pdb(tmp_path / "a.pdb", [ROW] * 2, model=model)
    contents = open_file(tmp_path / name)
    assert contents.arrays["time"].read(None).tolist() == [10, 20]
    np.testing.assert_allclose(contents.box.read(1), [[20, 0, 0], [10, np.sqrt(300), 0], [0, 0, 30]], atol=1e-9)


@pytest.mark.parametrize("sides", ["    1.000    1.000    1.000", "    0.000    0.000    0.000"])
def test_the_dummy_cell_of_microscopy_is_not_a_box(tmp_path, sides):
    pdb(tmp_path / "a.pdb", [ROW], f"CRYST1{sides}  90.00  90.00  90.00 P 1           1\n")
    assert open_file(tmp_path / "a.pdb").box is None


def test_models_with_other_atoms_are_matched_by_serial_numbers(tmp_path):
    name = pdb(tmp_path / "a.pdb", [ROW, [(2, " C2", 2.5), (3, " C3", 4.0), (4, " C4", 5.0)]])
    source = particles(tmp_path, file=name)
    assert source.at(0.5, ["id"]).fields["id"].tolist() == [2]
    assert source.at(0.5).position[0].tolist() == [2, 5, 5]


def test_models_that_end_in_end(tmp_path):
    name = pdb(tmp_path / "a.pdb", [ROW] * 2, model="", end="END\n")
    assert len(particles(tmp_path, file=name).times) == 2


def test_serial_numbers_beyond_99999(tmp_path):
    models = [[(99_999, " C1", 0.0), (100_000, " C2", 1.0)], [(100_000, " C2", 2.0)]]
    text = (tmp_path / pdb(tmp_path / "a.pdb", models, serial="{:>5x}")).read_text()
    (tmp_path / "a.pdb").write_text(text.replace("1869f", "99999"))  # as VMD: decimal, then hexadecimal
    assert particles(tmp_path, file="a.pdb").at(0.5, ["id"]).fields["id"].tolist() == [100_000]
    (tmp_path / "b.pdb").write_text(text.replace("1869f", "99999").replace("186a0", "A0000"))  # hybrid-36
    assert particles(tmp_path, file="b.pdb").at(0.5, ["id"]).fields["id"].tolist() == [100_000]


def test_elements_of_a_pdb_without_that_column_follow_from_where_names_begin(tmp_path):
    names = [" CA ", "CA  ", "FE  ", " HG1", "HG11", " OXT", "1HB "]
    rows = [
        f"ATOM  {n:5d} {name} {'CA' if n == 1 else 'HEM':>3s} A   1    {n:8.3f}{0:8.3f}{0:8.3f}"
        for n, name in enumerate(names)
    ]
    (tmp_path / "a.pdb").write_text("\n".join(rows))
    found = particles(tmp_path, file="a.pdb").at(0, ["atomic_number"]).fields["atomic_number"]
    assert found.tolist() == [6, 20, 26, 1, 1, 8, 1]
    assert "elements: guessed" in str(describe(tmp_path / "a.pdb"))
