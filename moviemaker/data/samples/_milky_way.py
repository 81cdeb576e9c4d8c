"""A model of the Milky Way's gravity: MWPotential2014 of J. Bovy (2015), ApJS 216, 29, doi:10.1088/0067-0049/216/2/29.

Three parts: a bulge, rho ~ r^-1.8 exp(-(r / 1.9 kpc)^2); a Miyamoto-Nagai disk, a = 3 kpc, b = 0.28 kpc; and a
Navarro-Frenk-White halo with a scale of 16 kpc. They give 0.05, 0.60 and 0.35 of the radial force at 8 kpc from the
centre, where the circular velocity is 220 km/s.

Units: kpc, Myr and solar masses, so velocities are in kpc/Myr (1 kpc/Myr = 977.8 km/s). The disk's plane is z = 0.
"""

from __future__ import annotations

from functools import cache

import numpy as np

KPC_PER_MYR = 1.0227121650537077e-3  # one km/s
G = 4.30091e-6 * KPC_PER_MYR**2  # kpc^3 / Myr^2 / solar mass; 4.30091e-6 kpc (km/s)^2 / solar mass

SUN = 8.0
CIRCULAR = 220.0 * KPC_PER_MYR
BULGE, DISK, HALO = (share * CIRCULAR**2 / SUN for share in (0.05, 0.60, 0.35))  # radial forces at the Sun
BULGE_SLOPE, BULGE_CUT = 1.8, 1.9
DISK_A, DISK_B = 3.0, 0.28
HALO_SCALE = 16.0

_STEP, _REACH = 0.01, 400.0  # of the table of the spherical part: kpc


def _halo_shape(r: np.ndarray) -> np.ndarray:
    """Mass inside r of an NFW halo whose density is 1 / ((r/a) (1 + r/a)^2), without the 4 pi a^3."""
    x = r / HALO_SCALE
    shape: np.ndarray = np.log1p(x) - x / (1 + x)
    return shape


def _halo_gm() -> float:
    """G times 4 pi a^3 rho0 of the halo: mass inside r is this times the shape."""
    return float(HALO * SUN**2 / _halo_shape(np.array(SUN)))


def _disk_gm() -> float:
    """G times the mass of the disk."""
    return float(DISK * (SUN**2 + (DISK_A + DISK_B) ** 2) ** 1.5 / SUN)


@cache
def _bulge_table() -> tuple[np.ndarray, np.ndarray, float]:
    """Radii, G times the bulge's mass inside them, and G times its density where r^-1.8 exp(...) is 1."""
    # With u = r^1.2 the integral of r^2 r^-1.8 exp(-(r/c)^2) dr has a smooth integrand: exp(...) du / 1.2.
    power = 3 - BULGE_SLOPE
    u = np.linspace(0, (8 * BULGE_CUT) ** power, 20001)
    r = u ** (1 / power)
    values = np.exp(-((r / BULGE_CUT) ** 2)) / power
    inside = np.concatenate(([0.0], np.cumsum((values[1:] + values[:-1]) / 2 * np.diff(u))))
    scale = BULGE * SUN**2 / float(np.interp(SUN, r, inside))
    return r, inside * scale, scale / (4 * np.pi)


def _spherical_gm(r: np.ndarray) -> np.ndarray:
    """G times the mass of bulge and halo inside r."""
    radii, inside, _ = _bulge_table()
    total: np.ndarray = np.interp(r, radii, inside) + _halo_gm() * _halo_shape(r)
    return total


@cache
def _pull_table() -> np.ndarray:
    """Pull of bulge and halo divided by r, at multiples of the step."""
    r = np.maximum(np.arange(0, _REACH + 2 * _STEP, _STEP), _STEP)
    table: np.ndarray = _spherical_gm(r) / r**3
    return table


def acceleration(position: np.ndarray) -> np.ndarray:
    """Acceleration in kpc/Myr^2 at positions (3, n) in kpc, within 400 kpc of the centre."""
    x, y, z = position
    flat = x * x + y * y
    r = np.sqrt(flat + z * z)
    table = _pull_table()
    place = np.minimum(r / _STEP, len(table) - 2)
    index = place.astype(np.int64)
    low = table[index]
    pull = low + (place - index) * (table[index + 1] - low)
    height = np.sqrt(z * z + DISK_B**2)
    deep = DISK_A + height
    square = flat + deep * deep
    disk = _disk_gm() / (square * np.sqrt(square))
    sideways = pull + disk
    return np.stack((-x * sideways, -y * sideways, -z * (pull + disk * deep / height)))


def potential(position: np.ndarray) -> np.ndarray:
    """Potential in (kpc/Myr)^2 at positions (3, n); 0 at infinity."""
    x, y, z = position
    r = np.sqrt(x * x + y * y + z * z)
    disk = -_disk_gm() / np.sqrt(x * x + y * y + (DISK_A + np.sqrt(z * z + DISK_B**2)) ** 2)
    halo = -_halo_gm() * np.log1p(r / HALO_SCALE) / r
    radii, inside, _ = _bulge_table()
    # - GM(<r)/r - the integral of G dM / r outwards of r
    shells = np.diff(inside) / np.maximum((radii[1:] + radii[:-1]) / 2, 1e-9)
    outer = np.concatenate((np.cumsum(shells[::-1])[::-1], [0.0]))
    bulge = -np.interp(r, radii, inside) / r - np.interp(r, radii, outer)
    total: np.ndarray = disk + halo + bulge
    return total


def halo_density(r: np.ndarray) -> np.ndarray:
    """Density of the halo in solar masses per kpc^3 at distances from the centre."""
    x = np.maximum(r, 1e-3) / HALO_SCALE
    density: np.ndarray = _halo_gm() / G / (4 * np.pi * HALO_SCALE**3) / (x * (1 + x) ** 2)
    return density


def bulge_density(r: np.ndarray) -> np.ndarray:
    """Density of the bulge in solar masses per kpc^3 at distances from the centre."""
    r = np.maximum(r, 1e-3)
    density: np.ndarray = _bulge_table()[2] / G * r**-BULGE_SLOPE * np.exp(-((r / BULGE_CUT) ** 2))
    return density


def disk_density(x: np.ndarray, y: np.ndarray, z: np.ndarray) -> np.ndarray:
    """Density of the disk in solar masses per kpc^3 (Miyamoto & Nagai 1975, PASJ 27, 533)."""
    flat = x * x + y * y
    height = np.sqrt(z * z + DISK_B**2)
    deep = DISK_A + height
    top = DISK_A * flat + (DISK_A + 3 * height) * deep**2
    density: np.ndarray = _disk_gm() / G * DISK_B**2 / (4 * np.pi) * top / ((flat + deep**2) ** 2.5 * height**3)
    return density
