"""Public particles, a protein that opens and a catalogue of stars, compared with independent readers and drawn."""

from __future__ import annotations

import zipfile

import numpy as np
import pytest

import moviemaker as mm
from moviemaker.cli import main
from moviemaker.core.kinds import build
from moviemaker.data.particles import Particles

ATOMS, FRAMES = 3341, 98


def dcd_frame(path, frame):
    """Positions of a frame, from the records at the end of the file: x, then y, then z."""
    record = np.dtype([("size", "<i4"), ("values", "<f4", (ATOMS,)), ("again", "<i4")])
    start = path.stat().st_size - (FRAMES - frame) * 3 * record.itemsize
    return np.fromfile(path, record, count=3, offset=start)["values"].T


def psf_atoms(path):
    """Words of the lines of atoms: number, segment, residue, its name, the atom's name, type, charge, mass."""
    lines = path.read_text().splitlines()
    start = next(n for n, line in enumerate(lines) if "!NATOM" in line) + 1
    return [line.split() for line in lines[start : start + ATOMS]]


def protein(folder, **keys):
    pytest.importorskip("MDAnalysis")
    keys = {"kind": "particles", "file": "adk_dims.dcd", "topology": "adk.psf"} | keys
    return build(Particles, keys).open(folder)


def test_a_protein_opens(real_data):
    source = protein(real_data)
    assert len(source.times) == FRAMES
    for frame in (0, 57, 31, FRAMES - 1):
        position = source.at(source.times[frame]).position
        np.testing.assert_array_equal(position, dcd_frame(real_data / "adk_dims.dcd", frame))
    atoms = psf_atoms(real_data / "adk.psf")
    found = source.at(source.times[0], ["resid", "charge", "mass", "atomic_number"]).fields
    assert found["resid"].tolist() == [int(atom[2]) for atom in atoms]
    np.testing.assert_allclose(found["charge"], [float(atom[6]) for atom in atoms], rtol=1e-6)
    np.testing.assert_allclose(found["mass"], [float(atom[7]) for atom in atoms], rtol=1e-6)
    of_letter = {"H": 1, "C": 6, "N": 7, "O": 8, "S": 16}
    assert found["atomic_number"].tolist() == [of_letter[atom[4].lstrip("0123456789")[0]] for atom in atoms]


def test_some_of_its_atoms(real_data):
    source = protein(real_data, atoms="protein and name CA")
    rows = [n for n, atom in enumerate(psf_atoms(real_data / "adk.psf")) if atom[4] == "CA"]
    assert len(rows) == 214
    found = source.at(source.times[70], ["id", "resid"])
    assert found.fields["id"].tolist() == rows
    assert found.fields["resid"].tolist() == list(range(1, 215))
    np.testing.assert_array_equal(found.position, dcd_frame(real_data / "adk_dims.dcd", 70)[rows])
    between = (source.times[70] + source.times[71]) / 2
    halfway = (dcd_frame(real_data / "adk_dims.dcd", 70) + dcd_frame(real_data / "adk_dims.dcd", 71))[rows] / 2
    np.testing.assert_allclose(source.at(between).position, halfway, atol=1e-5)


def test_a_picture_of_it(real_data):
    pytest.importorskip("MDAnalysis")
    data = {"kind": "particles", "file": str(real_data / "adk_dims.dcd"), "topology": str(real_data / "adk.psf")}
    scene = mm.Scene.from_dict(
        {
            "duration": 2,
            "fps": 10,
            "data": {"atoms": data | {"atoms": "not name H*"}},
            "layers": [{"kind": "points", "data": "atoms", "size": 3.3, "color": {"by": "cpk"}, "shade": False}],
            "camera": {"orbit": {"center": "atoms", "radius": 98, "elevation": 55}, "fov": 40},
            "outputs": {"small": {"lens": "perspective", "size": [160, 90]}},
        }
    )
    first, last = scene.still(0), scene.still(2)
    for picture in (first, last):
        lit = picture.any(axis=2)
        assert 0.05 < lit.mean() < 0.4
        red, green, blue = np.moveaxis(picture[lit].astype(int), -1, 0)
        assert (red > 2 * np.maximum(green, blue)).any()  # oxygen
        assert (blue > 2 * np.maximum(red, green)).any()  # nitrogen
        assert (np.ptp([red, green, blue], axis=0) < 8).mean() > 0.3  # carbon
    assert np.ptp(np.argwhere(last.any(axis=2)), axis=0).max() > np.ptp(np.argwhere(first.any(axis=2)), axis=0).max()


