"""Stars of catalogues: where they are, how bright, of which colour, and how they move."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import moviemaker as mm
from moviemaker.cli import main
from moviemaker.core.colors import linear_from_srgb
from moviemaker.core.errors import InputError, SceneError
from moviemaker.core.fields import Particles
from moviemaker.data.describing.stars import star_keys
from moviemaker.layers.sky.starlight import black_body_colors, temperatures
from moviemaker.layers.stars import Stars

# Right ascension and declination (J2000, degrees), apparent magnitude, colour index, distance in parsecs.
BRIGHT = {
    "Sirius": (101.2872, -16.7161, -1.44, 0.01, 2.64),
    "Canopus": (95.9880, -52.6957, -0.62, 0.16, 95.0),
    "Arcturus": (213.9153, 19.1824, -0.05, 1.24, 11.26),
    "Vega": (279.2347, 38.7837, 0.03, 0.0, 7.68),
    "Capella": (79.1723, 45.9980, 0.08, 0.8, 13.1),
    "Rigel": (78.6345, -8.2016, 0.18, -0.03, 265.0),
    "Procyon": (114.8255, 5.2250, 0.40, 0.43, 3.51),
    "Betelgeuse": (88.7929, 7.4071, 0.45, 1.5, 153.0),
    "Achernar": (24.4285, -57.2368, 0.46, -0.16, 42.8),
    "Hadar": (210.9559, -60.3730, 0.61, -0.23, 120.0),
    "Altair": (297.6958, 8.8683, 0.76, 0.22, 5.13),
    "Aldebaran": (68.9802, 16.5093, 0.87, 1.54, 20.4),
    "Spica": (201.2982, -11.1613, 0.98, -0.24, 76.6),
    "Antares": (247.3519, -26.4320, 1.06, 1.86, 170.0),
    "Pollux": (116.3290, 28.0262, 1.16, 0.99, 10.4),
    "Fomalhaut": (344.4127, -29.6222, 1.17, 0.14, 7.7),
    "Deneb": (310.3580, 45.2803, 1.25, 0.09, 433.0),
    "Mimosa": (191.9303, -59.6888, 1.26, -0.24, 85.4),
    "Regulus": (152.0930, 11.9672, 1.36, -0.09, 24.3),
    "Adhara": (104.6565, -28.9721, 1.50, -0.21, 124.0),
}
AROUND = {"keyframes": [{"time": 0, "position": [0, 0, 0], "target": [1, 0, 0]}]}


def on_sky(ra: np.ndarray, dec: np.ndarray) -> np.ndarray:
    """Directions (n, 3) of right ascensions and declinations, degrees."""
    ra, dec = np.radians(ra), np.radians(dec)
    return np.stack([np.cos(ra) * np.cos(dec), np.sin(ra) * np.cos(dec), np.sin(dec)], axis=-1)


def sky(data: dict[str, Any], width: int, folder: Path, layer: dict[str, Any]) -> mm.Scene:
    """The whole sky, seen from the origin along x."""
    return mm.Scene.from_dict(
        {
            "duration": 10,
            "data": {"stars": {"kind": "particles"} | data},
            "layers": [{"kind": "stars", "data": "stars"} | layer],
            "camera": AROUND,
            "outputs": {"main": {"lens": "equirectangular", "size": [width, width // 2]}},
        },
        folder=folder,
    )


def found(picture: np.ndarray, reach: float) -> tuple[np.ndarray, np.ndarray]:
    """How far bright stars are from where they should be, in pixels (n, 2), and the luminance at their peaks (n,)."""
    light = linear_from_srgb(picture / 255.0) @ [0.2126, 0.7152, 0.0722]
    high, wide = light.shape
    rows, columns = np.indices(light.shape) + 0.5
    off, peak = [], []
    for ra, dec, *_ in BRIGHT.values():
        right = -((ra + 180) % 360 - 180)
        across = (columns - (right / 360 + 0.5) * wide + wide / 2) % wide - wide / 2
        down = rows - (0.5 - dec / 180) * high
        weight = np.where(np.hypot(across * math.cos(math.radians(dec)), down) < reach, light, 0)
        weight[weight < weight.max() / 2] = 0
        off.append([(weight * across).sum() / weight.sum(), (weight * down).sum() / weight.sum()])
        peak.append(weight.max())
    return np.array(off), np.array(peak)


def disc_light(picture: np.ndarray, reach: float = 1.0) -> np.ndarray:
    """The light that a picture sends from the discs of bright stars, without that of the sky around them, (n,).

    It is luminance times solid angle, as the eye adds it up: rows of pixels near a pole count as little as they show.
    """
    light = linear_from_srgb(picture / 255.0) @ [0.2126, 0.7152, 0.0722]
    high, wide = light.shape
    rows, columns = np.indices(light.shape) + 0.5
    up = 90 - rows / high * 180
    seen = on_sky(180 - columns / wide * 360, up)
    total = []
    for ra, dec, *_ in BRIGHT.values():
        away = np.degrees(np.arccos(np.minimum(seen @ on_sky(ra, dec), 1.0)))
        sky = np.median(light[(away > 1.5 * reach) & (away < 3 * reach)])
        total.append(((light - sky) * np.cos(np.radians(up)))[away < reach].sum())
    return np.array(total)


def bright_share(picture: np.ndarray, least: int) -> float:
    """The share of the sky that has a value of `least` or more, by solid angle."""
    high = len(picture)
    solid = np.sin(np.pi * (np.arange(high) + 0.5) / high)
    return float((picture.max(axis=2) >= least).mean(axis=1) @ solid / solid.sum())


@pytest.mark.parametrize("by", ["magnitude", "absolute_magnitude", "luminosity"])
def test_bright_stars_are_in_their_directions_and_order(tmp_path, by):
    ra, dec, magnitude, color, distance = np.array(list(BRIGHT.values())).T
    absolute = magnitude - 5 * np.log10(distance / 10)
    fields = {"magnitude": magnitude, "absolute_magnitude": absolute, "luminosity": 10 ** (0.4 * (4.83 - absolute))}
    np.savez(tmp_path / "s.npz", position=on_sky(ra, dec) * distance[:, None], b=fields[by], ci=color)
    scene = sky({"file": "s.npz"}, 1024, tmp_path, {by: "b", "color_index": "ci", "limit": 3.0, "size": 2.0})
    off, peak = found(scene.still(0.0), 6)
    assert np.hypot(*off.T).max() < 0.5
    assert (np.diff(peak) < 0.03 * peak[:-1]).all()
    assert peak[0] / peak[-1] == pytest.approx(10 ** (0.4 * 2.94), rel=0.15)


def test_bright_stars_of_all_hues_are_in_the_order_of_their_light(tmp_path):
    ra, dec, magnitude, color, _ = np.array(list(BRIGHT.values())).T
    np.savez(tmp_path / "s.npz", position=on_sky(ra, dec), mag=magnitude, ci=color)
    for limit in (6.5, 9.0):  # the brightest are then 9 and 90 times as bright as white
        scene = sky({"file": "s.npz"}, 1024, tmp_path, {"magnitude": "mag", "color_index": "ci", "limit": limit})
        light = disc_light(scene.still(0.0), 1.8)
        apart = np.diff(magnitude) >= 0.03  # of those 0.01 apart, 8 bits do not tell
        assert (np.diff(light)[apart] < 0).all()


@pytest.mark.slow
def test_a_real_sky_looks_the_same_at_every_resolution(tmp_path, real_data):
    data = {"file": str(real_data / "hyg_stars.vtp"), "select": "distance > 0.01"}
    layer = {"luminosity": "lum", "color_index": "ci"}
    pictures = {width: sky(data, width, tmp_path, layer).still(0.0) for width in (512, 1024, 2048)}
    for least in (64, 96, 128, 160, 192):
        shares = [bright_share(picture, least) for picture in pictures.values()]
        assert max(shares) < 1.2 * min(shares)
    # Betelgeuse and Achernar, and Deneb and Mimosa, are equally bright in the catalogue.
    order = [index for index, name in enumerate(BRIGHT) if name not in ("Achernar", "Mimosa")]
    for width in (1024, 2048):
        assert (np.diff(disc_light(pictures[width])[order]) < 0).all()
    off, _ = found(pictures[2048], 5)
    assert np.hypot(*off.T).max() < 0.5
    _, peak = found(sky(data, 2048, tmp_path, layer | {"limit": 3.0}).still(0.0), 5)
    assert (np.diff(peak) < 0.03 * peak[:-1]).all()


def drawn(layer: dict[str, Any], eye: tuple[float, float, float] = (0, 0, 0), year: float = 0.0, **fields: Any) -> Any:
    """The light of two stars as an eye sees it: at distance 10 along x, and at 20 along y."""
    sample = Particles(np.array([[10.0, 0, 0], [0, 20, 0]]), {name: np.array(each) for name, each in fields.items()})
    (glow,) = Stars.model_validate({"data": "s", "size": 1.0} | layer).show((year,), (sample,))
    return glow.seen_from(np.array(eye, float))


def test_five_magnitudes_are_a_hundred_times_the_light():
    seen = drawn({"magnitude": "mag"}, mag=[1.0, 6.0])
    assert seen.brightness[0] == pytest.approx(100 * seen.brightness[1])
    fainter = drawn({"magnitude": "mag", "limit": 4.0}, mag=[1.0, 6.0])
    assert fainter.brightness == pytest.approx(seen.brightness / 10)


def test_light_falls_with_the_square_of_the_distance_and_the_angle_stays():
    here, there = (drawn({"magnitude": "mag"}, eye, mag=[1.0, 1.0]) for eye in ((0, 0, 0), (5, 0, 0)))
    assert there.brightness[0] == pytest.approx(4 * here.brightness[0])
    assert here.size / [10, 20] == pytest.approx(np.full(2, 2 * math.tan(math.radians(0.5))))
    assert there.size[0] == pytest.approx(here.size[0] / 2)


def test_ten_parsecs_are_where_magnitudes_are_absolute():
    apparent = drawn({"magnitude": "mag"}, mag=[2.0, 9.0])
    absolute = drawn({"absolute_magnitude": "mag"}, mag=[2.0, 9.0])
    assert absolute.brightness[0] == pytest.approx(apparent.brightness[0])
    in_light_years = drawn({"absolute_magnitude": "mag", "parsec": 3.2616}, mag=[2.0, 9.0])
    assert in_light_years.brightness == pytest.approx(3.2616**2 * absolute.brightness)


def test_a_star_at_the_eye_and_unknown_magnitudes_are_left_out():
    seen = drawn({"magnitude": "mag"}, (10, 0, 0), mag=[1.0, math.nan])
    assert len(seen.position) == 0


def test_proper_motion_moves_stars_along_the_sky():
    degree = 3.6e6
    layer = {"magnitude": "mag", "proper_motion": ["pmra", "pmdec"], "epoch": 2000}
    seen = drawn(layer, year=2002, mag=[1.0, 1.0], pmra=[degree, 0.0], pmdec=[0.0, -degree])
    assert seen.position[0] == pytest.approx([10, 10 * math.radians(2), 0])
    assert seen.position[1] == pytest.approx([0, 20, -20 * math.radians(2)])


def test_stars_move_by_the_clock_of_a_film(tmp_path):
    np.savez(tmp_path / "s.npz", position=[[10.0, 0, 0]], mag=[-1.0], pmra=[3.6e6], pmdec=[0.0])
    scene = sky({"file": "s.npz"}, 360, tmp_path, {"magnitude": "mag", "proper_motion": ["pmra", "pmdec"]})
    columns = [scene.still(time)[90].sum(axis=1).argmax() for time in (0.0, 10.0)]
    assert columns[0] - columns[1] == pytest.approx(math.degrees(math.atan(math.radians(10))), abs=1)


def test_colors_of_stars_are_those_of_their_temperatures():
    assert temperatures(np.array([0.0, 0.65, 1.5])) == pytest.approx([10125, 5778, 3793], rel=0.01)
    blue, sun, red = black_body_colors(np.array([20000.0, 6504.0, 3000.0])).astype(int)
    assert blue[2] == 255 > blue[1] > blue[0]
    assert np.abs(sun - 255).max() <= 12  # white is 6504 K
    assert red[0] == 255 > red[1] > red[2]
    unknown = drawn({"magnitude": "mag", "temperature": "t", "color": [1, 0, 0]}, mag=[1.0, 1.0], t=[math.nan, 9000.0])
    assert unknown.colors[0].tolist() == [255, 0, 0]


@pytest.mark.parametrize(
    ("layer", "told"),
    [
        ({}, "stars without a brightness; name one field: magnitude"),
        ({"magnitude": "a", "luminosity": "b"}, "stars with magnitude and luminosity"),
        ({"magnitude": "a", "temperature": "b", "color_index": "c"}, "temperature and a color_index"),
        ({"magnitude": "a", "proper_motion": ["b"]}, "two names of fields"),
    ],
)
def test_mistakes_are_told(layer, told, tmp_path):
    np.savez(tmp_path / "s.npz", position=np.eye(3), a=np.ones(3), b=np.ones(3), c=np.ones(3))
    with pytest.raises((SceneError, InputError), match=told.replace("(", r"\(")):
        sky({"file": "s.npz"}, 64, tmp_path, layer)


def test_info_proposes_a_sky_for_a_catalogue(tmp_path, capsys, monkeypatch):
    random = np.random.default_rng(0)
    rows = np.column_stack([random.normal(size=(50, 3)) * 30, random.uniform(-1, 8, 50), random.uniform(0, 1.5, 50)])
    rows[0, :3] = [1e-6, 0, 0]
    np.savetxt(tmp_path / "cat.csv", rows, delimiter=",", header="x,y,z,absmag,ci", comments="")
    monkeypatch.chdir(tmp_path)
    assert not main(["info", "cat.csv"])
    (tmp_path / "sky.yaml").write_text(capsys.readouterr().out)
    scene = mm.load(tmp_path / "sky.yaml")
    (layer,) = scene.prepared.script.layers
    assert (layer.kind, layer.absolute_magnitude, layer.color_index) == ("stars", "absmag", "ci")
    assert len(scene.prepared.sources[layer.data].at(0.0).position) == 49
    assert scene.still(0.0, scale=0.25).max() > 60


def test_only_catalogues_are_taken_for_stars():
    assert star_keys(["Vmag", "B_V", "pmRA", "pmDE", "pmdec"]) == {
        "magnitude": "Vmag",
        "color_index": "B_V",
        "proper_motion": "[pmRA, pmdec]",
    }
    assert star_keys(["mass", "temperature"]) == {}
