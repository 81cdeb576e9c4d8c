"""The place and the total of a particle's light in the pictures of all lenses and eyes."""

from __future__ import annotations

import math
from dataclasses import replace

import numba
import numpy as np
import pytest

from moviemaker.core.camera import Camera, Ods
from moviemaker.glow import _project
from moviemaker.glow.splatting import are_functions_compiled, splat_light
from moviemaker.lens.orthographic import Orthographic
from tests.glow.lens_formulas import EYE, LENSES, Z, direction, directions, glow, red_light, solid_angles
from tests.lens.ods_truth import rays

SIGMA = 1 / math.sqrt(8 * math.log(2))
rng = np.random.default_rng(1)


def pixel_angle(name: str, size: tuple[int, int] | None = None) -> float:
    """The smallest angle of a pixel, roughly, radians."""
    width, height = size or LENSES[name][2]
    a = direction(name, width / 2 + 1, height / 2 + 5.0, size)
    return float(np.linalg.norm(a - direction(name, width / 2 + 1, height / 2 + 6.0, size)))


def places(name: str, count: int = 25) -> np.ndarray:
    """Columns and rows (n, 2) well inside of the picture, and of each face of a cubemap."""
    width, height = LENSES[name][2]
    if name == "cubemap":
        side = width / 3
        return rng.uniform(24, side - 24, (count, 2)) + side * rng.integers([0, 0], [3, 2], (count, 2))
    if LENSES[name][0].projection == "fisheye":
        most = 110 / max(110, LENSES[name][0].aperture / 2)  # degrees; farther out a glow is as wide as near a pole
        r, turn = rng.uniform(0, most**2, count) ** 0.5 * (width / 2 - 24), rng.uniform(0, 2 * np.pi, count)
        return np.stack([r * np.cos(turn), r * np.sin(turn)], axis=1) + width / 2
    margin = 60 if "vr180" in name or "equi" in name else 45  # from the poles, where a glow is as wide as the picture
    return np.stack([rng.uniform(45, width - 45, count), rng.uniform(margin, height - margin, count)], axis=1)


def centroid(picture: np.ndarray) -> tuple[float, float]:
    rows, columns = np.indices(picture.shape) + 0.5
    return (columns * picture).sum() / picture.sum(), (rows * picture).sum() / picture.sum()


@pytest.mark.parametrize("width", [0.1, 1.5])
@pytest.mark.parametrize("name", LENSES)
def test_a_glow_is_at_the_place_of_its_direction(name, width):
    for column, row in places(name):
        away = rng.uniform(2, 9)
        made = red_light(name, glow(away * direction(name, column, row), width * pixel_angle(name) * away))
        assert centroid(made) == pytest.approx((column, row), abs=0.02)


def test_a_parallel_projection_keeps_place_and_width():
    lens, size = Orthographic(height=8), (200, 160)
    for x, z, depth in rng.uniform(-3, 3, (20, 3)):
        made = splat_light([glow([x, depth, z], 0.4)], lens.projections(EYE, size), size)[0]
        assert centroid(made) == pytest.approx((100 + 20 * x, 80 - 20 * z), abs=0.02)
        assert made.sum() / 400 == pytest.approx(2 * math.pi * (0.4 * SIGMA) ** 2, rel=0.01)


