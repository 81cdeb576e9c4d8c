"""Pictures too large to be drawn whole are drawn in strips and tiles, and look the same."""

from __future__ import annotations

import numpy as np
import pytest

import moviemaker as mm
from moviemaker.core.camera import Frustum, Parallel, View
from moviemaker.core.kinds import build
from moviemaker.core.projection import Projection
from moviemaker.drawing import darkroom, memory, strips, tiles
from moviemaker.lens.domemaster import Domemaster
from moviemaker.lens.equirectangular import Equirectangular
from moviemaker.studio import Studio

FLAT = {"lens": "perspective", "size": [192, 192], "format": "png"}
SMALL = (
    (memory, "WHOLE", {8: 0.0, 16: 0.0}),
    (tiles, "TILE", 64),
    (strips, "PLATES", 3 * 192 * 128),
    (strips, "BAND", 192 * 64),
)
"""Limits with which a small picture is drawn in several strips, bands and tiles."""

LAYERS = {
    "volume": [{"kind": "volume", "data": "field"}],
    "spheres": [{"kind": "points", "data": "few", "size": 0.2}],
    "dots": [{"kind": "points", "data": "few", "shape": "dot", "size": 9}],
    "glow": [{"kind": "points", "data": "many", "shape": "glow"}],
    "glow around a surface": [
        {"kind": "points", "data": "many", "shape": "glow"},
        {"kind": "isosurface", "data": "field", "levels": [0.4]},
    ],
    "wide glow around a surface": [
        {"kind": "points", "data": "many", "shape": "glow", "size": 0.2, "exposure": 0.3, "contrast": 1.0},
        {"kind": "isosurface", "data": "field", "levels": [0.4]},
    ],
    "translucent surfaces in a volume": [
        {"kind": "isosurface", "data": "field", "levels": [0.2, 0.5], "opacity": 0.5},
        {"kind": "volume", "data": "field"},
    ],
    "translucent spheres in a volume": [
        {"kind": "points", "data": "few", "size": 0.2, "opacity": 0.5},
        {"kind": "volume", "data": "field"},
    ],
}


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("strips")
    rng, axis = np.random.default_rng(1), np.linspace(-1, 1, 20)
    square = axis[:, None, None] ** 2 + axis[:, None] ** 2 + axis**2
    np.save(folder / "field.npy", (np.exp(-3 * square) * (1 + 0.5 * np.sin(9 * axis))).astype(np.float32))
    np.save(folder / "few.npy", 0.5 * rng.normal(size=(200, 3)))
    np.save(folder / "many.npy", 0.5 * rng.normal(size=(3000, 3)))
    return folder


def both(folder, monkeypatch, layers, output, **scene):
    """A picture drawn whole, and the same in strips."""
    written = {
        "duration": 1,
        "data": {
            "field": {"kind": "grid", "file": "field.npy", "bounds": [[-1, 1]] * 3},
            "few": {"kind": "particles", "file": "few.npy"},
            "many": {"kind": "particles", "file": "many.npy"},
        },
        "layers": LAYERS[layers],
        "camera": {"orbit": {"radius": 4}},
        "outputs": {"main": output},
    }
    script = mm.Scene.from_dict(written | scene, folder=folder).prepared.script
    pictures = []
    for limits in ((), SMALL):
        for module, name, limit in limits:
            monkeypatch.setattr(module, name, limit)
        assert memory.drawn_in_strips(script.scene.outputs["main"], tuple(output["size"])) == bool(limits)
        studio = Studio(script, "main")
        pictures.append(studio.picture(0.2))
        studio.close()
    return pictures


def assert_same(whole, parts):
    """All pixels are the same to one of 255, but for a few at edges, which are mixed of the same colours."""
    assert whole.shape == parts.shape
    white = 1.0 if whole.dtype == np.float32 else np.iinfo(whole.dtype).max
    whole, parts = (255 * picture.astype(np.float64) / white for picture in (whole, parts))
    off = np.abs(whole - parts).max(axis=2)
    assert (off > 1.001).sum() <= off.size / 10_000
    height, width = off.shape
    padded = np.pad(whole, ((1, 1), (1, 1), (0, 0)), mode="edge")
    beside = np.stack([padded[y : y + height, x : x + width] for y in range(3) for x in range(3)])
    assert (parts >= beside.min(axis=0) - 1.001).all()
    assert (parts <= beside.max(axis=0) + 1.001).all()
    assert whole.std() > 2.5  # something is there


