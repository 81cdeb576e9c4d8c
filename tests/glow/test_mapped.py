"""Glow through a mapping: compared with the compiled projections and with Mercator's formula."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import Any

import numba
import numpy as np
import pytest

from moviemaker.core.camera import Camera, Ods, viewer_frame
from moviemaker.core.errors import UserError
from moviemaker.core.projection import PixelMapping, Projection
from moviemaker.core.props import Glow
from moviemaker.glow import _mapped
from moviemaker.glow.splatting import splat_light
from moviemaker.lens.equirectangular import Equirectangular, from_angles
from tests.glow.lens_formulas import EYE, Z, directions, glow, red_light, solid_angles

SIZE = (512, 256)
SIGMA = 1 / math.sqrt(8 * math.log(2))
MONO = [EYE]
ODS = [replace(EYE, ods=Ods(radius, Z, fade)) for radius in (-0.2, 0.2) for fade in ((0.0, -1.0), (1.0, 1.3))]
rng = np.random.default_rng(7)


@dataclass(frozen=True)
class Longitudes:
    """An equirectangular picture."""

    size: tuple[int, int] = SIZE

    def places(self, directions: np.ndarray) -> np.ndarray:
        x, y, z = directions.T
        column = (np.arctan2(x, z) / (2 * math.pi) + 0.5) * self.size[0]
        return np.column_stack([column, (0.5 - np.arcsin(np.clip(y, -1, 1)) / math.pi) * self.size[1]])

    def rows(self, first: int, last: int) -> np.ndarray:
        return from_angles(first, last, self.size, 2 * math.pi)


@dataclass(frozen=True)
class Mercator:
    """A Mercator picture of a whole turn, up to the latitude at the edge of the picture."""

    size: tuple[int, int]

    def places(self, directions: np.ndarray) -> np.ndarray:
        x, y, z = directions.T
        scale = self.size[0] / (2 * math.pi)
        column, row = self.size[0] / 2 + scale * np.arctan2(x, z), self.size[1] / 2 - scale * np.arctanh(y)
        return np.column_stack([column, np.where((row >= 0) & (row <= self.size[1]), row, np.nan)])

    def rows(self, first: int, last: int) -> np.ndarray:
        scale = self.size[0] / (2 * math.pi)
        longitude = (np.arange(self.size[0]) + 0.5 - self.size[0] / 2) / scale
        up = (self.size[1] / 2 - np.arange(first, last) - 0.5)[:, None] / scale
        made = np.stack(np.broadcast_arrays(np.sin(longitude), np.sinh(up), np.cos(longitude)), axis=-1)
        return made / np.cosh(up)[..., None]


@dataclass(frozen=True)
class Faces:
    """A cubemap: six faces in two rows, whose edges continue elsewhere in the picture."""

    size: tuple[int, int] = (384, 256)

    def places(self, directions: np.ndarray) -> np.ndarray:
        side = self.size[0] / 3
        x, z, y = directions.T / np.abs(directions).max(axis=1)
        face = np.select([x >= 1, x <= -1, z >= 1, z <= -1, y >= 1], [0, 1, 2, 3, 4], 5)
        u = np.choose(face, [-y, y, x, x, x, -x])
        v = np.choose(face, [z, z, -y, y, z, z])
        return np.column_stack([face % 3 + (u + 1) / 2, face // 3 + (1 - v) / 2]) * side

    def rows(self, first: int, last: int) -> np.ndarray:
        return directions("cubemap", self.size)[first:last][..., [0, 2, 1]]


@dataclass(frozen=True)
class Circle:
    """A half sphere around the direction ahead; the corners of the picture are black."""

    size: tuple[int, int] = (256, 256)

    def places(self, directions: np.ndarray) -> np.ndarray:
        x, y, z = directions.T
        angle, out = np.arccos(np.clip(z, -1, 1)), np.hypot(x, y)
        radius = np.where(angle <= math.pi / 2, self.size[0] * angle / math.pi, np.nan)
        part = radius / np.where(out > 0, out, 1)
        return np.column_stack([x * part, -y * part]) + self.size[0] / 2

    def rows(self, first: int, last: int) -> np.ndarray:
        x = (np.arange(self.size[0]) + 0.5) * 2 / self.size[0] - 1
        y = 1 - (np.arange(first, last) + 0.5)[:, None] * 2 / self.size[1]
        out = np.hypot(x, y)
        angle = np.where(out <= 1, out * math.pi / 2, np.nan)
        part = np.sin(angle) / out
        return np.stack([x * part, y * part, np.cos(angle)], axis=-1)


def mapped(mapping: Any, eye: Camera, wraps: bool = False) -> tuple[Projection, ...]:
    size, axes = mapping.size, viewer_frame(eye, True).T
    turn = size[0] if wraps else 0
    return (Projection("mapped", eye.position, axes, size=size, turn=turn, ods=eye.ods, mapping=mapping),)


def both(particles: Glow, eye: Camera = EYE, nearest: np.ndarray | None = None) -> tuple[np.ndarray, np.ndarray]:
    """Light in the compiled equirectangular picture and in the mapped one."""
    compiled = Equirectangular().projections(eye, SIZE)
    of_mapping = mapped(Longitudes(), eye, wraps=True)
    return splat_light([particles], compiled, SIZE, nearest), splat_light([particles], of_mapping, SIZE, nearest)


def total(picture: np.ndarray) -> float:
    return float((picture * solid_angles("equirectangular", SIZE)).sum())


def at(longitude: float, latitude: float, away: float = 4.0) -> np.ndarray:
    lon, lat = math.radians(longitude), math.radians(latitude)
    return away * np.array([math.cos(lat) * math.sin(lon), math.cos(lat) * math.cos(lon), math.sin(lat)])


@pytest.mark.parametrize("profile", ["gaussian", "sph"])
@pytest.mark.parametrize("width", [0.001, 0.05, 0.2, 1.0, 3.0])
@pytest.mark.parametrize("longitude", [20.3, 179.9, -179.7])
@pytest.mark.parametrize("latitude", [0, 30, -60, 75, 85, -88])
def test_a_mapped_equirectangular_picture_matches_the_compiled_one(profile, width, longitude, latitude):
    compiled, made = both(glow(at(longitude, latitude), width, profile=profile))
    assert made.max() == pytest.approx(compiled.max(), rel=0.01)
    assert total(made) == pytest.approx(total(compiled), rel=1e-3)
    assert np.abs(made - compiled).max() < 0.01 * compiled.max()


@pytest.mark.parametrize("eye", [*MONO, *ODS], ids=["mono", "left", "left merging", "right", "right merging"])
@pytest.mark.parametrize("hidden", [False, True])
@pytest.mark.parametrize("several", [False, True])
def test_many_particles_match_the_compiled_picture_in_each_eye(eye, hidden, several):
    many = glow(rng.normal(size=(20000, 3)) * 3, rng.uniform(0.01, 0.2, 20000), rng.uniform(0, 1, 20000))
    if several:
        many = replace(many, colors=rng.integers(0, 256, (20000, 3)).astype(np.uint8))
    nearest = rng.uniform(1, 6, SIZE[::-1]).astype(np.float32) if hidden else None
    compiled, made = both(many, eye, nearest)
    for one, other in zip(made, compiled, strict=True):
        assert one.max() == pytest.approx(other.max(), rel=0.01)
        assert total(one) == pytest.approx(total(other), rel=1e-3)
    assert np.abs(made - compiled).mean() < 0.01 * compiled.mean()


@pytest.mark.parametrize("latitude", [88, 89, 89.5, 89.9, 90])
@pytest.mark.parametrize("width", [0.1, 1.0, 4.0])
def test_light_at_the_poles_has_the_right_total(latitude, width):
    sigma = SIGMA * width * math.pi / 256
    made = splat_light(
        [glow(at(30, latitude, 1.0), 2 * math.tan(width * math.pi / 512))], mapped(Longitudes(), EYE), SIZE
    )
    assert total(made[0]) == pytest.approx(2 * math.pi * sigma**2 * (1 - sigma**2 / 3), rel=3e-3)


def test_particles_nearer_to_the_axis_than_the_eyes_are_invisible():
    for eye in ODS:
        assert both(glow([0.1, 0.1, 0.05]), eye)[1].max() == 0


def test_opaque_things_hide_the_light_behind_them():
    nearest = np.full(SIZE[::-1], np.inf, np.float32)
    nearest[:, :256] = 4.0
    for width in (0.02, 1.5):  # an ellipse, and round light
        behind, before, free = (
            both(glow([0, away, 0], width), nearest=walls)[1]
            for away, walls in ((4.1, nearest), (3.9, nearest), (4.1, None))
        )
        assert (behind[..., :256] == 0).all()
        assert (behind[..., 256:] == free[..., 256:]).all()
        assert before[..., :256].max() > 0.02


@pytest.mark.parametrize("width", [0.1, 2.0])
def test_twelve_particles_are_where_mercators_formula_puts_them(width):
    size = (600, 600)
    for k in range(12):
        longitude, latitude = -180 + 30 * k + 5, -75 + 13 * k
        pixel = 2 * math.pi / 600 * math.cos(math.radians(latitude))
        one = glow(at(longitude, latitude), 4 * width * pixel)
        made = splat_light([one], mapped(Mercator(size), EYE, wraps=True), size)[0]
        column = 300 + 300 / math.pi * math.radians(longitude)
        row = 300 - 300 / math.pi * math.log(math.tan(math.radians(45 + latitude / 2)))
        rows, columns = np.indices(made.shape) + 0.5
        across = (columns - column + 300) % 600 - 300  # the short way around
        assert made.sum() > 0.005
        assert abs((across * made).sum() / made.sum()) < 0.02
        assert (rows * made).sum() / made.sum() == pytest.approx(row, abs=0.02)


@pytest.mark.parametrize("width", [0.1, 1.0, 4.0])
def test_light_continues_across_the_edges_of_faces(width):
    size, angle = (384, 256), solid_angles("cubemap")
    sigma = SIGMA * width * 2 / 128
    for longitude, latitude in ((45, 0), (45, 35.2), (-44.9, 20), (135, -30), (0, 45.1), (90, -44.9), (10, 20)):
        made = splat_light([glow(at(longitude, latitude, 1.0), 2 * math.tan(width / 128))], mapped(Faces(), EYE), size)[
            0
        ]
        assert (made * angle).sum() == pytest.approx(2 * math.pi * sigma**2 * (1 - sigma**2 / 3), rel=0.02)
        if width == 4:
            assert (
                np.abs(made - red_light("cubemap", glow(at(longitude, latitude, 1.0), 2 * math.tan(width / 128)))).max()
                < 0.01
            )


def test_pixels_outside_of_the_mapping_are_dark():
    many = glow(rng.normal(size=(3000, 3)), 0.05)
    made = splat_light([many], mapped(Circle(), EYE), (256, 256))[0]
    dark = np.isnan(Circle().rows(0, 256)[..., 0])
    assert (made[dark] == 0).all()
    assert (made[~dark] > 0).mean() > 0.9


def test_light_of_several_glows_adds_up_and_replaces_an_earlier_picture():
    particles = [glow(at(10, 20), 0.3), glow(at(-50, 70), 0.02)]
    projections = mapped(Longitudes(), EYE, wraps=True)
    first, second = (splat_light([one], projections, SIZE) for one in particles)
    together = splat_light(particles, projections, SIZE, None, np.full_like(first, np.nan))
    assert np.allclose(together, first + second, atol=1e-6)


def test_any_number_of_cores_gives_the_same_bytes(monkeypatch):
    monkeypatch.setattr(_mapped, "PARTICLES", 1000)
    many = glow(rng.normal(size=(3000, 3)) * 2, rng.uniform(0.001, 0.3, 3000))
    made = []
    for cores in (1, 2):
        numba.set_num_threads(min(cores, numba.config.NUMBA_NUM_THREADS))
        made.append(splat_light([many], mapped(Longitudes(), EYE, wraps=True), SIZE).tobytes())
    numba.set_num_threads(numba.config.NUMBA_NUM_THREADS)
    assert made[0] == made[1]


def test_the_error_about_an_array_of_the_wrong_shape_names_the_mapping():
    class Wrong(Longitudes):
        def places(self, directions: np.ndarray) -> np.ndarray:
            return super().places(directions).T

    with pytest.raises(UserError, match=r"test_mapped\..*Wrong\.places gives an array of shape \(2, \d+\) instead of"):
        splat_light([glow([0, 2, 0])], mapped(Wrong(), EYE), SIZE)


def test_a_projection_has_a_mapping_if_its_kind_says_so():
    mapping: PixelMapping = Longitudes()
    with pytest.raises(ValueError, match="mapping"):
        Projection("mapped", np.zeros(3), np.eye(3), size=SIZE)
    with pytest.raises(ValueError, match="mapping"):
        Projection("sphere", np.zeros(3), np.eye(3), size=SIZE, mapping=mapping)