def test_a_catalogue_of_stars(real_data, capsys):
    source = build(Particles, {"kind": "particles", "file": "hyg_stars.vtp"}).open(real_data)
    found = source.at(0, ["lum", "ci", "_rgba", "distance"])
    assert found.position.shape == (107_857, 3)
    assert found.fields["_rgba"].shape == (107_857, 4)
    assert found.fields["distance"].max() < 1000
    assert found.fields["lum"][np.argmin(found.fields["distance"])] == pytest.approx(1, abs=0.01)  # the sun
    assert main(["info", str(real_data / "hyg_stars.vtp")]) == 0
    assert "107857 x 4 uint8, 0 to 255" in capsys.readouterr().out


def test_stars_have_their_colours(real_data):
    scene = mm.Scene.from_dict(
        {
            "duration": 1,
            "fps": 10,
            "data": {"stars": {"kind": "particles", "file": str(real_data / "hyg_stars.vtp")}},
            "layers": [{"kind": "points", "data": "stars", "shape": "dot", "color": {"by": "_rgba"}}],
            "camera": {"keyframes": [{"time": 0, "position": [0, -700, 0], "target": [0, 0, 0], "fov": 60}]},
            "outputs": {"small": {"lens": "perspective", "size": [160, 90]}},
        }
    )
    picture = scene.still(0).astype(int)
    lit = picture.max(axis=2) > 100
    red, _, blue = np.moveaxis(picture[lit], -1, 0)
    assert (red > blue + 40).any()
    assert (blue > red + 40).any()


STAR_COLORS = ["#9bb4ff", "#cdd9ff", "#fff4ea", "#ffd9a0", "#ffb56b", "#ff8a3c"]
SIRIUS, RIGEL, BETELGEUSE = (101.287, -16.716), (78.634, -8.202), (88.793, 7.407)
"""Right ascension and declination, degrees (J2000)."""


def night_sky(folder):
    """The view from the sun, with apparent brightness: light falls with the square of the distance.

    The widths of the discs grow with the distance: all look equally wide, as a lens or an eye blurs them.
    """

    def discs(width, exposure):
        color = {"by": "ci", "colormap": STAR_COLORS, "range": [-0.3, 1.9]}
        size = {"by": "distance", "range": [0, 1000], "size": [0, width]}
        look = {"shape": "glow", "light": "lum", "exposure": exposure, "size": size, "color": color}
        return {"kind": "points", "data": "stars"} | look

    stars = {"kind": "particles", "file": str(folder / "hyg_stars.vtp"), "select": "distance > 0.1"}  # not the sun
    return mm.Scene.from_dict(
        {
            "duration": 1,
            "fps": 10,
            "data": {"stars": stars},
            "layers": [discs(1.6, 1.5e-4), discs(9, 1.2e-5)],
            "camera": {"fov": 50, "keyframes": [{"time": 0, "position": [0, 0, 0], "target": [0, 1, 0]}]},
            "outputs": {
                "flat": {"lens": "perspective", "size": [480, 270]},
                "around": {"lens": "equirectangular", "size": [512, 256]},
                "dome": {"lens": "domemaster", "size": [400, 400], "tilt": 30},
            },
        }
    )


def seen_at(place, output):
    """Column and row of a direction of the sky in a picture of `night_sky`, by the definitions of the lenses."""
    turn, rise = np.radians(place)
    x, y, z = np.cos(rise) * np.cos(turn), np.cos(rise) * np.sin(turn), np.sin(rise)  # right, ahead, up
    if output == "flat":
        scale = 135 / np.tan(np.radians(25))
        return 240 + scale * x / y, 135 - scale * z / y
    if output == "around":
        return 512 * (0.5 + np.arctan2(x, y) / (2 * np.pi)), 256 * (0.5 - np.arcsin(z) / np.pi)
    axis, front = 0.5 * y + np.sqrt(0.75) * z, np.sqrt(0.75) * y - 0.5 * z
    away = np.arccos(axis) / (np.pi / 2) / np.hypot(x, front)
    return 200 * (1 + away * x), 200 * (1 + away * front)


