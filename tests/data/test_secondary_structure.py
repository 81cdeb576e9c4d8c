"""Helices and strands are found by their hydrogen bonds, and are fields of the atoms of a file."""

from __future__ import annotations

import numpy as np
import pytest

from moviemaker.core.kinds import build
from moviemaker.core.molecules.residues import AMINO_ACIDS, CA, RESIDUES, WATER, C, N, O, residues_of
from moviemaker.data.molecular.residues import codes_of
from moviemaker.data.molecular.secondary_structure import structure_of
from moviemaker.data.particles import Particles
from tests.peptides import HAIRPIN, HELIX, LOOP, STRAND, backbone, pdb, residues_in, turned


def letters(codes):
    return "".join("-HE"[code] for code in codes)


def structure(atoms):
    return letters(structure_of(atoms.reshape(-1, 3), residues_in(len(atoms)), None))


def test_an_ideal_helix_and_an_ideal_hairpin():
    assert structure(backbone(HELIX)) == "-" + "H" * 10 + "-"
    assert structure(backbone(HAIRPIN)) == "-EEEEEEE--EEEEEEE-"
    assert structure(backbone(STRAND)) == "-" * 8  # a strand alone has no partner
    assert structure(backbone([*HELIX, *LOOP, *HAIRPIN])).replace("-", "") == "H" * 11 + "E" * 14


def test_it_is_the_same_from_every_side():
    random = np.random.default_rng(1)
    atoms = backbone([*HELIX, *LOOP, *HAIRPIN])
    for _ in range(5):
        moved = atoms @ turned(random).T + random.normal(size=3) * 100
        assert structure(moved) == structure(atoms)


def test_two_chains_of_a_sheet_and_a_gap_in_a_helix():
    hairpin = backbone(HAIRPIN)
    strands = np.concatenate([hairpin[:8], hairpin[10:]])
    chain = np.repeat([0, 1], 8 * 4)
    residues = residues_of(np.tile([N, CA, C, O], 16), np.tile(np.repeat(np.arange(8), 4), 2), chain)
    assert letters(structure_of(strands.reshape(-1, 3), residues, None)) == "-EEEEEE-" * 2
    helix = backbone(HELIX * 2)
    broken = np.delete(helix, 12, axis=0)
    assert structure(helix)[10:14] == "HHHH"
    assert "-" in structure(broken)[9:14]  # no turn goes across the gap


def test_proline_gives_no_hydrogen():
    atoms = backbone(HELIX)
    kinds = np.zeros(4 * len(atoms), int)
    kinds[4 * 5 : 4 * 6] = RESIDUES.index("PRO")
    with_proline = letters(structure_of(atoms.reshape(-1, 3), residues_in(len(atoms)), kinds))
    assert with_proline == "---HHHHHHHH-"


def test_residues_without_positions_are_a_gap():
    atoms = backbone(HELIX * 2)
    atoms[12] = np.nan
    found = structure(atoms)
    assert found[3:9] == "HHHHHH"
    assert found[12] == "-"


def test_atoms_that_lie_over_each_other_have_no_structure():
    """All pairs of 40,000 residues in one place would be 25 GB."""
    atoms = np.tile(backbone(HELIX[:2])[:1], (40_000, 1, 1))
    assert set(structure(atoms)) == {"-"}


def test_from_the_trace_alone():
    for angles, letter in ((HELIX, "H"), (HAIRPIN, "E")):
        place = backbone(angles)[:, 1]
        residues = residues_of(np.full(len(place), CA), np.arange(len(place)), None)
        found = letters(structure_of(place, residues, None))
        assert found.count(letter) >= 10
        assert set(found) <= {letter, "-"}


def test_residues_with_insertion_codes_and_other_locations():
    roles = np.array([N, CA, C, O] * 2 + [N, N, CA, CA, C, C, O, O])
    residues = residues_of(roles, np.array([1] * 8 + [2] * 8), None)
    assert residues.trace.tolist() == [1, 5, 10]
    assert residues.of_atom.tolist() == [0] * 4 + [1] * 4 + [2] * 8