@pytest.mark.parametrize("merge", [(60.0, 75.0), "cosine"], ids=str)
@pytest.mark.parametrize("radius", [-0.2, 0.2], ids=["left", "right"])
def test_each_eye_of_omnidirectional_stereo_sees_a_glow_along_its_ray(radius, merge):
    fade = (0.0, -1.0) if merge == "cosine" else tuple(np.radians(merge))
    eye = replace(EYE, ods=Ods(radius, Z, fade))
    for name in ("equirectangular", "domemaster"):
        for _ in range(20):
            latitude, turn = (
                rng.uniform(-80, 80) if name == "equirectangular" else rng.uniform(12, 88),
                rng.uniform(0, 360),
            )
            latitude, turn = math.radians(latitude), math.radians(turn)
            out = rng.uniform(1, 5)
            point = out * np.array(
                [math.cos(latitude) * math.sin(turn), math.cos(latitude) * math.cos(turn), math.sin(latitude)]
            )
            made = red_light(name, glow(point, 1e-3), eye)
            top = np.unravel_index(made.argmax(), made.shape)
            near = np.roll(made, 256 - top[1], axis=1) if name == "equirectangular" else made
            column, row = centroid(near)
            column -= 256 - top[1] if name == "equirectangular" else 0
            start, ahead = rays(np.zeros(3), direction(name, column, row), radius, merge)
            missed = np.linalg.norm(np.cross(point - start, ahead)) / ((point - start) @ ahead)
            # Near the poles a pixel is narrow, and light that is wider than the pixel has another centroid.
            if abs(latitude) < 1.2 or name == "domemaster":
                assert missed < 0.02 * math.pi / 256
            assert (point - start) @ ahead > 0


def test_particles_nearer_to_the_axis_than_the_eyes_are_invisible():
    eye = replace(EYE, ods=Ods(0.2, Z, (1.0, 1.3)))
    assert red_light("equirectangular", glow([0.1, 0.1, 0.05]), eye).max() == 0
    assert red_light("equirectangular", glow([0.1, 0.1, 3.0]), eye).max() > 0  # the eyes are merged there


@pytest.mark.parametrize("name", LENSES)
@pytest.mark.parametrize("width", [0.1, 0.7, 3.0, 12.0, 50.0])
def test_the_total_light_of_a_particle_is_the_same_in_all_lenses(name, width):
    angle = solid_angles(name)
    where = places(name, 4)
    if width > 12:  # all of it has to be in the picture
        middle = np.array(LENSES[name][2]) / 2
        where = (
            np.array([[192 - 64, 64.0], [320, 192]]) if name == "cubemap" else middle[None] + rng.uniform(-3, 3, (2, 2))
        )
        if name in ("perspective", "sheared"):
            where = middle[None]
    for column, row in where:
        away = rng.uniform(2, 9)
        size = 2 * away * math.tan(width * pixel_angle(name) / 2)
        made = red_light(name, glow(away * direction(name, column, row), size))
        sigma = SIGMA * width * pixel_angle(name)
        expected = 2 * math.pi * sigma**2 * (1 - sigma**2 / 3)  # of a Gaussian of angle on a sphere, to second order
        inside = 0.97 if width > 12 and name in ("perspective", "sheared", "cubemap") else 1  # some is beyond the edge
        assert (made * angle).sum() == pytest.approx(expected, rel=0.012 if inside == 1 else 0.04)


@pytest.mark.parametrize("latitude", [60, 80, 85, 88, 89, 89.5, 89.9, 90])
@pytest.mark.parametrize("width", [0.1, 1.0, 4.0, 30.0])
def test_light_at_the_poles_is_round_and_has_the_right_total(latitude, width):
    name, height = "equirectangular", 256
    lat = math.radians(latitude)
    middle = np.array([0, math.cos(lat), math.sin(lat)])
    size = 2 * math.tan(width * math.pi / height / 2)
    made = red_light(name, glow(middle, size))
    sigma = SIGMA * width * math.pi / height
    total = (made * solid_angles(name)).sum()
    assert total == pytest.approx(2 * math.pi * sigma**2 * (1 - sigma**2 / 3), rel=0.012)
    if width >= 4:
        angle = np.arccos(np.clip(directions(name) @ middle, -1, 1))
        expected = np.exp(-((angle / sigma) ** 2) / 2)
        assert np.abs(made - expected).max() < 0.02


