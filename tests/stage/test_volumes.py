"""Volumes against closed forms: oblique, several in one place, lit, cut, blended, masked, labelled."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest

from moviemaker.core.camera import Frustum, Ods, Parallel, View
from moviemaker.core.clips import ClipBox, ClipPlane, ClipSphere
from moviemaker.core.props import Glyphs, Light, TransferFunction, Volume
from moviemaker.core.scales import Scale
from moviemaker.stage.stage import Stage
from moviemaker.stage.volumes.gradients import with_gradients

DARK = (Light("ambient", (0, 0, 0), (0, 0, 0), 1.0),)
UP = np.array([0.0, 0.0, 1.0])
ALONG_Y = np.array([0.0, 1.0, 0.0])


@pytest.fixture(scope="module")
def stage():
    made = Stage()
    yield made
    made.close()


def flat(side=32, height=2.0, forward=ALONG_Y, up=UP, away=5.0):
    """A parallel view of the origin."""
    return View(-away * forward, forward, up, Parallel(height), (side, side))


def wide(position, ipd=None, side=64, half=1.0, forward=ALONG_Y):
    """A perspective view from a single eye, or from one eye of ODS."""
    ods = None if ipd is None else Ods(ipd / 2, UP, (math.radians(60), math.radians(75)))
    return View(np.array(position, float), forward, UP, Frustum(-half, half, -half, half), (side, side), ods)


def transfer(*opacities, colors=((1.0, 1.0, 1.0),) * 2, values=(0.0, 1.0)):
    return TransferFunction(np.array(values), np.array(colors, float), opacities or ((0.0, 0.5), (1.0, 0.5)))


def box(values, low, high, **changed):
    """A volume whose samples fill an axis-aligned box."""
    spacing = tuple((b - a) / max(n - 1, 1) for a, b, n in zip(low, high, values.shape, strict=True))
    known = {"transfer": transfer(), "opacity": 1.0, "unit_distance": 1.0, "step": 0.07, "blend": "composite"}
    return Volume(values, tuple(low), spacing, **{**known, "shade": False, **changed})


def constant(low, high, value=1.0, **changed):
    return box(np.full((5, 5, 5), value, np.float32), low, high, **changed)


def picture(stage, props, view, lights=DARK, background=(0, 0, 0)):
    stage.hang(props, lights)
    return stage.photograph(view, background).astype(float) / 255


TURNED = np.array([[0.8, -0.6, 0], [0.6, 0.8, 0], [0, 0, 1]])
SHEARED = np.array([[1, 0.6, 0], [0, 0.8, 0.28], [0, 0, 0.96]])


@pytest.mark.parametrize("direction", [TURNED, SHEARED], ids=["turned", "sheared"])
@pytest.mark.parametrize("eyes", [None, 0.2])
def test_an_oblique_volume_obeys_the_opacity_law(stage, direction, eyes):
    prop = replace(constant((-1, -1, -1), (1, 1, 1)), origin=tuple(-(direction @ np.ones(3))), direction=direction)
    view = flat() if eyes is None else wide((0, -4, 0), eyes, half=0.2)
    shown = picture(stage, [prop], view)[..., 0]
    inverse = np.linalg.inv(direction)
    eps = np.array([1e-12, 0, 1e-12])
    for row, column in ((10, 13), (16, 16), (20, 14), (13, 19)):
        x, z = ((column + 0.5) / 16 - 1, 1 - (row + 0.5) / 16)
        if eyes is None:
            start, way = np.array([x, -5, z]), ALONG_Y + eps
        else:
            row, column = 2 * row, 2 * column
            x, z = ((column + 0.5) / 32 - 1) * 0.2, (1 - (row + 0.5) / 32) * 0.2
            way = np.array([x, 1, z]) / math.hypot(x, 1, z)
            start = np.array([0, -4, 0]) + eyes / 2 * np.array([1, -x, 0]) / math.hypot(1, x)
        one, other = ((side - inverse @ start) / (inverse @ way) for side in (-np.ones(3), np.ones(3)))
        path = max(np.maximum(one, other).min() - np.minimum(one, other).max(), 0)
        assert shown[row, column] == pytest.approx(1 - 0.5**path, abs=0.012)


def test_a_sample_of_an_oblique_volume_lies_where_its_axes_say(stage):
    values = np.zeros((21, 25, 23), np.uint8)
    values[15, 4, 8] = 255
    shown = transfer((0, 0), (255, 0.99), values=(0, 255))
    prop = Volume(values, (-1, -1, -1), (0.1, 0.08, 0.09), shown, 1.0, 0.01, 0.02,
                  "composite", shade=False, direction=SHEARED)  # fmt: skip
    shown = picture(stage, [prop], flat(side=200, height=4))[..., 0]
    rows, columns = np.mgrid[0:200, 0:200] + 0.5
    x, _, z = SHEARED @ [1.5, 0.32, 0.72] - 1
    assert (shown * columns).sum() / shown.sum() == pytest.approx(100 + 50 * x, abs=0.3)
    assert (shown * rows).sum() / shown.sum() == pytest.approx(100 - 50 * z, abs=0.3)


RED, BLUE = ((1.0, 0, 0),) * 2, ((0, 0, 1.0),) * 2


def mixed(*segments):
    """The light of a ray through segments of (length, extinction, emitted colour times extinction), in their order."""
    gathered, left = np.zeros(3), 1.0
    for length, extinction, source in segments:
        opacity = 1 - math.exp(-extinction * length)
        gathered, left = gathered + left * opacity * np.array(source) / max(extinction, 1e-30), left * (1 - opacity)
    return gathered, left


@pytest.mark.parametrize("view", [flat(), wide((0, -8, 0), half=0.05), wide((0, -8, 0), 0.1, half=0.05)])
def test_overlapping_volumes_are_mixed_step_by_step(stage, view):
    red = constant((-1, -1, -1), (1, 0.5, 1), transfer=transfer(colors=RED))
    blue = constant((-0.8, -0.3, -1), (0.8, 1, 1), transfer=transfer((0, 0.7), (1, 0.7), colors=BLUE), step=0.11)
    a, b = -math.log(0.5), -math.log(0.3)
    expected, left = mixed((0.7, a, (a, 0, 0)), (0.8, a + b, (a, 0, b)), (0.5, b, (0, 0, b)))
    for order in ((red, blue), (blue, red)):
        shown = picture(stage, order, view, background=(0, 1, 0))
        middle = shown[len(shown) // 2, len(shown) // 2]
        assert middle == pytest.approx(expected + np.array([0, left, 0]), abs=0.012)


def test_a_glyph_in_volumes_is_drawn_at_its_depth(stage):
    red = constant((-1, -1, -1), (1, 0.5, 1), transfer=transfer(colors=RED))
    blue = constant((-0.8, -0.3, -1), (0.8, 1, 1), transfer=transfer((0, 0.7), (1, 0.7), colors=BLUE))
    glyph = Glyphs(
        "sphere", np.array([[0.0, 0.01, 0]]), np.array([0.02]), np.array([[0, 255, 0, 255]], np.uint8), False
    )
    a, b = -math.log(0.5), -math.log(0.3)
    expected, left = mixed((0.7, a, (a, 0, 0)), (0.3, a + b, (a, 0, b)))
    shown = picture(stage, [red, glyph, blue], flat(height=0.02))
    assert shown[16, 16] == pytest.approx(expected + np.array([0, left, 0]), abs=0.015)


def test_volumes_side_by_side_are_drawn_from_the_farthest_on(stage):
    red = constant((-1, -1, -1), (1, -0.1, 1), transfer=transfer((0, 0.9), (1, 0.9), colors=RED))
    blue = constant((-1, 0.1, -1), (1, 1, 1), transfer=transfer((0, 0.9), (1, 0.9), colors=BLUE))
    front = 1 - 0.1**0.9
    for forward, first in ((ALONG_Y, 0), (-ALONG_Y, 2)):
        for order in ((red, blue), (blue, red)):
            shown = picture(stage, order, flat(forward=forward))[16, 16]
            assert shown[[first, 2 - first]] == pytest.approx([front, front * (1 - front)], abs=0.01)


@pytest.mark.parametrize("count", [1, 2])
def test_long_steps_skip_nothing_visible(stage, monkeypatch, count):
    shown = []
    for sparse in (1.0, -1.0):
        monkeypatch.setattr("moviemaker.stage.volumes.field_textures.SPARSE", sparse)
        for place in range(1, 60, 7):
            values = np.zeros((3, 65, 3), np.float32)
            values[:, place : place + 5] = 1
            prop = box(values, (-1, -1, -1), (1, 1, 1), transfer=transfer((0.1, 0), (1, 0.9)), step=0.125)
            shown.append(picture(stage, [prop] * count, flat())[16, 16, 0])
    skipped, walked = np.reshape(shown, (2, -1))
    assert skipped.min() > 0.1
    assert skipped == pytest.approx(walked, abs=0.005)


SUN = Light("sun", (0, 1, 0), (1, 1, 1), 0.8)
AMBIENT = Light("ambient", (0, 0, 0), (0.1, 0.15, 0.2), 1.0)
POINT = Light("point", (0.0, -4.0, 3.0), (0.0, 0.0, 1.0), 0.5)


def ramp_along(axis, n=21):
    return np.broadcast_to(np.linspace(0, 1, n, dtype=np.float32)[axis], (n, n, n))


@pytest.mark.parametrize("step", [0.03, 0.1])
def test_light_falls_on_a_slope_by_its_angle(stage, step):
    # The field rises along one direction, so that its surfaces are parallel planes.
    x, y, z = np.meshgrid(*[np.linspace(-1, 1, 21)] * 3, indexing="ij")
    for normal in (np.array([0, 1, 0]), np.array([0.6, 0.8, 0]), np.array([0, 0.6, -0.8])):
        values = (0.5 + 0.2 * (normal[0] * x + normal[1] * y + normal[2] * z)).astype(np.float32)
        solid = transfer((0, 0.999), (1, 0.999))
        prop = box(values, (-1, -1, -1), (1, 1, 1), transfer=solid, unit_distance=0.1, shade=True, step=step)
        shown = picture(stage, [prop], flat(), (SUN, AMBIENT, POINT))[16, 16]
        toward = np.array([0, -3.0, 3]) / math.hypot(3, 3)
        expected = np.array(AMBIENT.color) + 0.8 * abs(normal[1]) + abs(normal @ toward) * np.array([0, 0, 0.5])
        assert shown == pytest.approx(np.minimum(expected, 1), abs=0.035)


@pytest.mark.parametrize("rising", [1, -1])
def test_a_lamp_behind_a_slope_does_not_light_the_side_that_is_seen(stage, rising):
    values = (0.5 + 0.2 * rising * (ramp_along((None, slice(None), None)) - 0.5)).astype(np.float32)
    prop = box(values, (-1, -1, -1), (1, 1, 1), transfer=transfer((0, 0.999), (1, 0.999)), unit_distance=0.1,
               shade=True, step=0.03)  # fmt: skip
    behind = replace(SUN, vector=tuple(-np.array(SUN.vector)))
    assert picture(stage, [prop], flat(), (behind, AMBIENT))[16, 16] == pytest.approx(AMBIENT.color, abs=0.01)


@pytest.mark.parametrize(("kind", "high"), [("u1", 255), ("i1", 127), ("u2", 65535), ("i2", 32767), ("i4", 10**6)])
def test_light_on_integers_is_the_same(stage, kind, high):
    x, y, _ = np.meshgrid(*[np.linspace(-1, 1, 21)] * 3, indexing="ij")
    values = np.rint(high * (0.5 + 0.2 * (0.6 * x + 0.8 * y))).astype(kind)
    prop = box(values, (-1, -1, -1), (1, 1, 1), transfer=transfer((0, 0.999), (1, 0.999), values=(0, high)), shade=True,
               unit_distance=0.1, step=0.03)  # fmt: skip
    shown = picture(stage, [prop], flat(), (SUN,))[10:20, 10:20]
    assert shown.mean() == pytest.approx(0.8 * 0.8, abs=0.035)
    assert shown.std() < 0.05  # rounding is visible


@pytest.mark.parametrize("kind", ["u1", "i1", "u2", "i2", "f4"])
def test_differences_are_stored_beside_samples_of_every_type(kind):
    random = np.random.default_rng(3)
    low, high = (-1, 1) if kind == "f4" else (np.iinfo(kind).min, np.iinfo(kind).max)
    values = random.uniform(low, high, (37, 5, 4)).astype(kind)
    values[:2] = [[[low]], [[high]]]
    kept = with_gradients(values)
    full = 1.0 if kind == "f4" else 65535.0
    texels = kept.stored.astype(float) / full
    assert texels[..., 0] * kept.sample[0] + kept.sample[1] == pytest.approx(values.astype(float))
    changes = texels[..., 1:] * kept.change[0] + kept.change[1]
    for channel, axis in enumerate((2, 1, 0)):
        truth = np.gradient(values.astype(float), axis=axis)
        if kind != "f4":
            truth = np.clip(truth, -(high - low) - 1, high - low)
        assert changes[..., channel] == pytest.approx(truth, abs=2.0 if kind in ("u2", "i2") else 0.01)


def test_light_on_a_constant_field_is_isotropic(stage):
    prop = constant((-1, -1, -1), (1, 1, 1), transfer=transfer((0, 0.999), (1, 0.999)), unit_distance=0.1, shade=True)
    shown = picture(stage, [prop], flat(), (SUN, AMBIENT))[16, 16]
    assert shown == pytest.approx(0.2 + np.array(AMBIENT.color), abs=0.005)


def test_highlights_are_brightest_half_way_to_the_lamp(stage):
    prop = box(0.5 + 0.2 * ramp_along((None, slice(None), None)), (-1, -1, -1), (1, 1, 1), shade=True,
               transfer=transfer((0, 0.999), (1, 0.999), colors=RED), unit_distance=0.1, specular=0.3)  # fmt: skip
    shown = picture(stage, [prop], flat(), (replace(SUN, intensity=0.5),))[16, 16]
    assert shown == pytest.approx([0.5 + 0.15, 0.15, 0.15], abs=0.025)


def test_the_opacity_follows_the_gradient(stage):
    for slope, factor in ((0.1, 0.0), (0.2, 0.5), (0.3, 1.0), (0.5, 1.0)):
        values = slope * 2 * ramp_along((slice(None), None, None))
        prop = box(values, (-1, -1, -1), (1, 1, 1), gradient=((0.1, 0.0), (0.3, 1.0)))
        assert picture(stage, [prop], flat())[16, 16, 0] == pytest.approx(1 - 0.5 ** (2 * factor), abs=0.01)


@pytest.mark.parametrize("view", [flat(), wide((0, -60, 0), half=0.02), wide((0, -60, 0), 0.02, half=0.02)])
@pytest.mark.parametrize("step", [0.05, 0.4])
def test_clips_are_exact(stage, view, step):
    uniform = constant((-1, -1, -1), (1, 1, 1), step=step)
    lengths = {
        (): 2,
        (ClipPlane((0, 0.3, 0), (0, -2, 0)),): 1.3,
        (ClipPlane((0, 0.3, 0), (0, 2, 0)),): 0.7,
        (ClipBox((-9, -0.21, -9), (9, 0.42, 9)),): 0.63,
        (ClipBox((-0.5, -0.21, -0.5), (9, 0.42, 9), outside=True),): 1.37,
        (ClipSphere((0, 0.7, 0), 0.5),): 0.8,
        (ClipSphere((0, 0.1, 0), 0.37, outside=True),): 2 - 0.74,
        (ClipSphere((0, 0.1, 0), 0.37, outside=True), ClipPlane((0, 0.1, 0), (0, 1, 0))): 0.53,
        (ClipSphere((0, 9, 0), 0.5),): 0,
        (ClipSphere((0, 9, 0), 0.5, outside=True),): 2,
    }
    for clips, length in lengths.items():
        shown = picture(stage, [replace(uniform, clips=clips)], view)[..., 0]
        assert shown[len(shown) // 2, len(shown) // 2] == pytest.approx(1 - 0.5**length, abs=0.012)


def test_overlapping_volumes_have_clips_of_their_own(stage):
    red = constant((-1, -1, -1), (1, 1, 1), transfer=transfer(colors=RED), clips=(ClipPlane((0, 0, 0), (0, -1, 0)),))
    blue = constant(
        (-1, -1, -1), (1, 1, 1), transfer=transfer(colors=BLUE), clips=(ClipSphere((0, -1, 0), 1, outside=True),)
    )
    shown = picture(stage, [red, blue], flat())[16, 16]
    assert shown == pytest.approx([0.5, 0, 0.25], abs=0.012)


def test_a_cut_shows_no_rings(stage):
    prop = constant((-1, -1, -1), (1, 1, 1), step=0.2, clips=(ClipSphere((0, 0, 0), 0.9, outside=True),))
    shown = picture(stage, [prop], flat(side=64))[..., 0]
    x, z = np.meshgrid((np.arange(64) + 0.5) / 32 - 1, (np.arange(64) + 0.5) / 32 - 1)
    path = 2 - 2 * np.sqrt(np.maximum(0.81 - x**2 - z**2, 0))
    assert np.abs(shown - (1 - 0.5**path))[2:-2, 2:-2].max() < 0.012


SLOPE = 0.2 + 0.6 * ramp_along((None, slice(None), None))


@pytest.mark.parametrize(("blend", "value"), [("maximum", 0.7), ("minimum", 0.35), ("average", 0.525)])
@pytest.mark.parametrize("direction", [None, np.eye(3)])
def test_projections_show_a_single_value_of_the_ray(stage, blend, value, direction):
    clips = (ClipBox((-9, -0.5, -9), (9, 0.66667, 9)),)  # along y the field goes from 0.2 to 0.8 over -1 to 1
    colors = ((0.0, 0.0, 0.0), (1.0, 1.0, 1.0))
    prop = box(SLOPE, (-1, -1, -1), (1, 1, 1), transfer=transfer((0, 0.5), (1, 1), colors=colors), blend=blend,
               step=0.02, clips=clips, direction=direction)  # fmt: skip
    shown = picture(stage, [prop], flat(), background=(1, 0, 0))[16, 16]
    a = 0.5 + 0.5 * value
    assert shown == pytest.approx([a * value + 1 - a, a * value, a * value], abs=0.012)


@pytest.mark.parametrize("step", [0.05, 0.3])
def test_additive_volumes_add_light_and_hide_nothing(stage, step):
    prop = constant(
        (-1, -1, -1), (1, 0, 1), transfer=transfer((0, 0.2), (1, 0.2), colors=RED), blend="additive", step=step
    )
    assert picture(stage, [prop], flat(), background=(0, 1, 0))[16, 16] == pytest.approx([0.2, 1, 0], abs=0.005)
    faded = replace(prop, opacity=0.5, clips=(ClipPlane((0, -0.5, 0), (0, 1, 0)),))
    assert picture(stage, [faded], flat())[16, 16] == pytest.approx([0.05, 0, 0], abs=0.005)


@pytest.mark.parametrize("blend", ["composite", "additive", "maximum", "average"])
def test_a_volume_is_drawn_only_where_its_mask_is(stage, blend):
    mask = np.zeros((9, 9, 9), np.int16)
    mask[:, :, 5:] = 7
    mask[:5, :, 5:] = 3
    values = np.ones((9, 9, 9), np.float32)
    prop = box(values, (-1, -1, -1), (1, 1, 1), blend=blend, mask=mask)
    full = picture(stage, [replace(prop, mask=None)], flat())[16, 16, 0]
    shown = picture(stage, [prop], flat())[..., 0]
    assert shown[:10] == pytest.approx(np.full((10, 32), full), abs=0.01)
    assert shown[20:].max() == 0
    shown = picture(stage, [replace(prop, mask_values=(3.0,))], flat())[..., 0]
    assert shown[:10, :12] == pytest.approx(np.full((10, 12), full), abs=0.01)
    assert shown[:10, 20:].max() == 0


def test_labels_are_not_interpolated(stage):
    values = np.zeros((8, 8, 8), np.int32)
    values[:4] = 1000
    values[4:, :, :4] = -5
    values[0] = 12
    look = TransferFunction(np.arange(3.0), np.array([RED[0], RED[0], BLUE[0]]), ((0, 0), (1, 0.5), (2, 0.7)))
    prop = box(values, (-1, -1, -1), (1, 1, 1), transfer=look, labels=(1000.0, -5.0))
    shown = picture(stage, [prop], flat(side=64))
    seen = np.unique(np.round(shown.reshape(-1, 3) * 255), axis=0)
    expected = np.array([[0, 0, 0], [0, 0, 1 - 0.3**2], [0.75, 0, 0]]) * 255
    assert seen == pytest.approx(expected, abs=3)
    assert shown[10, 20, 0] > 0.7  # x < 0
    assert shown[50, 50, 2] > 0.7
    assert shown[:, 40:, 0].max() == 0  # no label 1 between 0 and 2
    assert shown[10, 50].max() == 0
    assert shown[30, 1].max() == 0


def test_samples_on_a_logarithmic_scale_are_interpolated_on_it(stage):
    values = np.empty((2, 2, 2), np.float64)
    values[0], values[1] = 1e-30, 1e-10
    prop = box(values, (-1, -1, -1), (1, 1, 1), transfer=transfer((-30, 0.0), (-10, 0.8), values=(-30, -10)),
               scale=Scale("log", 1e-31), unit_distance=2.0)  # fmt: skip
    shown = picture(stage, [prop], flat())[16, :, 0]
    assert shown == pytest.approx(0.8 * (np.arange(32) + 0.5) / 32, abs=0.01)


@pytest.mark.parametrize("kind", ["u1", "i1", "u2", "i2", "?"])
def test_integers_are_interpolated_without_terraces(stage, kind):
    values = np.zeros((2, 2, 2), kind)
    values[1] = 1
    prop = box(values, (-1, -1, -1), (1, 1, 1), transfer=transfer((0, 0.0), (1, 0.8)), unit_distance=2.0)
    assert picture(stage, [prop], flat())[16, :, 0] == pytest.approx(0.8 * (np.arange(32) + 0.5) / 32, abs=0.01)


def test_a_symmetric_scale_goes_through_zero():
    scale = Scale("symlog", 0.1)
    assert scale.of(np.array([-0.9, 0, 0.9, 9.9])) == pytest.approx([-1, 0, 1, 2])
