"""Presets for medical scans: tissues by their Hounsfield units or percentiles, mixed, moving, in values of the file."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest
import yaml

import moviemaker as mm
from moviemaker.core.errors import InputError, InputErrors
from moviemaker.core.fields import Grid
from moviemaker.core.histograms.auto_transfer import auto_transfer
from moviemaker.core.kinds import build
from moviemaker.core.progress import Silent
from moviemaker.data.describing.describe import describe
from moviemaker.data.describing.scans import facing_of, scan_layer
from moviemaker.data.grids.source import Facts
from moviemaker.layers.volume import Volume
from moviemaker.timeline.tracks import freeze

AXIS = np.linspace(-1, 1, 40)
RADIUS = np.sqrt(AXIS[:, None, None] ** 2 + AXIS[:, None] ** 2 + AXIS**2)


def scan() -> np.ndarray:
    """A ball of bone in a ball of muscle under fat, in air, with noise."""
    values = np.full(RADIUS.shape, -1000.0)
    for value, radius in ((-100, 0.9), (60, 0.8), (1200, 0.5)):
        values[radius > RADIUS] = value
    return np.round(values + np.random.default_rng(0).normal(0, 8, RADIUS.shape)).astype(np.int16)


SCAN = scan()


def resolved(values: np.ndarray, **layer) -> Volume:
    grid = Grid({"f": values}, (0.0, 0.0, 0.0), (1.0, 1.0, 1.0))
    source = SimpleNamespace(
        times=None, fields=("f",), survey=lambda name: iter([values.ravel()]), at=lambda time, fields=(): grid
    )
    return Volume.model_validate({"data": "g"} | layer).resolve(source)


def prop_of(values: np.ndarray, time: float = 0.0, **layer):
    grid = Grid({"f": values}, (0.0, 0.0, 0.0), (1.0, 1.0, 1.0))
    (prop,) = freeze(resolved(values, **layer), time).props(grid)
    return prop


def opacity(prop, *values: float) -> np.ndarray:
    return np.interp(values, *np.array(prop.transfer.opacities).T)


@pytest.mark.parametrize(
    ("preset", "drawn", "hidden"),
    [
        ("bone", [400, 1200, 2500], [-1000, -100, 60, 140]),
        ("skin", [-500, -300, -150], [-1000, -750, 400, 1200]),
        ("muscle", [40, 100, 1200], [-1000, -500, -100, -40]),
        ("lung", [-850, -700, -500], [-1000, -400, 60, 1200]),
        ("vessels", [250, 400], [-1000, -100, 60, 120]),
    ],
)
def test_tissues_are_where_their_hounsfield_units_are(preset, drawn, hidden):
    prop = prop_of(SCAN, preset=preset)
    assert (opacity(prop, *drawn) > 0.01).all()
    assert opacity(prop, *hidden) == pytest.approx(0)


def test_opacities_follow_the_values_of_air_and_of_water():
    plain = prop_of(SCAN, preset="bone")
    moved = prop_of(SCAN, preset="bone", hounsfield=[24, 1024])
    eighth = prop_of(SCAN, preset="bone", hounsfield=[0, 100])
    values = np.array([0, 200, 400, 700, 1000.0])
    assert opacity(moved, *(values + 1024)) == pytest.approx(opacity(plain, *values), abs=1e-3)
    assert opacity(eighth, *(100 + values / 10)) == pytest.approx(opacity(plain, *values), abs=1e-3)


@pytest.mark.parametrize("offset", [1000, 1024])
def test_values_that_are_moved_up_are_noticed(offset, tmp_path):
    moved = np.maximum(SCAN.astype(int) + offset, 0).astype(np.uint16)
    assert resolved(moved, preset="bone").hounsfield == (offset - 1000, offset)
    np.save(tmp_path / "g.npy", moved)
    layer = {"kind": "volume", "data": "g", "preset": "bone"}
    scene = {
        "duration": 1,
        "data": {"g": {"kind": "grid", "file": str(tmp_path / "g.npy")}},
        "layers": [layer],
        "camera": {"orbit": {"radius": 90}},
        "outputs": {"a": {"lens": "perspective", "size": [16, 16]}},
    }
    (warning,) = mm.Scene.from_dict(scene).warnings
    assert f"write hounsfield: [{offset - 1000}, {offset}]" in warning
    layer["hounsfield"] = [offset - 1000, offset]
    assert not mm.Scene.from_dict(scene).warnings


@pytest.mark.parametrize(
    "values", [np.minimum(SCAN // 8 + 125, 255).astype(np.uint8), np.abs(100 * RADIUS), np.zeros((4, 4, 4))]
)
def test_other_values_are_refused(values):
    with pytest.raises(InputError) as caught:
        resolved(values, preset="bone")
    assert "do not look like Hounsfield units" in caught.value.what
    assert "hounsfield: [24, 1024]" in caught.value.instead


def test_mixed_presets_lie_in_each_other():
    bone, skin = prop_of(SCAN, preset="bone"), prop_of(SCAN, preset="skin")
    both = prop_of(SCAN, preset={"bone": 0.5, "skin": {0: 0, 1: 2, "ease": "linear"}}, time=0.5)
    values = [-600, -300, -80, 60, 148, 200, 700, 1500]
    free = (1 - opacity(bone, *values)) ** 0.5 * (1 - opacity(skin, *values))
    assert opacity(both, *values) == pytest.approx(1 - free, abs=0.01)
    painted = [
        [np.interp(1400, prop.transfer.color_values, part) for part in prop.transfer.colors.T] for prop in (both, bone)
    ]
    assert painted[0] == pytest.approx(painted[1], abs=0.01)  # without skin


def test_a_preset_of_magnetic_resonance_knows_no_unit():
    body = np.where(RADIUS < 0.8, 400 - 300 * RADIUS, 0) + np.random.default_rng(0).normal(0, 3, RADIUS.shape)
    body = np.abs(body)
    one, other = prop_of(body, preset="mr"), prop_of(20 * body, preset="mr")
    values = np.linspace(0, 400, 30)
    assert opacity(other, *(20 * values)) == pytest.approx(opacity(one, *values), abs=0.02)
    assert opacity(one, 5) == 0
    assert opacity(one, 300) > 0.3
    saturated = np.where(RADIUS < 0.8, 255, 10).astype(np.uint8)
    points = np.array(prop_of(saturated, preset="mr_vessels").transfer.opacities)
    assert (np.diff(points[:, 0]) > 0).all()


def test_form_is_shaded_where_the_preset_gives_any():
    assert prop_of(SCAN, preset="bone").shade
    assert prop_of(SCAN, preset="bone").specular > 0
    assert not prop_of(SCAN, preset="lung").shade
    assert prop_of(SCAN, preset=["lung", "bone"]).shade
    assert not prop_of(SCAN, preset="bone", shade=False).shade
    assert prop_of(SCAN, preset="bone", specular=0).specular == 0


@pytest.mark.parametrize(
    ("layer", "where", "message"),
    [
        ({"preset": "bones"}, "preset", "did you mean 'bone'?"),
        ({"preset": ["bone", "bone"]}, "preset.1", "bone is there twice"),
        ({"preset": {"bone": -1}}, "preset.bone", "a number from 0 up"),
        ({"preset": ["bone", "mr"]}, "preset", "presets for CT and for MR are mixed"),
        ({"preset": 3}, "preset", "3 is not a preset"),
        ({"preset": "bone", "hounsfield": [0, -1000]}, "hounsfield", "write the value of air first"),
        ({"preset": "mr", "hounsfield": [-1000, 0]}, "hounsfield", "only a preset for CT"),
        ({"hounsfield": [-1000, 0]}, "hounsfield", "only a preset for CT"),
        ({"preset": "bone", "transfer": "ramp"}, "transfer", "a preset has a transfer of its own"),
        ({"preset": "bone", "blend": "maximum"}, "blend", "a preset has no maximum"),
    ],
)
def test_mistakes(layer, where, message):
    with pytest.raises((InputError, InputErrors)) as caught:
        build(Volume, {"data": "g"} | layer).resolve(SimpleNamespace(times=None, fields=("f",)))
    errors = getattr(caught.value, "errors", [caught.value])
    said = {".".join(map(str, error.at)): f"{error.what}; {error.instead}" for error in errors}
    assert message in said[where]


def proposed(values, folder, direction=1.0):
    nibabel = pytest.importorskip("nibabel")
    affine = np.diag([2.0, 2.0, 2.0, 1.0])
    nibabel.save(nibabel.Nifti1Image(values, affine), folder / "s.nii.gz")
    return yaml.safe_load(str(describe(folder / "s.nii.gz", Silent())))


def test_info_proposes_bones_in_thin_skin_and_a_face_in_front(tmp_path):
    scene = proposed(SCAN, tmp_path)
    assert scene["layers"][0]["preset"]["bone"] == 1
    assert scene["camera"]["up"] == [0, 0, 1]  # of RAS+, to the head
    start = scene["camera"]["orbit"]["azimuth"][0]
    assert np.sin(np.radians(start)) > 0.7  # y, to the front
    (tmp_path / "s.yaml").write_text(yaml.safe_dump(scene))
    picture = mm.load(tmp_path / "s.yaml").still(0, scale=0.1)
    assert (picture.max(axis=2) > 60).mean() > 0.02
    assert proposed((np.abs(SCAN.astype(int) + 1000) // 4).astype(np.int16), tmp_path)["layers"][0]["preset"] == "mr"
    assert "preset" not in proposed(RADIUS.astype(np.float32) - 0.8, tmp_path)["layers"][0]


@pytest.mark.parametrize(
    ("facts", "preset", "front"),
    [
        ({"patient": "LPS", "modality": "CT"}, "{bone: 1, skin: 0.08}", -90),
        ({"patient": "LPS", "modality": "MR"}, "mr ", -90),
        ({"patient": "LPS", "modality": "PT"}, None, -90),
        ({"patient": "RAS"}, "mr ", 90),
        ({}, None, None),
    ],
)
def test_scans_by_what_their_files_say(facts, preset, front):
    body = np.where(RADIUS < 0.8, 400 - 300 * RADIUS, 0)
    auto = auto_transfer(body.ravel())
    layer = scan_layer("g", "f", Facts(**facts), body, body.ravel(), auto)
    assert (f"preset: {preset}" in layer) if preset else not layer
    elevation, start, end = facing_of(Facts(**facts), None)
    assert end - start == 360
    assert 0 < elevation <= 20
    assert front is None or abs(start - front) < 45
