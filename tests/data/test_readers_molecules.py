"""Files of molecules: positions, times, boxes and fields as they were written, frame by frame."""

from __future__ import annotations

import bz2
import gzip
import sys
import warnings

import numpy as np
import pytest
import yaml

from moviemaker.cli import main
from moviemaker.core.errors import InputError, InputErrors
from moviemaker.core.kinds import build
from moviemaker.data.describing.describe import describe
from moviemaker.data.files.find import open_file
from moviemaker.data.particles import Particles
from moviemaker.data.readers import molecules

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    mda = pytest.importorskip("MDAnalysis")

NAMES = ["N", "CA", "C", "O", "CA", "FE"]
ELEMENTS = ["N", "C", "C", "O", "C", "Fe"]
RESIDUES = [1, 1, 1, 1, 2, 3]
STEPS = 5
BOX = [20.0, 25.0, 30.0, 90.0, 90.0, 60.0]
VECTORS = np.array([[20, 0, 0], [12.5, 25 * np.sqrt(0.75), 0], [0, 0, 30]])


def place(step):
    """Positions (6, 3) at a step: no two coordinates are alike, and every axis moves at its own speed."""
    atom = np.arange(6)
    start = np.stack([1 + atom, 2 + 0.5 * atom, 3 + 0.125 * atom**2], axis=1)
    return start + step * np.array([1.0, 2.0, 3.5])


def particles(folder, **keys):
    return build(Particles, {"kind": "particles", **keys}).open(folder)


def error_of(folder, **keys):
    with pytest.raises((InputError, InputErrors)) as caught:
        particles(folder, **keys).examine()
    return caught.value.errors[0] if isinstance(caught.value, InputErrors) else caught.value


def save_pdb(path, steps=1):
    lines = []
    for step in range(steps):
        lines.append(f"MODEL     {step + 1:4d}")
        for n, (x, y, z) in enumerate(place(step)):
            name = NAMES[n] if len(ELEMENTS[n]) == 2 else f" {NAMES[n]}"
            lines.append(
                f"ATOM  {n + 1:5d} {name:4s} ALA {'AAAABB'[n]}{RESIDUES[n]:4d}    {x:8.3f}{y:8.3f}{z:8.3f}"
                f"{1.0:6.2f}{10.0 + n:6.2f}          {ELEMENTS[n].upper():>2s}"
            )
        lines.append("ENDMDL")
    path.write_text("\n".join([*lines, "END", ""]))


def save_gro(path):
    atoms = []
    for n, (x, y, z) in enumerate(place(0) / 10):
        velocity = f"{0.1 * n:8.4f}{0.2:8.4f}{0:8.4f}"
        atoms.append(f"{RESIDUES[n]:5d}ALA  {NAMES[n]:>5s}{n + 1:5d}{x:8.3f}{y:8.3f}{z:8.3f}{velocity}")
    a, b, c = VECTORS / 10
    box = f"{a[0]:.5f} {b[1]:.5f} {c[2]:.5f} 0 0 {b[0]:.5f} 0 0 0"
    path.write_text("\n".join(["six atoms", f"{len(atoms):5d}", *atoms, box, ""]))


def save_xyz(path, steps):
    frames = [
        f"6\nstep {step}\n" + "".join(f"{e} {x} {y} {z}\n" for e, (x, y, z) in zip(ELEMENTS, place(step), strict=True))
        for step in range(steps)
    ]
    path.write_text("".join(frames))


def save_dump(path, every=50):
    frames = []
    for step in range(STEPS):
        rows = [f"{n + 1} {n % 2 + 1} {x} {y} {z}" for n, (x, y, z) in enumerate(place(step))]
        rows = rows[step:] + rows[:step]  # LAMMPS writes atoms in any order
        frames += ["ITEM: TIMESTEP", str(100 + step * every), "ITEM: NUMBER OF ATOMS", "6"]
        frames += ["ITEM: BOX BOUNDS pp pp pp", "0 20", "0 25", "0 30", "ITEM: ATOMS id type x y z", *rows]
    path.write_text("\n".join([*frames, ""]))


