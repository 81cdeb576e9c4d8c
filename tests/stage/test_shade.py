"""The light of the scene on everything that is lit: what a sky, a depth map and what volumes let through say."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from moviemaker.core.camera import Frustum, Ods, View
from moviemaker.core.fields import Cells as Polygons
from moviemaker.core.props import (
    Cells,
    DepthMap,
    Glyphs,
    Isosurface,
    Light,
    Palette,
    Shade,
    Shadow,
    Sky,
    Slice,
    Surface,
    TransferFunction,
    Tubes,
    Volume,
)
from moviemaker.core.props.shade import STEEPEST
from moviemaker.shade.lookup_suns import lit as expected_part
from moviemaker.stage.stage import Stage

AMBIENT = Light("ambient", (0, 0, 0), (1, 1, 1), 0.8)
SUN = Light("sun", (0.0, 1.0, 0.0), (1, 1, 1), 0.6)
WHITE = np.full((2, 4), 255, np.uint8)
CORNERS = np.array([(-1, 0, -1), (1, 0, -1), (1, 0, 1), (-1, 0, 1.0)])
QUAD = Polygons(np.array([0, 4]), np.arange(4))
PLAIN = Palette(np.ones((2, 3)), 0.0, 1.0)
UP = np.array([0.0, 0, 1])
VIEW = View(np.array([0.0, -4, 0]), np.array([0.0, 1, 0]), UP, Frustum(-0.4, 0.4, -0.4, 0.4), (64, 64))
EYE = replace(VIEW, ods=Ods(0.3, UP, (0.9, 1.2)))
BLACK = (0.0, 0.0, 0.0)


def field(size=9):
    x, y, z = np.mgrid[-1 : 1 : size * 1j, -1 : 1 : size * 1j, -1 : 1 : size * 1j]
    return np.sqrt(x * x + y * y + z * z).astype(np.float32)


def glyphs(shape):
    direction = np.array([[1.0, 0, 0]]) if shape == "arrow" else None
    size = np.array([4.0 if shape == "arrow" else 1.5])
    return Glyphs(shape, np.zeros((1, 3)), size, WHITE[:1], True, direction)


def wall(**more):
    return Surface(CORNERS, QUAD, (1, 1, 1), 1.0, True, **more)


PROPS = {
    "spheres": glyphs("sphere"),
    "cubes": glyphs("cube"),
    "arrows": glyphs("arrow"),
    "tubes": Tubes(np.array([[0, 0, -1], [0, 0, 1.0]]), np.array([0, 2]), np.full(2, 0.8), WHITE, True),
    "surface": wall(),
    "values": wall(values=np.ones(4), palette=PLAIN),
    "image": wall(picture=np.full((2, 2, 3), 255, np.uint8), coordinates=CORNERS[:, ::2]),
    "clear image": wall(picture=np.full((2, 2, 4), 255, np.uint8), coordinates=CORNERS[:, ::2]),
    "globe": wall(picture=np.full((2, 2, 3), 255, np.uint8), coordinates=CORNERS),
    "isosurface": Isosurface(field(), (-1, -1, -1), (0.25,) * 3, (0.7,), np.ones((1, 3)), 1.0, True),
    "slice": Slice(CORNERS, CORNERS[:, ::2] + 1, np.ones((3, 3)), PLAIN, 1.0, True),
}


@pytest.fixture(scope="module")
def stage():
    stage = Stage()
    yield stage
    stage.close()


def codes(values):
    return np.rint(65535 * np.clip(values, 0, 1)).astype(np.uint16)


def level(open_part, harmonic=(0.0, 0.0, 0.0), width=0.25, reach=3.0):
    """A level of the sky around the origin, by functions of places or constants."""
    count = round(2 * reach / width) + 1
    places = np.stack(np.mgrid[(slice(-reach, reach, count * 1j),) * 3], axis=-1)
    texels = np.empty((*places.shape[:3], 4))
    texels[..., 0] = open_part(places) if callable(open_part) else open_part
    texels[..., 1:] = (np.array(harmonic) / STEEPEST + 1) / 2
    return Cells(codes(texels), (-reach,) * 3, width)


def taken(stage, props, lights, shade=None, view=VIEW):
    stage.hang(props if isinstance(props, list) else [props], lights, shade)
    return stage.photograph(view, BLACK).astype(float)


def inner(covered):
    """The covered pixels that are not at an edge."""
    beside = [np.roll(covered, step, axis) for step in (-1, 1) for axis in (0, 1)]
    return np.all([covered, *beside], axis=0)


def sun_map(depths, texel=0.25, bias=0.01):
    """A map of rays along y, whose middle is that of the scene; its rows go along z."""
    rows, columns = depths.shape
    matrix = np.array(
        [(1 / texel, 0, 0, (columns - 1) / 2), (0, 0, 1 / texel, (rows - 1) / 2), (0, 1, 0, 0), (0, 0, 0, 1)]
    )
    return DepthMap(depths.astype(np.float32), matrix, np.array([(1.0, 0, 0), (0, 0, 1), (0, 1, 0)]), texel, bias)


@pytest.mark.parametrize("kind", PROPS)
def test_everything_lit_gets_as_much_ambient_light_as_its_sky_is_open(stage, kind):
    open_sky = taken(stage, PROPS[kind], [AMBIENT])
    seen = inner(open_sky.max(axis=2) > 0)
    assert (taken(stage, PROPS[kind], [AMBIENT], Shade(Sky((level(1.0),), 1.0))) == open_sky).all()
    half = taken(stage, PROPS[kind], [AMBIENT], Shade(Sky((level(0.5),), 0.8)))
    assert np.abs(half[seen] - 255 * 0.8 * 0.6).max() <= 1
    flat = replace(PROPS[kind], shade=False)
    assert (taken(stage, flat, [AMBIENT], Shade(Sky((level(0.5),), 0.8))) == taken(stage, flat, [AMBIENT])).all()


@pytest.mark.parametrize("view", [VIEW, EYE], ids=["plain", "an eye"])
def test_a_surface_sees_the_sky_on_its_side(stage, view):
    # 1/2 + 2/3 v . n, where v is 3/4 towards z.
    picture = taken(stage, PROPS["spheres"], [AMBIENT], Shade(Sky((level(0.5, (0, 0, 0.75)),), 1.0)), view)
    column = picture[:, 32, 0][picture[:, 32, 0] > 0]
    assert abs(column[2] / 255 / 0.8 - 1) < 0.17
    assert abs(column[len(column) // 2] / 255 / 0.8 - 0.5) < 0.03
    assert abs(column[-3] / 255 / 0.8) < 0.17


@pytest.mark.parametrize("position", [(0.0, -4.0, 0.0), (0.0, 4.0, 0.0)])
def test_both_sides_of_a_surface_see_their_own_sky(stage, position):
    view = replace(VIEW, position=np.array(position), forward=np.array([0.0, -np.sign(position[1]), 0.0]))
    picture = taken(stage, PROPS["surface"], [AMBIENT], Shade(Sky((level(0.5, (0, -0.75, 0)),), 1.0)), view)
    assert abs(picture[32, 32, 0] / 255 / 0.8 - (1 if position[1] < 0 else 0)) < 0.01


def test_the_sky_is_looked_up_ahead_of_a_surface_and_between_cells(stage):
    ramp = level(lambda place: 0.5 + place[..., 0] / 4)
    picture = taken(stage, PROPS["surface"], [AMBIENT], Shade(Sky((ramp,), 1.0)))[32, :, 0] / 255 / 0.8
    x = 4 * (np.arange(64) - 31.5) / 64 * 0.8
    assert np.abs(picture - (0.5 + x / 4))[np.abs(x) < 0.9].max() < 0.006
    steep = level(lambda place: 0.5 - place[..., 1])
    picture = taken(stage, PROPS["surface"], [AMBIENT], Shade(Sky((steep,), 1.0)))
    assert abs(picture[32, 32, 0] / 255 / 0.8 - (0.5 + 0.75 * 0.25)) < 0.006


def test_the_finest_level_that_holds_a_place_counts_without_a_step_at_its_end(stage):
    fine = level(0.25, width=0.1, reach=0.5)
    middle = level(0.5, width=0.2, reach=1.0)
    picture = taken(stage, wall(), [AMBIENT], Shade(Sky((fine, middle, level(1.0)), 1.0)))[32, :, 0] / 255 / 0.8
    x = 4 * (np.arange(64) - 31.5) / 64 * 0.8
    assert np.abs(picture[np.abs(x) < 0.38] - 0.25).max() < 0.006
    assert np.abs(picture[(np.abs(x) > 0.52) & (np.abs(x) < 0.78)] - 0.5).max() < 0.006
    known = np.abs(x) < 0.95
    assert np.abs(np.diff(picture[known])).max() < 0.16  # 0.5 over a cell of 0.2
    assert picture[known].max() > 0.8


@pytest.mark.parametrize("kind", PROPS)
def test_what_a_depth_map_hides_is_in_the_shadow(stage, kind):
    depths = np.full((64, 64), np.inf)
    depths[:, 32:] = -3.0  # beyond x = 0
    shade = Shade(None, (Shadow(0.5, (sun_map(depths, 0.1),)),))
    lit, shaded = (taken(stage, PROPS[kind], [SUN], one) for one in (None, shade))
    x = np.arange(64)
    left, right = (inner(lit.max(axis=2) > 8) & part for part in (x < 29, x > 34))
    assert np.abs(shaded - lit)[left].max() <= 1
    assert np.abs(shaded - 0.5 * lit)[right].max() <= 1


def test_a_shadow_lies_between_the_texels_of_its_map_and_ends_where_it_does(stage):
    depths = np.full((9, 9), np.inf)
    depths[:, 5:] = -3.0  # their middles are from x = 0.25 on
    shade = Shade(None, (Shadow(1.0, (sun_map(depths, 0.25),)),))
    lit, shaded = (taken(stage, wall(), [SUN], one)[32, :, 0] for one in (None, shade))
    x = 4 * (np.arange(64) - 31.5) / 64 * 0.8
    known = np.abs(x) < 0.95
    assert np.abs(shaded / np.maximum(lit, 1) - np.clip(1 - x / 0.25, 0, 1))[known].max() < 0.02
    outside = Shade(None, (Shadow(1.0, (sun_map(np.full((3, 3), -3.0), 0.25),)),))
    picture = taken(stage, wall(), [SUN], outside)[32, :, 0]
    assert picture[32] == 0
    assert (picture[np.abs(x) > 0.3] == lit[np.abs(x) > 0.3]).all()


@pytest.mark.parametrize("levels", [0, 3])
def test_a_shadow_is_the_sum_that_the_map_stands_for(stage, levels):
    random = np.random.default_rng(3)
    depths = np.where(random.random((32, 32)) < 0.5, random.uniform(-3, 0.5, (32, 32)), np.inf)
    coarser = random.integers(0, 65536, (16, 32, 4), dtype=np.uint16)
    coarser[..., 2:] //= 6  # all levels together hide a part
    made = replace(
        sun_map(depths, 0.1), spread=0.1, coarser=coarser if levels else None, levels=levels, near=-3, far=0.5
    )
    slanted = CORNERS + CORNERS[:, [2]] * np.array([0.0, 0.5, 0.0])
    prop = Surface(slanted, QUAD, (1, 1, 1), 1.0, True)
    lights = [replace(SUN, intensity=0.8)]
    lit, shaded = (taken(stage, prop, lights, one)[..., 0] for one in (None, Shade(None, (Shadow(0.9, (made,)),))))
    across, up = np.meshgrid((np.arange(64) - 31.5) * 0.4 / 32, -(np.arange(64) - 31.5) * 0.4 / 32)
    away = 4 / (1 - 0.5 * up)  # where rays meet y = z / 2
    places = np.stack([across * away, away - 4, up * away], axis=-1)
    normals = np.broadcast_to(np.array([0.0, -1, 0.5]) / np.hypot(1, 0.5), places.shape)
    part = expected_part(Shadow(0.9, (made,)), places.reshape(-1, 3), normals.reshape(-1, 3)).reshape(64, 64)
    seen = inner(inner((np.abs(places[..., 0]) < 0.9) & (np.abs(places[..., 2]) < 0.9)))
    off = np.abs(shaded - part * lit)[seen]
    assert lit[seen].min() > 100
    assert np.median(off) < 0.6
    assert np.percentile(off, 90) < 5  # pixels are means, and single texels have sharp edges here


def test_a_slanted_surface_does_not_hide_itself(stage):
    slanted = CORNERS + CORNERS[:, [2]] * np.array([0.0, 1.5, 0.0])  # y = 1.5 z
    rows = (np.arange(17) - 8) * 0.25
    depths = np.broadcast_to(1.5 * rows[:, None], (17, 17))
    prop = Surface(slanted, QUAD, (1, 1, 1), 1.0, True)
    lit, shaded = (
        taken(stage, prop, [SUN], one) for one in (None, Shade(None, (Shadow(1.0, (sun_map(depths, bias=1e-3),)),)))
    )
    assert lit.max() > 50
    assert np.abs(lit - shaded).max() <= 1


def cube_maps(position, hidden_side, size=32, near=1.0):
    """The six maps of a point light, one of which has something opaque at a depth of `near` all over it."""
    maps = []
    for side in range(6):
        axis, sign = divmod(side, 2)
        depth = np.zeros(3)
        depth[axis] = 1.0 - 2 * sign
        columns, rows = np.eye(3)[(axis + 1) % 3], np.eye(3)[(axis + 2) % 3]
        texel = 2.0 / (size - 1)
        middle = (size - 1) / 2
        linear = np.array([columns / texel + middle * depth, rows / texel + middle * depth, depth, depth])
        matrix = np.eye(4)
        matrix[:, :3] = linear
        matrix[:, 3] = -linear @ np.array(position)
        depths = np.full((size, size), near if side == hidden_side else np.inf, np.float32)
        maps.append(DepthMap(depths, matrix, np.array([columns, rows, depth]), texel, 0.01))
    return tuple(maps)


def test_a_point_light_has_a_shadow_on_each_side_of_a_cube(stage):
    position = (-0.2, -1.0, 0.0)
    lamp = Light("point", position, (1, 1, 1), 0.6)
    lit = taken(stage, wall(), [lamp])
    ahead = taken(stage, wall(), [lamp], Shade(None, (Shadow(1.0, cube_maps(position, 2, near=0.5)),)))
    right = taken(stage, wall(), [lamp], Shade(None, (Shadow(1.0, cube_maps(position, 0, near=0.5)),)))
    x = 4 * (np.arange(64) - 31.5) / 64 * 0.8
    assert lit[32, 32, 0] > 50
    assert (ahead[32, np.abs(x + 0.2) < 0.7] == 0).all()
    assert np.abs(right - lit)[:, np.abs(x + 0.2) < 0.95].max() <= 1
    assert ahead[32, (x > 0.85) & (x < 0.95)].max() > 20 * (lit[32, (x > 0.85) & (x < 0.95)].max() > 20)


def test_what_volumes_let_through_reaches_surfaces_lamp_by_lamp(stage):
    suns = [SUN, replace(SUN, intensity=0.3), replace(SUN, intensity=0.1)]
    half, tenth = (replace(level(0.5), values=np.full((25, 25, 25), 65535 // part, np.uint16)) for part in (2, 10))
    other = Cells(np.full((3, 3, 3), 65535 // 4, np.uint16), (-3.0,) * 3, 3.0)
    shade = Shade(None, (Shadow(1.0, through=half), Shadow(1.0, through=tenth), Shadow(1.0, through=other)))
    parts = [taken(stage, wall(), [sun])[32, 32, 0] for sun in suns]
    picture = taken(stage, wall(), suns, shade)
    assert abs(picture[32, 32, 0] - np.dot(parts, [0.5, 0.1, 0.25])) <= 2


def medium(shade, slope=0.0):
    """A dense cube, whose field rises along y."""
    transfer = TransferFunction(np.array([0.0, 1.0]), np.ones((2, 3)), ((0, 0.9), (1, 0.9)))
    values = np.full((16, 16, 16), 0.5, np.float32) + slope * np.linspace(-0.5, 0.5, 16, dtype=np.float32)[:, None]
    return Volume(values, (-1, -1, -1), (2 / 15,) * 3, transfer, 1.0, 0.1, 0.1, "composite", shade)


def test_shaded_volumes_get_the_light_that_reaches_them(stage):
    grey = Sky((level(0.25),), 1.0)
    whole = replace(level(1.0), values=np.full((25, 25, 25), 65535 // 4, np.uint16))
    lit = taken(stage, medium(True), [AMBIENT])[32, 32, 0]
    dimmed = taken(stage, medium(True), [AMBIENT], Shade(grey))[32, 32, 0]
    assert abs(dimmed - lit * 0.5**0.7) <= 2
    lit = taken(stage, medium(True), [SUN])[32, 32, 0]
    dimmed = taken(stage, medium(True), [SUN], Shade(None, (Shadow(1.0, in_volumes=whole),)))[32, 32, 0]
    assert abs(dimmed - lit * 0.5) <= 2
    for still in (medium(False), replace(medium(True), blend="additive")):
        shade = Shade(grey, (Shadow(1.0, in_volumes=whole),))
        assert (taken(stage, still, [AMBIENT, SUN], shade) == taken(stage, still, [AMBIENT, SUN])).all()


def test_surfaces_of_volumes_see_the_sky_on_the_side_of_the_eye(stage):
    sky = Sky((level(0.5, (0, -0.75, 0)),), 1.0)
    for sign in (-1, 1):
        view = replace(VIEW, position=np.array([0.0, 4.0 * sign, 0]), forward=np.array([0.0, -sign, 0]))
        lit = taken(stage, medium(True, 2.0), [AMBIENT], view=view)[32, 32, 0]
        dimmed = taken(stage, medium(True, 2.0), [AMBIENT], Shade(sky), view)[32, 32, 0]
        assert abs(dimmed / lit - (1 if sign < 0 else 0)) < 0.05


@pytest.mark.parametrize("bits", [16, 32])
def test_plates_of_more_bits_have_the_same_light(stage, bits):
    shade = Shade(Sky((level(0.5, (0, 0, 0.75)),), 1.0), (Shadow(0.5, (sun_map(np.full((9, 9), -3.0)),)),))
    finer = Stage(bits)
    try:
        finer.hang([PROPS["spheres"]], [AMBIENT, SUN], shade)
        picture = finer.photograph(VIEW, BLACK)
    finally:
        finer.close()
    usual = taken(stage, PROPS["spheres"], [AMBIENT, SUN], shade)
    off = np.abs(picture.astype(float) * (255 / 65535 if bits == 16 else 255) - usual)
    assert off[inner(usual.max(axis=2) > 0)].max() <= 2


def test_translucent_things_are_peeled_in_the_same_light(stage):
    shade = Shade(Sky((level(0.5),), 1.0), (Shadow(0.5, (sun_map(np.full((9, 9), -3.0)),)),))
    lights = [replace(AMBIENT, intensity=0.5), replace(SUN, intensity=0.3)]
    clear = replace(wall(), opacity=0.5)
    behind = replace(clear, position=CORNERS + np.array([0, 0.5, 0]))
    lit, dimmed = (taken(stage, [clear, behind], lights, one)[32, 32, 0] for one in (None, shade))
    assert abs(dimmed - 0.5 * lit) <= 2
    fog = replace(
        medium(False), transfer=TransferFunction(np.array([0.0, 1.0]), np.zeros((2, 3)), ((0, 0.01), (1, 0.01)))
    )
    balls = replace(PROPS["spheres"], colors=np.array([[255, 255, 255, 128]], np.uint8))
    lit, dimmed = (taken(stage, [balls, fog], lights, one)[32, 32, 0] for one in (None, shade))
    assert abs(dimmed - 0.5 * lit) <= 2


def test_the_same_light_is_not_made_again(stage, monkeypatch):
    made = []
    from moviemaker.stage.shading import light_textures

    usual = light_textures.texture_of
    monkeypatch.setattr(light_textures, "texture_of", lambda *args, **named: made.append(1) or usual(*args, **named))
    sky, shadow = Sky((level(0.5),), 1.0), Shadow(0.5, (sun_map(np.full((9, 9), -3.0)),))
    for lights, shade in (
        ([AMBIENT, SUN], Shade(sky, (shadow,))),
        ([AMBIENT, SUN], Shade(sky, (shadow,))),
        ([AMBIENT, replace(SUN, intensity=0.1)], Shade(Sky(sky.levels, 0.3), (shadow,))),
        ([AMBIENT, SUN], Shade(sky, (None,))),
    ):
        taken(stage, [PROPS["spheres"], wall()], lights, shade)
    assert len(made) == 2


def test_light_far_from_the_origin_is_the_same(stage):
    shade = Shade(
        Sky((level(lambda place: 0.5 + place[..., 0] / 4),), 1.0), (Shadow(0.5, (sun_map(np.full((9, 9), -3.0)),)),)
    )
    near = taken(stage, PROPS["spheres"], [AMBIENT, SUN], shade)
    from moviemaker.core.coordinates import Translation

    away = np.array([4e6, -3e6, 1e6])
    there = Translation(tuple(away.tolist()))
    prop = replace(PROPS["spheres"], position=PROPS["spheres"].position + away)
    far = taken(stage, prop, [AMBIENT, SUN], shade.mapped(there), replace(VIEW, position=VIEW.position + away))
    assert np.abs(far - near).max() <= 1
