"""The tone curve of all light: below white nothing changes, above it the hue stays."""

from __future__ import annotations

import numpy as np
import pytest

from moviemaker.core.colors import linear_from_srgb, srgb_from_linear
from moviemaker.glow.tone_mapping import develop, expose


def developed(light: np.ndarray, filmic: bool = False, glow: np.ndarray | None = None) -> np.ndarray:
    """The picture (1, n, 3) of the light of n pixels (n, 3)."""
    picture = np.zeros((1, len(light), 3), np.uint8)
    planes = None if glow is None else np.ascontiguousarray(glow.T[:, None].astype(np.float32))
    develop(np.ascontiguousarray(light.T[:, None].astype(np.float32)), planes, filmic, picture)
    return picture[0]


def test_up_to_white_everything_stays_as_it_is() -> None:
    codes = np.random.default_rng(0).integers(0, 256, (500, 3)).astype(np.uint8)
    codes[0], codes[1] = 0, 255
    assert (developed(linear_from_srgb(codes / 255)) == codes).all()


@pytest.mark.parametrize("filmic", [False, True])
def test_what_is_brighter_than_white_keeps_its_hue(filmic: bool) -> None:
    color = np.array([1.0, 0.4, 0.1])
    for strength in (1.2, 2.0, 3.0):
        seen = linear_from_srgb(developed(strength * color[None], filmic)[0] / 255)
        assert seen / seen[0] == pytest.approx(color, abs=0.02)
    assert developed(1e4 * color[None], filmic).min() > 240  # at last it is white


def test_a_filmic_curve_tells_apart_what_is_brighter_than_white_and_leaves_what_is_dark() -> None:
    grey = np.array([0.1, 0.45, 1.0, 1.5, 2.0, 3.0])
    seen = developed(np.repeat(grey[:, None], 3, axis=1), True)[:, 0].astype(int)
    assert seen[:2] == pytest.approx(255 * srgb_from_linear(grey[:2]), abs=1)
    assert (np.diff(seen) > 1).all()
    assert seen[-1] <= 255


def test_the_light_of_glows_is_added_as_by_expose() -> None:
    random = np.random.default_rng(1)
    codes = random.integers(0, 256, (300, 3)).astype(np.uint8)
    glow = random.exponential(2, (300, 3)) * (random.uniform(size=(300, 1)) < 0.7)
    picture = codes[None].copy()
    expose(np.ascontiguousarray(glow.T[:, None].astype(np.float32)), picture)
    seen = developed(linear_from_srgb(codes / 255), glow=glow)
    assert np.abs(seen.astype(int) - picture[0]).max() <= 1


def test_before_transparency_light_is_as_opaque_as_it_is_bright() -> None:
    picture = np.zeros((1, 2, 4), np.uint8)
    light = np.zeros((3, 1, 2), np.float32)
    light[:, 0, 1] = 1.0
    develop(np.zeros((3, 1, 2), np.float32), light, False, picture)
    assert picture[0, 0].tolist() == [0, 0, 0, 0]
    assert picture[0, 1].tolist() == [picture[0, 1, 0]] * 4