@pytest.mark.parametrize("layers", [name for name in LAYERS if not name.startswith("wide")])
def test_strips_look_like_the_whole(folder, monkeypatch, layers):
    assert_same(*both(folder, monkeypatch, layers, FLAT))


@pytest.mark.parametrize(
    ("layers", "output"),
    [
        ("spheres", {"lens": "orthographic", "height": 3, "size": [192, 150]}),
        ("volume", {"lens": "orthographic", "height": 3, "size": [192, 150]}),
        ("spheres", {"lens": "perspective", "size": [180, 150], "supersample": 2}),
        ("volume", {"lens": "perspective", "size": [96, 96], "format": "png", "bits": 16}),
        ("spheres", {"lens": "perspective", "size": [192, 192], "stereo": "anaglyph"}),
        ("spheres", {"lens": "equirectangular", "size": [256, 256], "stereo": "top-bottom"}),
        ("glow around a surface", {"lens": "equirectangular", "size": [256, 128]}),
        ("spheres", {"lens": "vr180", "size": [256, 128], "stereo": "left-right"}),
        ("volume", {"lens": "domemaster", "size": [192, 192], "guides": True}),
        ("glow around a surface", {"lens": "domemaster", "size": [192, 192], "truncate": {"back": 40}}),
        ("glow around a surface", {"lens": "cubemap", "size": [288, 192]}),
    ],
)
def test_strips_look_like_the_whole_in_every_lens(folder, monkeypatch, layers, output):
    assert_same(*both(folder, monkeypatch, layers, output))


@pytest.mark.parametrize(
    "output",
    [
        {"lens": "equirectangular", "size": [256, 128]},
        {"lens": "domemaster", "size": [192, 192]},
        {"lens": "perspective", "size": [192, 128]},
    ],
    ids=lambda output: output["lens"],
)
def test_the_glare_of_strips_is_that_of_a_smaller_picture(folder, monkeypatch, output):
    monkeypatch.setattr(darkroom, "SMALL", 128)
    printed = {"glare": {"amount": 0.5, "width": 12}, "exposure": 2.0, "tone": "filmic"}
    whole, parts = both(folder, monkeypatch, "wide glow around a surface", output, **printed)
    off = np.abs(whole.astype(int) - parts).max(axis=2)
    assert (off > 3).mean() < 0.02
    assert whole.std() > 20


def test_strips_before_a_transparent_background(folder, monkeypatch):
    whole, parts = both(folder, monkeypatch, "volume", FLAT, background="transparent")
    assert whole.shape[2] == 4
    assert_same(whole, parts)


@pytest.mark.parametrize("layers", ["spheres", "glow"])
def test_strips_before_a_sky(folder, monkeypatch, layers):
    sky = {"zenith": "#2a5c9a", "horizon": "white", "ground": "#5a554c"}
    whole, strips = both(folder, monkeypatch, layers, FLAT, sky=sky)
    assert whole.shape == (192, 192, 3)
    assert np.abs(whole.astype(int) - strips).max() <= 1


def test_strips_of_linear_light_are_in_half_floats(folder, monkeypatch):
    pytest.importorskip("OpenEXR")
    whole, parts = both(folder, monkeypatch, "glow", {"lens": "domemaster", "size": [128, 128], "format": "exr"})
    assert (whole.dtype, parts.dtype) == (np.float32, np.float16)
    assert_same(whole, parts)


@pytest.mark.parametrize("lens", [build(Domemaster, {"tilt": 20}), Equirectangular()])
@pytest.mark.parametrize("equiangular", [False, True])
def test_rows_of_a_panorama_are_resampled_from_the_same_pixels(lens, equiangular):
    """A panorama's rows are those of the whole, byte for byte, if the plates are."""
    size = (256, 256) if isinstance(lens, Domemaster) else (256, 128)
    rng, eye = np.random.default_rng(0), _eye()
    views = lens.views(eye, size, equiangular)
    plates = [rng.integers(0, 256, (*view.size[::-1], 3), np.uint8) for view in views]
    whole = lens.develop(plates, size, equiangular)
    for strip in (range(64), range(64, 128), range(size[1])):
        pixels = []
        for part in lens.views_of_rows(eye, size, strip, equiangular):
            plate = next(p for p, view in zip(plates, views, strict=True) if (view.forward == part.forward).all())
            column, row = part.corner
            pixels.append(plate[row : row + part.size[1], column : column + part.size[0]].reshape(-1, 3))
        some = range(strip.start + 32, strip.stop)
        rows = lens.develop_rows(np.concatenate(pixels), size, strip, some, equiangular)
        np.testing.assert_array_equal(rows, whole[some.start : some.stop])