@pytest.mark.parametrize("size", [(256, 128), (1024, 512), (2048, 1024)], ids=str)
def test_light_does_not_depend_on_the_resolution(size):
    point = 5 * direction("equirectangular", 300.3, 90.2)
    made = red_light("equirectangular", glow(point, 0.03), size=size)
    sigma = SIGMA * 0.03 / 5
    assert (made * solid_angles("equirectangular", size)).sum() == pytest.approx(2 * math.pi * sigma**2, rel=0.01)


def test_light_falls_with_the_square_of_the_distance_but_its_peak_does_not():
    near, far = (red_light("equirectangular", glow([0, away, 0.01], 0.3)) for away in (2, 4))
    assert near.max() == pytest.approx(1, rel=0.03)
    assert far.max() == pytest.approx(1, rel=0.03)
    assert far.sum() / near.sum() == pytest.approx(1 / 4, rel=0.02)


def test_light_fades_when_the_eye_enters_a_particle():
    tops = [red_light("equirectangular", glow([0, away, 0], 0.5)).max() for away in (1e-3, 0.1, 0.3, 0.4, 1.0)]
    assert tops == sorted(tops)
    assert tops[0] < 1e-4
    assert tops[-1] == pytest.approx(1, rel=0.01)


@pytest.mark.parametrize("width", [4.0, 30.0])
def test_light_has_no_seams_at_the_edges_of_a_cubemap(width):
    size, ahead = (768, 512), directions("cubemap", (768, 512))
    sigma = SIGMA * width * 2 / 256
    for lon, lat in ((45, 3), (44.9, 34), (135, -20), (-45.2, 0), (-134.8, 20), (44.3, 35.5), (0, 45.1), (90, -44.9)):
        lon, lat = math.radians(lon), math.radians(lat)
        point = np.array([math.cos(lat) * math.sin(lon), math.cos(lat) * math.cos(lon), math.sin(lat)])
        made = red_light("cubemap", glow(point, 2 * math.tan(width / 256)), size=size)
        # It follows the formula on all faces.
        angle = 2 * np.arcsin(np.linalg.norm(ahead - point, axis=-1) / 2)
        assert np.abs(made - np.exp(-((angle / sigma) ** 2) / 2)).max() < 0.015
        right, left, front, back = made[:256, :256], made[:256, 256:512], made[256:, 256:512], made[256:, 512:]
        for one, other in ((front, right), (right, back), (back, left), (left, front)):
            across = np.abs(one[:, -1] - other[:, 0]).max()
            if max(one[:, -1].max(), other[:, 0].max()) > 0.5:
                inside = max(np.abs(np.diff(face, axis=1)).max() for face in (one, other))
                assert across <= 1.1 * inside


@pytest.mark.parametrize("width", [0.5, 4.0, 30.0])
@pytest.mark.parametrize("latitude", [0, 30, 80])
def test_light_continues_across_the_seam_of_a_panorama(width, latitude):
    lat, made = math.radians(latitude), []
    for lon in (0.005, 0.005 + math.pi):
        point = [math.cos(lat) * math.sin(lon), math.cos(lat) * math.cos(lon), math.sin(lat)]
        made.append(red_light("equirectangular", glow(point, width * math.pi / 256)))
    assert min(made[1][:, 0].max(), made[1][:, -1].max()) > 0.02
    assert np.abs(np.roll(made[0], 256, axis=1) - made[1]).max() < 1e-5


@pytest.mark.parametrize("off", [0.005, -0.005])
@pytest.mark.parametrize("width", [0.5, 3.0])
@pytest.mark.parametrize("latitude", [0, 60])
def test_light_continues_across_the_seam_of_a_panorama_of_any_width(width, latitude, off):
    size, lat, made = (500, 250), math.radians(latitude), []
    lens = LENSES["equirectangular"][0]
    for lon in (off, off + math.pi):
        point = [math.cos(lat) * math.sin(lon), math.cos(lat) * math.cos(lon), math.sin(lat)]
        made.append(splat_light([glow(point, width * math.pi / 250)], lens.projections(EYE, size), size)[0])
    assert min(made[1][:, 0].max(), made[1][:, -1].max()) > 0.02
    assert np.abs(np.roll(made[0], 250, axis=1) - made[1]).max() < 1e-5