def save_trajectory(path, topology, velocities=False):
    """Written by MDAnalysis, which takes angstrom and picoseconds: time 10, 12.5, 15 ..., and a box that grows."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        universe = mda.Universe(str(topology))
        universe.trajectory.ts.dt = 2.5
        more = {
            ".dcd": {"dt": 2.5, "istart": 4, "nsavc": 1},
            ".h5md": {"timeunit": "ps", "lengthunit": "Angstrom", "velocityunit": "Angstrom/ps"},
        }.get(path.suffix, {})
        with mda.Writer(str(path), 6, **more) as writer:
            for step in range(STEPS):
                frame = universe.trajectory.ts
                frame.frame, frame.time = step, 10 + 2.5 * step
                frame.positions = place(step)
                frame.dimensions = [BOX[0] + step, *BOX[1:]]
                if velocities:
                    frame.velocities = place(step) / 10
                writer.write(universe.atoms)


def save_topology(folder):
    save_pdb(folder / "six.pdb")
    return folder / "six.pdb"


def test_pdb(tmp_path):
    save_pdb(tmp_path / "six.pdb")
    source = particles(tmp_path, file="six.pdb")
    assert source.times is None
    found = source.at(0, source.fields)
    np.testing.assert_allclose(found.position, place(0), atol=1e-3)
    assert found.fields["id"].tolist() == [0, 1, 2, 3, 4, 5]
    assert found.fields["resid"].tolist() == RESIDUES
    assert found.fields["chain"].tolist() == [0, 0, 0, 0, 1, 1]
    assert found.fields["bfactor"].tolist() == [10, 11, 12, 13, 14, 15]
    assert found.fields["atomic_number"].tolist() == [7, 6, 6, 8, 6, 26]
    assert "mass" not in source.fields
    np.testing.assert_allclose(found.fields["radius"][:4], [1.55, 1.7, 1.7, 1.52])
    assert found.fields["cpk"][[0, 1, 3]].tolist() == [[0x30, 0x50, 0xF8], [0x90] * 3, [0xFF, 0x0D, 0x0D]]


@pytest.mark.parametrize(("ending", "pack"), [("gz", gzip.compress), ("bz2", bz2.compress)])
def test_compressed(tmp_path, ending, pack):
    save_pdb(tmp_path / "six.pdb")
    (tmp_path / f"six.pdb.{ending}").write_bytes(pack((tmp_path / "six.pdb").read_bytes()))
    found = particles(tmp_path, file=f"six.pdb.{ending}").at(0, ["resid"])
    np.testing.assert_allclose(found.position, place(0), atol=1e-3)
    assert found.fields["resid"].tolist() == RESIDUES


def test_models_of_a_pdb_are_a_time_sequence(tmp_path):
    save_pdb(tmp_path / "six.pdb", STEPS)
    source = particles(tmp_path, file="six.pdb")
    assert source.times.tolist() == [0, 1, 2, 3, 4]
    np.testing.assert_allclose(source.at(2.5).position, place(2.5), atol=1e-3)


def test_gro_is_converted_from_nanometres_to_angstrom(tmp_path):
    save_gro(tmp_path / "six.gro")
    source = particles(tmp_path, file="six.gro")
    found = source.at(0, ["velocity", "resid"])
    np.testing.assert_allclose(found.position, place(0), atol=0.006)
    np.testing.assert_allclose(found.fields["velocity"][:, 0], np.arange(6), atol=1e-3)
    np.testing.assert_allclose(open_file(tmp_path / "six.gro").box.read(0), VECTORS, atol=1e-3)


def test_xyz(tmp_path):
    save_xyz(tmp_path / "six.xyz", STEPS)
    source = particles(tmp_path, file="six.xyz")
    assert source.times.tolist() == [0, 1, 2, 3, 4]
    found = source.at(3.25, ["atomic_number"])
    np.testing.assert_allclose(found.position, place(3.25), atol=1e-5)
    assert found.fields["atomic_number"].tolist() == [7, 6, 6, 8, 6, 26]


@pytest.mark.parametrize("name", ["six.lammpstrj", "six.dump"])
def test_lammps_dump(tmp_path, name):
    save_dump(tmp_path / name)
    source = particles(tmp_path, file=name)
    assert source.times.tolist() == [100, 150, 200, 250, 300]
    for step in range(STEPS):
        found = source.at(100 + 50 * step, ["type"])
        np.testing.assert_allclose(found.position, place(step), atol=1e-5)
        assert found.fields["type"].tolist() == [1, 2, 1, 2, 1, 2]
    np.testing.assert_allclose(open_file(tmp_path / name).box.read(1), np.diag([20, 25, 30]))


@pytest.mark.parametrize("suffix", ["dcd", "xtc", "trr", "h5md"])
def test_trajectories(tmp_path, suffix):
    name = f"six.{suffix}"
    velocities = suffix in ("trr", "h5md")
    save_trajectory(tmp_path / name, save_topology(tmp_path), velocities)
    source = particles(tmp_path, file=name, topology="six.pdb")
    np.testing.assert_allclose(source.times, [10, 12.5, 15, 17.5, 20], rtol=1e-6)
    exact = 0.006 if suffix == "xtc" else 1e-4  # XTC stores hundredths of an angstrom
    for step in (0, 3, 1, 4, 2, 2.75):
        found = source.at(10 + 2.5 * step, ["resid", "atomic_number"])
        np.testing.assert_allclose(found.position, place(step), atol=exact)
        assert found.fields["resid"].tolist() == RESIDUES
    assert ("velocity" in source.fields) is velocities
    if velocities:
        np.testing.assert_allclose(source.at(15, ["velocity"]).fields["velocity"], place(2) / 10, atol=1e-4)
    box = open_file(tmp_path / name, structure=molecules.Structure(tmp_path / "six.pdb")).box
    assert box.shape == (STEPS, 3, 3)
    np.testing.assert_allclose(box.read(0), VECTORS, atol=2e-3)
    np.testing.assert_allclose(box.read(3)[0], [23, 0, 0], atol=2e-3)
    assert [*map(str, source.files)] == [str(tmp_path / name), str(tmp_path / "six.pdb")]


def test_atoms_cross_the_box_of_the_file_by_the_shortest_path(tmp_path):
    """Between two frames whose boxes differ in nothing but their first vector."""
    save_trajectory(tmp_path / "six.dcd", save_topology(tmp_path))
    source = particles(tmp_path, file="six.dcd", topology="six.pdb", period="file")
    found = source.at(17.5).position
    box = VECTORS + np.array([[3, 0, 0], [0, 0, 0], [0, 0, 0]])
    turns = (found - place(3)) @ np.linalg.inv(box)
    np.testing.assert_allclose(turns, np.rint(turns), atol=1e-3)
    parts = found @ np.linalg.inv(box)
    assert (np.ptp(parts, axis=0) <= 1).all()


def test_some_atoms(tmp_path):
    save_trajectory(tmp_path / "six.dcd", save_topology(tmp_path))
    source = particles(tmp_path, file="six.dcd", topology="six.pdb", atoms="name CA or resid 3")
    found = source.at(12.5, ["id", "resid", "cpk"])
    assert found.fields["id"].tolist() == [1, 4, 5]
    assert found.fields["resid"].tolist() == [1, 2, 3]
    np.testing.assert_allclose(found.position, place(1)[[1, 4, 5]], atol=1e-4)


def test_with_three_atoms_the_box_is_not_a_field(tmp_path):
    save_trajectory(tmp_path / "six.dcd", save_topology(tmp_path))
    source = particles(tmp_path, file="six.dcd", topology="six.pdb", atoms="name CA or resid 3")
    assert "box" not in source.fields


def test_frames_are_read_one_at_a_time(tmp_path, monkeypatch):
    save_trajectory(tmp_path / "six.dcd", save_topology(tmp_path))
    asked = []
    frame = molecules._Frames.frame
    monkeypatch.setattr(molecules._Frames, "frame", lambda self, index: asked.append(index) or frame(self, index))
    source = particles(tmp_path, file="six.dcd", topology="six.pdb")
    asked.clear()
    source.at(15.5)
    assert asked[:2] == [2, 3]
    assert asked[2:] in ([], [4])  # which is read ahead


@pytest.mark.parametrize(
    ("keys", "at", "what", "instead"),
    [
        ({"atoms": "name CB"}, ("atoms",), "'name CB' selects none of the 6 atoms", "at least one"),
        ({"atoms": "nam CA"}, ("atoms",), "'nam CA' selects nothing", "protein and name CA"),
        ({"topology": "sx.pdb"}, ("topology",), "no such file 'sx.pdb'", "did you mean 'six.pdb'?"),
        ({"topology": "four.pdb"}, ("topology",), "'four.pdb' names 5 atoms, and 'six.dcd' holds", "was made with"),
        ({"topology": "bad.psf"}, ("topology",), "the topology 'bad.psf' cannot be read", ".psf, .gro or .pdb"),
        ({"topology": None, "atoms": "name CA"}, ("atoms",), "the atoms have no names", "write topology:"),
        ({"file": "six.npy"}, ("topology",), "'six.npy' holds no atoms", "leave out topology"),
        ({"file": "six.psf", "topology": None}, ("file",), "'six.psf' names atoms and has no", "topology: six.psf"),
    ],
)
def test_mistakes(tmp_path, keys, at, what, instead):
    save_trajectory(tmp_path / "six.dcd", save_topology(tmp_path))
    lines = (tmp_path / "six.pdb").read_text().splitlines()
    (tmp_path / "four.pdb").write_text("\n".join([*lines[:6], *lines[7:], ""]))
    (tmp_path / "bad.psf").write_text("nonsense\n")
    (tmp_path / "six.psf").write_text("PSF\n")
    np.save(tmp_path / "six.npy", place(0))
    written = {"file": "six.dcd", "topology": "six.pdb"} | keys
    found = error_of(tmp_path, **{key: value for key, value in written.items() if value is not None})
    assert found.at == at
    assert what in found.what
    assert instead in found.instead


@pytest.mark.parametrize("name", ["a.pdb", "a.gro", "a.xyz", "a.dcd", "a.xtc", "a.trr", "a.lammpstrj", "a.h5md"])
@pytest.mark.parametrize("content", [b"", b"nonsense\n\x00\xff" * 50])
def test_damaged_files(tmp_path, name, content, capfd):
    (tmp_path / name).write_bytes(content)
    assert error_of(tmp_path, file=name).at[0] in ("file", "topology")
    assert main(["info", str(tmp_path / name)]) == 2
    said = capfd.readouterr().err
    assert name in said
    assert "Traceback" not in said


def test_a_trajectory_that_ends_early(tmp_path):
    save_trajectory(tmp_path / "six.dcd", save_topology(tmp_path))
    source = particles(tmp_path, file="six.dcd", topology="six.pdb")
    whole = (tmp_path / "six.dcd").read_bytes()
    (tmp_path / "six.dcd").write_bytes(whole[: len(whole) * 2 // 3])
    with pytest.raises(InputError, match=r"'six.dcd' cannot be read") as caught:
        source.examine()
    assert caught.value.at == ("file",)


@pytest.mark.parametrize(
    ("name", "module", "extra"),
    [("a.dcd", "MDAnalysis", "md"), ("a.h5md", "h5py", "md"), ("a.las", "laspy", "las"), ("a.vtkhdf", "h5py", "hdf5")],
)
def test_a_missing_library_is_named(tmp_path, monkeypatch, name, module, extra):
    (tmp_path / name).write_bytes(b"")
    monkeypatch.setitem(sys.modules, module, None)
    found = error_of(tmp_path, file=name)
    assert found.at == ("file",)
    assert found.instead == f"install it with pip install 'moviemaker[{extra}]'"


def test_info(tmp_path, capsys):
    save_trajectory(tmp_path / "six.trr", save_topology(tmp_path))
    assert main(["info", str(tmp_path / "six.trr")]) == 0
    text = capsys.readouterr().out
    assert "times:  5, from 10 to 20" in text
    scene = tmp_path / "scene.yaml"
    scene.write_text(text)
    assert main(["check", str(scene)]) == 0


def test_info_draws_molecules_in_the_usual_colours(tmp_path):
    save_pdb(tmp_path / "a.pdb")
    scene = yaml.safe_load(describe(tmp_path / "a.pdb").scene)
    assert scene["layers"][0] == {"kind": "molecule", "data": "a", "style": "ball_and_stick"}
    found = particles(tmp_path, file="a.pdb").at(0.0, ("radius", "diameter")).fields
    assert found["diameter"].tolist() == (2 * found["radius"]).tolist()


def test_info_suggests_a_topology_for_atoms_without_names(tmp_path):
    save_pdb(tmp_path / "a.pdb")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        mda.Universe(str(tmp_path / "a.pdb")).atoms.write(str(tmp_path / "a.dcd"))
    assert "topology" not in str(describe(tmp_path / "a.pdb"))
    found = describe(tmp_path / "a.dcd")
    assert yaml.safe_load(found.scene)["data"]["a"]["topology"] == "a.pdb"
    assert "cpk" in {field.name for field in found.fields}
    (tmp_path / "a.pdb").rename(tmp_path / "other_a.pdb")  # not called like it
    assert "topology: with a file that names the atoms" in str(describe(tmp_path / "a.dcd"))
    both = describe([tmp_path / "other_a.pdb", tmp_path / "a.dcd"])
    assert yaml.safe_load(both.scene)["data"]["a"]["topology"] == "other_a.pdb"


def test_info_leaves_room_for_the_atoms_at_the_edge(tmp_path):
    (tmp_path / "co.xyz").write_text("2\n\nC 0 0 0\nO 1.1 0 0\n")
    scene = yaml.safe_load(describe(tmp_path / "co.xyz").scene)
    orbit = scene["camera"]["orbit"]
    reach = orbit["radius"] * np.tan(np.radians(scene["camera"]["fov"] / 2)) * 16 / 9
    assert reach > 0.55 + 0.25 * 1.7  # half the width of the picture, and of a ball
    assert orbit["center"][:2] == pytest.approx([0.55, 0])


def test_elements_that_follow_from_names_can_be_selected(tmp_path):
    save_gro(tmp_path / "a.gro")
    found = particles(tmp_path, file="a.gro", atoms="element N O").at(0.0, ("atomic_number",))
    assert found.fields["atomic_number"].tolist() == [7, 8]


def test_a_molecule_of_one_chain_has_that_chain(tmp_path):
    save_pdb(tmp_path / "a.pdb")
    text = (tmp_path / "a.pdb").read_text().replace("ALA B", "ALA A")
    (tmp_path / "a.pdb").write_text(text)
    assert particles(tmp_path, file="a.pdb").at(0.0, ("chain",)).fields["chain"].tolist() == [0] * 6
    save_gro(tmp_path / "a.gro")
    assert "chain" not in particles(tmp_path, file="a.gro").fields


def test_a_trajectory_of_amber_may_end_in_nc(tmp_path):
    save_trajectory(tmp_path / "six.ncdf", save_topology(tmp_path))
    (tmp_path / "six.ncdf").rename(tmp_path / "six.nc")
    source = particles(tmp_path, file="six.nc", topology="six.pdb", atoms="name CA")
    np.testing.assert_allclose(source.times, [10, 12.5, 15, 17.5, 20], rtol=1e-6)
    np.testing.assert_allclose(source.at(12.5).position, place(1)[[1, 4]], atol=1e-4)
    assert source.snapshots.box(3)[0] == pytest.approx([23, 0, 0], abs=1e-3)


def test_a_trajectory_without_a_topology_has_no_chain(tmp_path):
    save_trajectory(tmp_path / "six.dcd", save_topology(tmp_path))
    assert not {"chain", "mass", "type"} & {*particles(tmp_path, file="six.dcd").fields}
    assert "chain" in particles(tmp_path, file="six.dcd", topology="six.pdb").fields


@pytest.mark.parametrize("suffix", ["xtc", "trr"])
def test_boxes_that_begin_later_and_times_that_are_uneven(tmp_path, suffix):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        universe = mda.Universe(str(save_topology(tmp_path)))
        with mda.Writer(str(tmp_path / f"six.{suffix}"), 6) as writer:
            for step, (time, box) in enumerate([(0, None), (1, BOX), (2, None), (5, BOX), (9, BOX)]):
                frame = universe.trajectory.ts
                frame.frame, frame.time, frame.dimensions, frame.positions = step, time, box, place(step)
                writer.write(universe.atoms)
    source = particles(tmp_path, file=f"six.{suffix}", topology="six.pdb")
    assert source.times.tolist() == [0, 1, 2, 5, 9]
    boxes = [source.snapshots.box(step) for step in range(5)]
    assert [box is None for box in boxes] == [True, False, True, False, False]
    np.testing.assert_allclose(boxes[3], VECTORS, atol=1e-3)


def test_info_of_a_topology_finds_its_trajectory_or_says_what_is_missing(tmp_path):
    psf = tmp_path / "pair.psf"
    psf.write_text(
        "PSF\n\n       1 !NTITLE\n REMARKS made by hand\n\n       2 !NATOM\n"
        "       1 M    1    ALA  N    NH1   -0.470000       14.0070           0\n"
        "       2 M    1    ALA  CA   CT1    0.070000       12.0110           0\n"
        "\n       1 !NBOND: bonds\n       1       2\n\n       0 !NTHETA: angles\n\n\n       0 !NPHI: dihedrals\n\n\n"
        "       0 !NIMPHI: impropers\n\n\n       0 !NDON: donors\n\n\n       0 !NACC: acceptors\n\n\n"
    )
    with pytest.raises(InputError, match=r"none \(.dcd, .xtc, .trr, .ncdf\) lies beside it; name its trajectory too"):
        describe(psf)
    with mda.Writer(str(tmp_path / "pair.dcd"), 2) as writer:
        universe = mda.Universe.empty(2, trajectory=True)
        for step in range(3):
            universe.atoms.positions = np.array([[step, 0, 0], [step + 1.4, 0, 0]], np.float32)
            writer.write(universe.atoms)
    found = describe(psf)
    data = yaml.safe_load(found.scene)["data"]["pair"]
    assert (data["file"], data["topology"], len(found.times)) == ("pair.dcd", "pair.psf", 3)