def test_a_part_of_a_view_has_the_same_rays():
    at = {"position": np.zeros(3), "forward": np.array([0.0, 1, 0]), "up": np.array([0.0, 0, 1]), "size": (40, 20)}
    part = View(projection=Frustum(-1.0, 3.0, -1.0, 1.0), **at).part(10, 5, 20, 20)
    seen = part.projection
    assert (seen.left, seen.right, seen.bottom, seen.top) == pytest.approx((0, 1, -1, 0.5))
    assert part.part(0, 0, 10, 5).projection.right == pytest.approx(0)  # counted in the whole view
    flat = View(projection=Parallel(2.0), **at).part(10, 5, 20, 20)
    assert (flat.projection.height, flat.projection.across, flat.projection.above) == pytest.approx((1.5, -0.5, -0.25))
    even = View(projection=Frustum(-1.0, 1.0, -1.0, 1.0, equiangular=True), **at).part(20, 0, 30, 10)
    assert even.projection.right == pytest.approx(np.tan(np.pi / 8))


def test_a_projection_in_rows_of_a_picture():
    whole = Projection("plane", np.zeros(3), np.eye(3), (5.0, -5.0), (10.0, 10.0), (0, 4), (20, 12))
    part = whole.in_rows(range(8, 32))
    assert (part.middle, part.corner, part.size) == ((10.0, 2.0), (0, 0), (20, 8))
    assert whole.in_rows(range(16, 32)) is None


def test_whether_strips_are_drawn_follows_from_the_size(folder):
    written = {
        "duration": 1,
        "data": {"few": {"kind": "particles", "file": "few.npy"}},
        "layers": LAYERS["spheres"],
        "camera": {"orbit": {"radius": 4}},
        "outputs": {
            "flat": FLAT,
            "fine": FLAT | {"supersample": 4},
            "deep": FLAT | {"bits": 16},
            "dome": {"lens": "domemaster", "size": [192, 192]},
            "exr": {"lens": "domemaster", "size": [192, 192], "format": "png", "bits": 16},
        },
    }
    outputs = mm.Scene.from_dict(written, folder=folder).prepared.script.scene.outputs
    whole = {
        "flat": (8192, 5120),
        "fine": (2048, 1280),
        "deep": (4096, 2304),
        "dome": (8192, 8192),
        "exr": (4096, 4096),
    }
    assert not any(memory.drawn_in_strips(outputs[name], size) for name, size in whole.items())
    assert all(memory.drawn_in_strips(outputs[name], (2 * w, 2 * h)) for name, (w, h) in whole.items())
    assert memory.drawn_in_strips(outputs["flat"], (20000, 100))


@pytest.mark.slow
def test_processes_draw_strips_like_one(folder):
    written = {
        "duration": 2,
        "fps": 1,
        "data": {"few": {"kind": "particles", "file": "few.npy"}},
        "layers": LAYERS["spheres"],
        "camera": {"orbit": {"radius": 4}},
        "outputs": {"long": {"lens": "perspective", "size": [20000, 64], "format": "png"}},
    }
    scene = mm.Scene.from_dict(written, folder=folder)
    frames = []
    for workers in (1, 2):
        scene.render(out=folder / str(workers), workers=workers)
        frames.append([path.read_bytes() for path in sorted((folder / str(workers)).rglob("*_00000?.png"))])
    assert len(frames[0]) == 2
    assert frames[0] == frames[1]


def _eye():
    from moviemaker.core.camera import Camera

    axes = np.array([0.0, 1, 0]), np.array([0.0, 0, 1]), np.array([1.0, 0, 0])
    return Camera(np.zeros(3), *axes, 1.0, axes[1])