@pytest.mark.parametrize("width", [0.5, 2.0, 4.0, 9.0, 20.0])
def test_light_is_the_same_across_the_edges_of_tiles(width):
    lens, size = Orthographic(height=200), (200, 200)
    projections = lens.projections(EYE, size)

    def at(column: float, row: float) -> np.ndarray:
        return splat_light([glow([column - 100, 3, 100 - row], width)], projections, size)[0]

    inside = at(32.3, 32.6)[:64, :64]
    for right, down in ((29, 31), (31, 0), (32, 33), (34, 96), (160, 32), (167, 167)):
        expected = np.zeros((264, 264))
        expected[down : down + 64, right : right + 64] = inside
        assert np.abs(at(32.3 + right, 32.6 + down) - expected[:200, :200]).max() < 2e-5


@pytest.mark.parametrize("width", [0.5, 4.0, 9.0])
def test_nearer_opaque_things_hide_light_across_the_edges_of_tiles(width):
    lens, size = Orthographic(height=200), (200, 200)
    projections = lens.projections(EYE, size)
    columns, rows = np.meshgrid(np.arange(4, 200, 3.7), np.arange(4, 200, 3.7))
    many = glow(np.stack([columns.ravel() - 100, np.full(columns.size, 3.0), 100 - rows.ravel()], axis=1), width)
    walls = np.where(rng.uniform(size=(200, 200)) < 0.5, 2.0, np.inf).astype(np.float32)
    free, hidden = (splat_light([many], projections, size, wall)[0] for wall in (None, walls))
    assert (free > 0).mean() > 0.8
    assert (hidden == np.where(walls > 3, free, 0)).all()


def test_light_below_a_dome_does_not_appear_around_its_rim():
    lens, eye, size = LENSES["domemaster"]
    below = glow([[0, 0, -3.0], [1e-3, 0, -3.0], [0.01, 0.02, -1.0]], 0.05)
    assert splat_light([below], lens.projections(eye, size), size).max() == 0
    whole, eye, size = LENSES["whole disk"]
    assert splat_light([below], whole.projections(eye, size), size).max() > 0


def test_nearer_opaque_things_hide_light():
    lens, eye, size = LENSES["perspective"]
    walls = np.full(size[::-1], np.inf, np.float32)
    walls[:, :160] = 4.0
    projections = lens.projections(eye, size)
    for width in (0.02, 1.5):  # an ellipse, and round light
        behind, before = (splat_light([glow([0, away, 0], width)], projections, size, walls)[0] for away in (4.1, 3.9))
        free = splat_light([glow([0, 4.1, 0], width)], projections, size)[0]
        assert (behind[:, :160] == 0).all()
        assert (behind[:, 160:] == free[:, 160:]).all()
        assert before[:, :160].max() > 0.1


def test_any_number_of_cores_gives_the_same_bytes():
    position = rng.normal(size=(30000, 3)) * 2
    sizes = rng.uniform(0.001, 0.3, 30000)
    lens, eye, size = LENSES["equirectangular"]
    many = glow(position, sizes, rng.uniform(0, 1, 30000))
    made = []
    for cores in (1, 2):
        numba.set_num_threads(min(cores, numba.config.NUMBA_NUM_THREADS))
        made.append(splat_light([many], lens.projections(eye, size), size).tobytes())
    numba.set_num_threads(numba.config.NUMBA_NUM_THREADS)
    assert made[0] == made[1]


def test_the_light_of_many_particles_is_the_sum_of_their_light(monkeypatch):
    position = rng.normal(size=(60, 3))
    lens, eye, size = LENSES["cubemap"]
    one_by_one = sum(splat_light([glow(p, 0.2)], lens.projections(eye, size), size) for p in position)
    monkeypatch.setattr("moviemaker.glow.splatting.PARTICLES", 20)
    monkeypatch.setattr("moviemaker.glow.splatting.ENTRIES", 100)
    together = splat_light([glow(position, 0.2)], lens.projections(eye, size), size)
    assert np.abs(together - one_by_one).max() < 1e-4 * one_by_one.max()


