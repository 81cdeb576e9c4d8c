"""Catalogues of stars among particles, and the first scene of one: the sky as it is seen from the origin."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

BRIGHTNESS = {
    "absolute_magnitude": ("absmag", "abs_mag", "absolute_magnitude", "m_v"),
    "luminosity": ("lum", "luminosity"),
    "magnitude": ("mag", "vmag", "v_mag", "mag_v", "apparent_magnitude", "phot_g_mean_mag", "gmag", "hpmag", "vtmag"),
}
"""Usual names of fields, in lower case, by the key of a layer of stars. The first that is found is taken."""

COLORS = {
    "color_index": ("ci", "bv", "b_v", "b-v", "color_index", "colour_index", "bvcolor"),
    "temperature": ("teff", "t_eff", "temperature", "teff_gspphot"),
}
MOTION = (("pmra", "pmdec"), ("pm_ra", "pm_dec"), ("pmra_cosdec", "pmdec"))
NEAREST = 1e-3
"""A star nearer than this part of the distance of the nearest others is the one from which the sky is seen."""


def star_keys(names: Iterable[str]) -> dict[str, str]:
    """The keys of a layer of stars by the fields of a catalogue; empty: it is not one, with a brightness and colours.

    >>> star_keys(["x", "lum", "ci"])
    {'luminosity': 'lum', 'color_index': 'ci'}
    >>> star_keys(["x", "mag", "speed"])
    {}
    """
    lower = {name.lower(): name for name in names}

    def first(keys: dict[str, tuple[str, ...]]) -> dict[str, str]:
        found = ((key, lower[name]) for key, usual in keys.items() for name in usual if name in lower)
        return dict([next(found, ("", ""))])

    bright, color = first(BRIGHTNESS), first(COLORS)
    if "" in bright or "" in color:
        return {}
    motion = next((pair for pair in MOTION if set(pair) <= set(lower)), None)
    moving = {} if motion is None else {"proper_motion": f"[{', '.join(lower[name] for name in motion)}]"}
    return bright | color | moving


def observer_radius(position: np.ndarray) -> float:
    """A distance from the origin within which only the star lies that is looked from; 0 if none is.

    Args:
        position: (n, 3).
    """
    away = np.sort(np.linalg.norm(position, axis=1))[:2]
    return float(away[1] * 0.01) if len(away) > 1 and away[0] < NEAREST * away[1] else 0.0


def stars_layer(data: str, keys: dict[str, str]) -> str:
    """The text of a layer of stars."""
    written = "".join(f"    {key}: {value}\n" for key, value in keys.items())
    return (
        f"  - kind: stars\n    data: {data}\n{written}    limit: 6.5   # magnitude of the faintest that are just seen\n"
    )


def sky_scene(scene: str, position: np.ndarray) -> str:
    """A scene of stars with a camera at the origin, which turns a little, and outputs for the sky.

    Args:
        scene: with another camera.
        position: (n, 3), of the stars. If most of them are in one direction, the camera looks there.
    """
    before = scene[: scene.index("\ncamera:\n")]
    away = np.linalg.norm(position, axis=1, keepdims=True)
    middle = (position / np.maximum(away, np.finfo(float).tiny)).mean(axis=0)
    longitude = float(np.degrees(np.arctan2(middle[1], middle[0])))
    latitude = float(np.degrees(np.arcsin(np.clip(middle[2] / max(float(np.linalg.norm(middle)), 1e-12), -1, 1))))
    if float(np.linalg.norm(middle)) < 0.5:
        longitude, latitude = 83.0, 0.0  # around Orion, which most people know
    height = np.radians(latitude)
    targets = [
        np.array([np.cos(turn) * np.cos(height), np.sin(turn) * np.cos(height), np.sin(height)])
        for turn in np.radians([longitude + 5, longitude - 5])
    ]
    duration = next(line.split()[1] for line in scene.splitlines() if line.startswith("duration:"))
    keys = "".join(
        f"    - {{time: {time}, position: [0, 0, 0], target: [{', '.join(f'{part:.4f}' for part in target)}]}}\n"
        for time, target in zip(("0", duration), targets, strict=True)
    )
    return f"""{before}
camera:
  up: [0, 0, 1]
  fov: 60
  keyframes:
{keys}
outputs:
  hd: {{lens: perspective, size: [1280, 720]}}
  sky: {{lens: equirectangular, size: [4096, 2048]}}
"""
