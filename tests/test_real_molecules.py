"""A protein that opens: its helices and strands as another program finds them, and ribbons that never turn over."""

from __future__ import annotations

import warnings

import numpy as np
import pytest

from moviemaker.core.kinds import build
from moviemaker.core.molecules.residues import CA, COIL
from moviemaker.data.particles import Particles
from moviemaker.layers.cartoon.mesh import PIECES, SIDES, widths
from moviemaker.layers.cartoon.path import Trace, path_of
from moviemaker.layers.ribbons import Ribbons


@pytest.fixture
def protein(real_data):
    pytest.importorskip("MDAnalysis")
    keys = {"kind": "particles", "file": "adk_dims.dcd", "topology": "adk.psf"}
    return build(Particles, keys).open(real_data)


def test_helices_and_strands_are_those_of_mdanalysis(protein, real_data):
    mda = pytest.importorskip("MDAnalysis")
    dssp = pytest.importorskip("MDAnalysis.analysis.dssp")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        universe = mda.Universe(str(real_data / "adk.psf"), str(real_data / "adk_dims.dcd"))
        theirs = dssp.DSSP(universe, guess_hydrogens=True).run(step=16).results.dssp
    for time, expected in zip(protein.times[::16], theirs, strict=True):
        fields = protein.at(float(time), ("dssp", "backbone")).fields
        codes = fields["dssp"][fields["backbone"] == CA]
        found = np.array(["-", "H", "E"])[codes]
        # A lone bridge is a strand there, and stretches end a residue earlier or later where a bond is weak.
        assert (found == expected).mean() > 0.89
        assert {("H", "E"), ("E", "H")}.isdisjoint(zip(found.tolist(), expected.tolist(), strict=True))


def test_neighbouring_frames_face_within_30_degrees(protein):
    layer = build(Ribbons, {"kind": "ribbons", "data": "adk"}).resolve(protein)
    names = tuple(name for _, name in layer.named_fields())
    before: tuple[np.ndarray, np.ndarray] | None = None
    worst = 0.0
    for time in protein.times:
        trace: Trace = layer.trace(protein.at(float(time), names))[0]
        path = path_of(trace, PIECES, SIDES)
        wide = np.divide(*np.moveaxis(widths(trace, path, layer.section), -1, 0)) > 1.5
        if before is not None:
            both = wide & before[1] & (trace.structure != COIL)[:, None]
            cosine = np.einsum("rsi,rsi->rs", path.normal, before[0])[both]
            worst = max(worst, float(np.degrees(np.arccos(np.clip(cosine, -1, 1))).max()))
        before = path.normal, wide
    assert worst < 30