@pytest.mark.parametrize("output", ["flat", "around", "dome"])
def test_the_sky_as_it_is(real_data, output):
    scene = night_sky(real_data)
    picture = scene.still(0, output).astype(float)
    light = picture.sum(axis=2)
    if output == "around":
        light *= np.cos(np.pi * ((np.arange(256) + 0.5) / 256 - 0.5))[:, None] ** 4  # near the poles stars are wide
    around = sum(np.roll(light, (j, i), (0, 1)) for j in (-2, -1, 0, 1, 2) for i in (-2, -1, 0, 1, 2))
    row, column = np.unravel_index(around.argmax(), around.shape)
    assert (column + 0.5, row + 0.5) == pytest.approx(seen_at(SIRIUS, output), abs=1)

    def color(star):
        column, row = (int(part) for part in seen_at(star, output))
        return picture[row - 1 : row + 2, column - 1 : column + 2].reshape(-1, 3).max(axis=0)

    red, blue = color(BETELGEUSE), color(RIGEL)
    assert red[0] > red[2] + 30
    assert blue[2] > blue[0] + 5


RADIUS, AWAY, ELEVATION, AZIMUTH = 6371.0, 24_000.0, -35.0, 150.0


@pytest.fixture(scope="session")
def tracks(tmp_path_factory, real_data):
    """A folder of tracks of icebergs that a satellite has followed from 1999 to 2009."""
    folder = tmp_path_factory.mktemp("icebergs")
    with zipfile.ZipFile(real_data / "icebergs_v5.zip") as archive:
        names = [name for name in archive.namelist() if name.endswith(".csv")]
        texts = {name: archive.read(name).decode() for name in names}
    followed = [name for name, text in texts.items() if "qscat_1" in text.split("\n")[0]]
    for name in followed[::3]:
        (folder / name.replace("/", "_")).write_text(texts[name])
    return folder


def drifting(folder):
    """A scene of icebergs that drift around a globe, seen from above the Antarctic."""
    np.savez(folder / "earth.npz", position=np.zeros((1, 3)))
    bergs = {"kind": "particles", "file": "*.csv", "position": ["qscat_2", "qscat_1"], "globe": RADIUS}
    bergs |= {"time": {"column": "date", "format": "YYYYDDD"}, "trajectories": True, "select": "z < -2000"}
    return mm.Scene.from_dict(
        {
            "duration": 1,
            "fps": 10,
            "clock": {0: 10_850, 1: 14_500},  # days since 1970
            "data": {"bergs": bergs, "earth": {"kind": "particles", "file": "earth.npz"}},
            "layers": [
                {"kind": "points", "data": "earth", "size": 2 * RADIUS * 0.99, "color": "#12324f"},
                {"kind": "trails", "data": "bergs", "length": 900, "width": 60, "color": "#9fd8ff", "shade": False},
                {"kind": "points", "data": "bergs", "size": 240, "color": "#ffffff", "shade": False},
            ],
            "lights": [{"kind": "sun", "direction": [1.0, -0.1, 0.5]}, {"kind": "ambient", "intensity": 0.35}],
            "camera": {
                "fov": 34,
                "orbit": {"center": [0, 0, 0], "radius": AWAY, "elevation": ELEVATION, "azimuth": AZIMUTH},
            },
            "outputs": {"small": {"lens": "perspective", "size": [320, 240]}},
        },
        folder=folder,
    )


def test_icebergs_drift_on_the_globe(tracks):
    scene = drifting(tracks)
    source = scene.prepared.sources["bergs"]
    for moment in np.linspace(10_850, 14_500, 40):
        np.testing.assert_allclose(np.linalg.norm(source.at(moment).position, axis=1), RADIUS, rtol=1e-12)
    picture = scene.still(0.7).astype(int)
    white = picture.min(axis=2) > 230
    position = source.at(10_850 + 0.7 * 3650).position
    rise, turn = np.radians([ELEVATION, AZIMUTH])
    ahead = -np.array([np.cos(rise) * np.cos(turn), np.cos(rise) * np.sin(turn), np.sin(rise)])
    right = np.array([-np.sin(turn), np.cos(turn), 0.0])
    offset = position + AWAY * ahead
    scale = 120 / np.tan(np.radians(17)) / (offset @ ahead)
    column, row = 160 + scale * (offset @ right), 120 - scale * (offset @ np.cross(right, ahead))
    facing = np.einsum("ij,ij->i", position, -offset) / RADIUS  # height of the camera above their horizons
    near, far = facing > 2000, facing < -2000
    assert near.sum() > 5
    assert far.sum() > 1
    assert white[row[near].astype(int), column[near].astype(int)].all()
    y, x = np.nonzero(white)
    assert (
        np.hypot(x + 0.5 - 160, y + 0.5 - 120).max()
        < 120 * np.tan(np.arcsin(RADIUS / AWAY)) / np.tan(np.radians(17)) + 2
    )
    seen = facing > -2000
    away = np.hypot(x[:, None] + 0.5 - column[seen], y[:, None] + 0.5 - row[seen]).min(axis=1)
    assert away.max() < 4