def test_roles_and_kinds_by_names():
    names = np.array(["N", "CA", "C", "OT1", "CA", "OH2", "CB"])
    of = np.array(["HSD", "HSD", "HSD", "HSD", "CAL", "TIP3", "MSE"])
    found = codes_of(names, of)
    assert found["backbone"].tolist() == [N, CA, C, O, 0, 0, 0]
    assert [RESIDUES[code] for code in found["residue"]] == ["HIS"] * 4 + ["", WATER, "MET"]
    assert codes_of(np.array(["OW", "HW1"]), np.array(["SOL", "SOL"])) == {}
    assert len(AMINO_ACIDS) == 20


def opened(folder, text):
    (folder / "p.pdb").write_text(text)
    return build(Particles, {"kind": "particles", "file": "p.pdb"}).open(folder)


def test_fields_of_a_file_of_two_frames(tmp_path):
    helix = backbone(HELIX)
    models = "".join(
        f"MODEL     {k + 1}\n{pdb(atoms)[:-4]}ENDMDL\n" for k, atoms in enumerate((helix, backbone(STRAND[:1] * 12)))
    )
    source = opened(tmp_path, models)
    names = ("backbone", "residue", "secondary_structure", "dssp")
    first, last = (source.at(time, names).fields for time in (0.0, 1.0))
    assert letters(first["secondary_structure"][1::4]) == "-" + "H" * 10 + "-"
    assert last["secondary_structure"].tolist() == first["secondary_structure"].tolist()
    assert first["dssp"].tolist() == first["secondary_structure"].tolist()
    assert not last["dssp"].any()
    assert set(first["residue"].tolist()) == {RESIDUES.index("ALA")}
    assert source.at(0.5, ("dssp",)).fields["dssp"].tolist() == first["dssp"].tolist()  # codes are never mixed


def test_structure_stays_that_of_the_first_of_several_files(tmp_path):
    for k, atoms in enumerate((backbone(HELIX), backbone(STRAND[:1] * 12))):
        (tmp_path / f"f{k}.pdb").write_text(pdb(atoms))
    source = build(Particles, {"kind": "particles", "file": "f*.pdb"}).open(tmp_path)
    for time, own in ((1.0, "-" * 12), (0.0, "-" + "H" * 10 + "-")):
        fields = source.at(time, ("secondary_structure", "dssp")).fields
        assert letters(fields["secondary_structure"][1::4]) == "-" + "H" * 10 + "-"
        assert letters(fields["dssp"][1::4]) == own


def test_a_file_says_which_residues_are_helices_and_strands(tmp_path):
    records = (
        "HELIX    1   1 ALA A    3  ALA A    6  1                                   4\n"
        "SHEET    1   A 2 ALA B   2  ALA B   4  0                                    "
    )
    source = opened(tmp_path, pdb(np.concatenate([backbone(HELIX), backbone(HELIX)]), chains="AB", records=records))
    codes = source.at(0.0, ("secondary_structure",)).fields["secondary_structure"][1::4]
    assert letters(codes) == "--HHHH------" + "-EEE--------"
    found = source.at(0.0, ("dssp",)).fields["dssp"][1::4]
    assert letters(found) == ("-" + "H" * 10 + "-") * 2


def test_atoms_without_chains_have_no_such_fields(tmp_path):
    water = "HETATM    1  O   HOH A   1       0.000   0.000   0.000  1.00  0.00           O\nEND\n"
    assert not {"backbone", "residue", "secondary_structure"} & set(opened(tmp_path, water).fields)


@pytest.mark.parametrize("seed", range(3))
def test_ladders_with_a_bulge_are_one_strand(seed):
    """Residues between two bridges of a ladder belong to its strands, as DSSP says."""
    from moviemaker.data.molecular.secondary_structure import _fill

    strand, run = np.zeros(40, bool), np.zeros(40, int)
    _fill(strand, np.array([5, 6, 8]), np.array([30, 29, 25 + seed]), -1, run)
    assert np.flatnonzero(strand).tolist() == [5, 6, 7, 8, *range(25 + seed, 31)]
