"""From light to a picture: the tone curve, the hue, and blending with the picture behind the light."""

from __future__ import annotations

import colorsys

import numpy as np
import pytest

from moviemaker.core.colors import linear_from_srgb, srgb_from_linear
from moviemaker.glow.tone_mapping import expose


def exposed(light: tuple[float, float, float], under: tuple[float, float, float] = (0, 0, 0), bits: int = 16):
    white = 2**bits - 1
    picture = np.empty((1, 1, 3), np.uint16 if bits == 16 else np.uint8)
    picture[:] = np.rint(white * np.array(under))
    expose(np.array(light, np.float32).reshape(3, 1, 1), picture)
    return picture[0, 0] / white


@pytest.mark.parametrize("amount", [1e-4, 0.001, 0.1, 1.0, 3.0])
@pytest.mark.parametrize("bits", [8, 16])
def test_grey_follows_the_curve(amount, bits):
    expected = srgb_from_linear(1 - np.exp(-np.array(amount)))
    assert exposed((amount,) * 3, bits=bits) == pytest.approx(np.full(3, expected), abs=0.51 / (2**bits - 1) + 2e-6)


@pytest.mark.parametrize("amount", [0.01, 0.1, 1.0, 3.0, 30.0, 300.0])
def test_the_hue_is_the_same_at_every_exposure(amount):
    color = np.array([0.2, 0.5, 1.0])
    seen = linear_from_srgb(exposed(tuple(amount * color)))
    assert colorsys.rgb_to_hsv(*seen)[0] == pytest.approx(colorsys.rgb_to_hsv(*color)[0], abs=2e-3)
    if amount <= 1:
        assert seen / seen[2] == pytest.approx(color, abs=4e-3)


def test_more_light_is_never_darker_and_very_much_light_is_white():
    seen = np.array([exposed((amount, 0.3 * amount, 0)) for amount in np.geomspace(1e-3, 1e4, 200)])
    assert (np.diff(seen, axis=0) >= 0).all()
    assert seen[-1].min() > 0.99


def test_light_blends_with_a_picture_as_if_both_were_exposed_together():
    one, other = 0.4, 0.9
    under = float(srgb_from_linear(1 - np.exp(-np.array(one))))
    both = srgb_from_linear(1 - np.exp(-np.array(one + other)))
    assert exposed((other,) * 3, (under,) * 3) == pytest.approx(np.full(3, both), abs=1e-4)


def test_pixels_without_light_do_not_change():
    picture = np.random.default_rng(0).integers(0, 256, (40, 50, 3)).astype(np.uint8)
    light = np.zeros((3, 40, 50), np.float32)
    light[0, 3, 4] = 0.5
    lit = picture.copy()
    expose(light, lit)
    assert (lit != picture).any(axis=2).sum() == 1
    assert lit[3, 4, 0] > picture[3, 4, 0]
    assert (lit[3, 4, 1:] == picture[3, 4, 1:]).all()


@pytest.mark.parametrize("bits", [8, 16])
def test_every_pixel_of_a_picture_follows_the_formulas(bits):
    rng = np.random.default_rng(1)
    light = (10 ** rng.uniform(-5, 2, (3, 7, 500))).astype(np.float32)
    light[:, :, 130:390] = 0  # wide enough that whole chunks are skipped
    light[:, rng.uniform(size=(7, 500)) < 0.2] = 0
    white = 2**bits - 1
    picture = rng.integers(0, white + 1, (7, 500, 3)).astype(np.uint8 if bits == 8 else np.uint16)
    lit = picture.copy()
    expose(light, lit)
    most = np.maximum(light.max(axis=0).astype(float), 1e-30)
    over = np.maximum(most - 3, 0)
    pale = (over / (over + 20)) ** 2
    glow = -np.expm1(-most) * (pale + (1 - pale) * light / most)
    under = linear_from_srgb(picture / white)
    both = np.moveaxis(glow, 0, 2) + under - np.moveaxis(glow, 0, 2) * under
    expected = np.where(light.any(axis=0)[..., None], white * srgb_from_linear(both), picture)
    assert np.abs(lit - expected).max() < 0.5 + 2e-6 * white