def test_an_sph_kernel_contains_all_light_of_a_particle():
    size = (1024, 512)
    angle = solid_angles("equirectangular", size)
    for h in (0.002, 0.05, 0.5):
        made = red_light("equirectangular", glow([0, 5, 1], h, 3.0, profile="sph", total=True), size=size)
        assert (made * angle).sum() == pytest.approx(3.0 / 26, rel=0.012)  # 3 over the square of the distance
    apart = np.linalg.norm(directions("equirectangular", size) - np.array([0, 5, 1]) / math.sqrt(26), axis=-1)
    assert made[apart > 2 * 0.5 / math.sqrt(26) * 1.02].max() == 0


def test_invalid_particles_have_no_light():
    position = [[np.nan, 0, 0], [np.inf, 1, 0], [0, 0, 0], [0, 2, 0], [0, 3, 0]]
    made = red_light("equirectangular", glow(position, [1, 1, 1, 0, 1], [1, 1, 1, 1, np.nan]))
    assert (made == 0).all()


def test_particles_behind_the_camera_are_invisible():
    assert red_light("perspective", glow([0, -2, 0], 0.1)).max() == 0
    assert red_light("perspective", glow([0.3, -0.02, 0.1], 0.01)).max() == 0


def test_a_camera_may_have_any_position_and_orientation():
    turn = np.linalg.qr(rng.normal(size=(3, 3)))[0]
    turn[:, 0] *= np.sign(np.linalg.det(turn))
    place = np.array([3.0, -2, 7])
    moved = Camera(place, turn[:, 1], turn[:, 2], turn[:, 0], EYE.fov, turn[:, 2])
    point = rng.normal(size=(50, 3))
    for name, (lens, eye, size) in LENSES.items():
        if eye is EYE:
            plain = splat_light([glow(point, 0.1)], lens.projections(EYE, size), size)
            same = splat_light([glow(point @ turn.T + place, 0.1)], lens.projections(moved, size), size)
            assert np.abs(same - plain).max() < 2e-4, name


@pytest.mark.parametrize("name", LENSES)
def test_an_earlier_picture_in_reused_memory_leaves_no_trace(name):
    lens, eye, size = LENSES[name]
    one, other = glow(3 * direction(name, 60.3, 61.2), 0.3), glow(3 * direction(name, 90.7, 80.4), 0.2)
    red = replace(
        other, colors=np.array([[255, 0, 0], [0, 255, 0]], np.uint8), position=np.repeat(other.position, 2, 0)
    )
    for glows in ([other], [one, other], [red, one]):
        fresh = splat_light(glows, lens.projections(eye, size), size)
        used = splat_light([one], lens.projections(eye, size), size)
        assert np.array_equal(splat_light(glows, lens.projections(eye, size), size, None, used), fresh)


@pytest.mark.parametrize("kind", [np.float32, np.float64])
def test_functions_are_compiled_once_for_arrays_that_can_be_written_and_others(kind):
    # Arrays of files mapped into memory cannot be written to, and those that are computed can. Each type of them that
    # Numba sees costs many seconds of compiling.
    given = glow(direction("perspective", np.array([40.5, 160.5]), np.array([50.5, 100.5])), 0.1)
    given = replace(given, position=given.position.astype(kind))
    lens, eye, size = LENSES["perspective"]
    pictures, types = [], []
    for writeable in (True, False):
        for array in (given.position, given.size, given.colors, given.brightness):
            array.flags.writeable = writeable
        pictures.append(splat_light([given], lens.projections(eye, size), size))
        types.append(len(_project._project.signatures))
    assert types[0] == types[1]
    assert np.array_equal(*pictures)
    assert are_functions_compiled()
