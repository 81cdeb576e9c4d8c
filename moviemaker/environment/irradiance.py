"""What of a sky's light falls on a surface, by its normal.

Nine numbers for each colour nearly suffice: order-2 spherical harmonics of the light, each damped by what a cosine
leaves of it. R. Ramamoorthi and P. Hanrahan, "An Efficient Representation for Irradiance Environment Maps", SIGGRAPH
2001. A tenth, of order 4 and around the vertical, is for skies that are brightest or darkest at the horizon, which they
would make 4 % too bright.
"""

from __future__ import annotations

import math

import numpy as np

# Of a real spherical harmonic: its norm, times the factor of the cosine over pi (1, 2/3, 1/4 and -1/24 for the orders
# 0, 1, 2 and 4; equation 8 there), times the norm again: from the integral of light times a polynomial to its
# coefficient.
_ORDERS = np.array([1.0, 2 / 3, 2 / 3, 2 / 3, 1 / 4, 1 / 4, 1 / 4, 1 / 4, 1 / 4, -1 / 24])
_NORMS = np.array([1.0, 3.0, 3.0, 3.0, 15.0, 15.0, 5 / 4, 15.0, 15 / 4, 9 / 64]) / (4 * math.pi)


def harmonics(directions: np.ndarray) -> np.ndarray:
    """The ten polynomials (..., 10) of unit vectors (..., 3), in the order of `Environment.irradiance`."""
    x, y, z = np.moveaxis(directions, -1, 0)
    return np.stack([np.ones_like(x), y, z, x, x * y, y * z, 3 * z * z - 1, x * z, x * x - y * y, fourth(z)], axis=-1)


def fourth(z: np.ndarray) -> np.ndarray:
    """Eight times the Legendre polynomial of order 4."""
    return np.asarray((35 * z * z - 30) * z * z + 3)


def row_angles(height: int) -> tuple[np.ndarray, np.ndarray]:
    """Of the rows of an equirectangular picture: the latitudes of their middles, and their parts of all directions."""
    edges = np.linspace(math.pi / 2, -math.pi / 2, height + 1)
    return (edges[:-1] + edges[1:]) / 2, np.diff(-np.sin(edges)) / 2


def irradiance_of(light: np.ndarray) -> np.ndarray:
    """The coefficients (10, 3) of `Environment.irradiance`.

    Args:
        light: (rows, columns, 3), linear, equirectangular: ahead in the middle, left of it 90 degrees, up on top.
    """
    height, width = light.shape[:2]
    latitude, part = row_angles(height)
    turn = -2 * math.pi * ((np.arange(width) + 0.5) / width - 0.5)
    # The polynomials are products of those of latitude and of longitude, so the sums over columns come first. Within a
    # column the sines and cosines are averaged, so that one column is a sky without longitudes.
    once, twice = np.sinc(1 / width), np.sinc(2 / width)
    waves = [
        np.ones(width),
        once * np.sin(turn),
        once * np.cos(turn),
        twice * np.sin(2 * turn),
        twice * np.cos(2 * turn),
    ]
    one, sine, cosine, sine2, cosine2 = (np.einsum("rcv,c->rv", light, wave) / width for wave in waves)
    up, out = np.sin(latitude), np.cos(latitude)
    across = out * out
    sums = [
        part @ one,
        (part * out) @ sine,
        (part * up) @ one,
        (part * out) @ cosine,
        (part * across / 2) @ sine2,
        (part * out * up) @ sine,
        (part * (3 * up * up - 1)) @ one,
        (part * out * up) @ cosine,
        (part * across) @ cosine2,
        (part * fourth(up)) @ one,
    ]
    return np.asarray(4 * math.pi * (_NORMS * _ORDERS)[:, None] * np.array(sums))
