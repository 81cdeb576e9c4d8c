import numpy as np
import pytest

from moviemaker.core.colors import linear_from_srgb, mix_colors, parse_color, srgb_from_linear
from moviemaker.core.errors import InputError


@pytest.mark.parametrize(
    ("written", "color"),
    [
        ("red", (1, 0, 0)),
        (" RebeccaPurple ", (0x66 / 255, 0x33 / 255, 0x99 / 255)),
        ("#ff8000", (1, 128 / 255, 0)),
        ("#F80", (1, 0x88 / 255, 0)),
        ([0, 0.5, 1], (0, 0.5, 1)),
        ((1, 1, 1), (1, 1, 1)),
    ],
)
def test_valid_colors(written, color):
    assert parse_color(written) == color


@pytest.mark.parametrize("written", ["#ff", "#ff00zz", [0, 0], [0, 0, 2], [0, 0, True], [0, 0, -0.1], 5, None, {}])
def test_invalid_colors(written):
    with pytest.raises(InputError, match="is not a colour; a colour is a CSS name"):
        parse_color(written)


def test_a_color_name_near_another():
    with pytest.raises(InputError, match="'crimsn' is not a colour; did you mean 'crimson'"):
        parse_color("crimsn")


def test_light_and_srgb_are_inverse():
    components = np.linspace(0, 1, 257)
    assert srgb_from_linear(linear_from_srgb(components)) == pytest.approx(components, abs=1e-12)
    assert linear_from_srgb(np.array(0.5)) == pytest.approx(0.21404114)


def test_mixing_starts_and_ends_with_the_colors_themselves():
    red, blue = parse_color("red"), parse_color("blue")
    assert mix_colors(red, blue, 0) is red
    assert mix_colors(red, blue, 1) is blue
    assert mix_colors(red, red, 0.3) is red


def test_half_way_from_red_to_blue_in_oklab():
    # Worked out from the published values: red is Lab (0.627955, 0.224863, 0.125846), blue (0.452014, -0.032457,
    # -0.311528), their middle (0.539985, 0.096203, -0.092841), and that in sRGB is #8c53a2.
    assert mix_colors((1, 0, 0), (0, 0, 1), 0.5) == pytest.approx((0x8C / 255, 0x53 / 255, 0xA2 / 255), abs=0.6 / 255)


def test_grays_mix_to_grays():
    red, green, blue = mix_colors((0, 0, 0), (1, 1, 1), 0.5)
    assert red == pytest.approx(green, abs=1e-6)
    assert green == pytest.approx(blue, abs=1e-6)
    assert linear_from_srgb(np.array(red)) == pytest.approx(0.125, abs=1e-6)
