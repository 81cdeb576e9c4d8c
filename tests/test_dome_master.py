"""Dome masters: frames, their description, the alignment frame, and stopped renders."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

import moviemaker as mm
from moviemaker.core.errors import SceneError
from moviemaker.film.dome_description import read_description
from moviemaker.film.inspect.report import inspect
from moviemaker.film.picture import read_picture
from moviemaker.studio import Studio

Make = Callable[..., mm.Scene]


@pytest.fixture
def dome(tmp_path: Path) -> Make:
    """Makes a scene of 4 frames with one output, a dome of 64 pixels."""
    np.savez(tmp_path / "points.npz", position=np.random.default_rng(0).normal(size=(50, 3)))

    def make(title: str = "A show", **output: Any) -> mm.Scene:
        return mm.Scene.from_dict(
            {
                "title": title,
                "duration": 0.4,
                "fps": 10,
                "data": {"points": {"kind": "particles", "file": "points.npz"}},
                "layers": [{"kind": "points", "data": "points", "size": 0.2}],
                "camera": {"orbit": {"radius": 3, "azimuth": {0: 0, 0.4: 40}}},
                "outputs": {"dome": {"lens": "domemaster", "size": [64, 64]} | output},
            },
            name="s",
            folder=tmp_path,
        )

    return make


@pytest.fixture
def drawn(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Replaces frames by noise of 16 bits; the numbers of the frames that were drawn."""
    numbers: list[int] = []

    def frame(self: Studio, index: int) -> np.ndarray:
        numbers.append(index)
        side = self.size[0]
        return np.random.default_rng(index).integers(0, 65536, (side, side, 3), dtype=np.uint16)

    monkeypatch.setattr(Studio, "frame", frame)
    return numbers


def files(folder: Path) -> list[str]:
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file())


FRAMES = [f"s_dome_{number:06d}.png" for number in range(1, 5)]


def test_frames_have_the_names_of_the_specification_and_a_description_beside_them(dome, tmp_path):
    paths = dome(aperture=200, tilt=15, truncate={"back": 58}).render(out=tmp_path / "out")
    folder = tmp_path / "out" / "s" / "s_dome"
    assert paths == [folder]
    assert files(folder) == sorted([*FRAMES, "s_dome.txt"])
    facts = read_description(folder)
    assert facts["Title"] == "A show"
    assert facts["Frames"] == "4, numbered from 1 to 4"
    assert facts["Frame rate"] == "10 frames per second"
    assert facts["Aperture"] == "200 degrees"
    assert facts["Tilt"].startswith("15 degrees")
    assert facts["Truncated"].startswith("58 degrees of the back")
    assert facts["Orientation"] == "front at the bottom, the viewer's right on the right"
    assert facts["Safe action area"].startswith("50 degrees to both sides of the front, 10 to 60 degrees")
    assert "domes: yes" in str(inspect(folder))


def test_rendering_again_writes_nothing_new(dome, tmp_path):
    (folder,) = dome(alignment=True).render(out=tmp_path / "out")
    paths = [folder / "s_dome.txt", tmp_path / "out" / "s" / "s_dome_alignment.png"]
    before = [(path.stat().st_ino, path.stat().st_mtime_ns, path.read_bytes()) for path in paths]
    dome(alignment=True).render(out=tmp_path / "out")
    assert [(path.stat().st_ino, path.stat().st_mtime_ns, path.read_bytes()) for path in paths] == before
    dome(alignment=True).render(out=tmp_path / "elsewhere")
    again = [tmp_path / "elsewhere" / path.relative_to(tmp_path / "out") for path in paths]
    assert [path.read_bytes() for path in again] == [data for _, _, data in before]


def test_a_description_is_written_for_complete_frames_only(dome, tmp_path):
    out = tmp_path / "out"
    (folder,) = dome().render(out=out, frames=range(3))
    assert files(folder) == FRAMES[:3]
    dome().render(out=out, frames=range(3, 4))  # the last part completes it
    assert (folder / "s_dome.txt").exists()
    dome("Another title").render(out=out)
    assert read_description(folder)["Title"] == "Another title"
    before = {name: (folder / name).read_bytes() for name in files(folder)}
    dome(tilt=20).render(out=out, frames=range(1))  # another show, of which one frame is wanted
    after = {name: (folder / name).read_bytes() for name in files(folder)}
    assert {name for name in before if after[name] != before[name]} == {FRAMES[0]}
    assert "its frames are of 2 different scenes" in str(inspect(folder))
    dome(tilt=20).render(out=out)
    assert read_description(folder)["Tilt"].startswith("20 degrees")
    assert not inspect(folder).contradicts


def test_a_render_that_fails_leaves_the_earlier_description(dome, tmp_path, monkeypatch):
    out = tmp_path / "out"
    (folder,) = dome().render(out=out)
    (folder / FRAMES[2]).unlink()

    def refuse(*_: object) -> np.ndarray:
        raise KeyboardInterrupt

    monkeypatch.setattr(Studio, "frame", refuse)
    with pytest.raises(KeyboardInterrupt):
        dome().render(out=out)
    assert files(folder) == sorted([*FRAMES[:2], FRAMES[3], "s_dome.txt"])
    assert inspect(folder).contradicts
    monkeypatch.undo()
    dome().render(out=out)
    assert (folder / "s_dome.txt").exists()


def test_descriptions_and_alignment_frames_that_were_changed_are_kept(dome, tmp_path):
    (folder,) = dome(alignment=True).render(out=tmp_path / "out")
    chart = folder.with_name("s_dome_alignment.png")
    with (folder / "s_dome.txt").open("a") as file:
        file.write("Contact: the planetarium\n")
    Image.new("RGB", (64, 64), "red").save(chart)
    dome(tilt=20, alignment=True).render(out=tmp_path / "out")
    assert "Contact" in (folder / "s_dome_earlier-1.txt").read_text()
    assert read_description(folder)["Tilt"].startswith("20 degrees")
    with Image.open(folder.with_name("s_dome_alignment_earlier-1.png")) as kept:
        assert kept.getpixel((0, 0)) == (255, 0, 0)
    dome(tilt=25, alignment=True).render(out=tmp_path / "out")
    assert not list(tmp_path.rglob("*earlier-2*"))


def test_separate_eyes_have_one_description_that_says_so(dome, tmp_path):
    stereo = {"packing": "separate", "ipd": 0.1}
    left, right = dome(stereo=stereo, alignment=True).render(out=tmp_path / "out")
    folder = left.parent
    assert (left, right) == (folder / "L", folder / "R")
    assert files(left) == files(right) == FRAMES
    assert "the left eye in L" in read_description(folder)["Stereo"]
    assert sorted(path.name for path in (tmp_path / "out" / "s").glob("*.png")) == ["s_dome_alignment.png"]
    assert "domes: yes" in str(inspect(folder))
    assert not inspect(folder).contradicts
    (right / FRAMES[0]).unlink()
    dome(stereo=stereo).render(out=tmp_path / "out", frames=range(1, 3))
    assert (folder / "s_dome.txt").exists()  # nothing was computed; inspect says that a frame is missing
    assert inspect(folder).contradicts


def test_a_preview_has_a_description_and_an_alignment_frame_of_its_own(dome, tmp_path):
    (folder,) = dome(alignment=True).render(out=tmp_path / "out", scale=0.5)
    assert folder.name == "s_dome_32x32"
    assert read_description(folder)["Picture size"] == "32 x 32 pixels"
    with Image.open(folder.parent / "s_dome_32x32_alignment.png") as chart:
        assert chart.size == (32, 32)


def test_the_alignment_frame_follows_the_dome_and_is_made_for_movies_too(dome, tmp_path):
    (movie,) = dome(alignment=True, format="mp4").render(out=tmp_path / "out")
    path = movie.with_name("s_dome_alignment.png")
    first = read_picture(path)
    assert first.shape == (64, 64, 3)
    dome(alignment=True, format="mp4", truncate={"back": 90}).render(out=tmp_path / "out")
    assert not read_picture(path)[:30].any()
    path.unlink()
    dome(alignment=True, format="mp4").render(out=tmp_path / "out")
    assert (read_picture(path) == first).all()


def test_flat_sequences_have_neither_a_description_nor_an_alignment_frame(particles_scene, tmp_path):
    flat = {"lens": "perspective", "size": [32, 32], "format": "png"}
    (folder,) = particles_scene([[0, 0, 0]], duration=0.2, outputs={"main": flat}).render(out=tmp_path / "out")
    assert files(folder) == [f"scene_main_{number:06d}.png" for number in (1, 2)]
    with pytest.raises(SceneError, match=r"alignment: .*dome's projectors.*leave alignment out"):
        particles_scene([[0, 0, 0]], outputs={"main": flat | {"alignment": True}})


def test_16_bits_from_the_frame_to_the_file(dome, drawn, tmp_path):
    (folder,) = dome(bits=16, alignment=True).render(out=tmp_path / "out")
    for index, name in enumerate(FRAMES):
        expected = np.random.default_rng(index).integers(0, 65536, (64, 64, 3), dtype=np.uint16)
        assert (read_picture(folder / name) == expected).all()
    assert "16 bits per channel" in read_description(folder)["Colour"]
    assert "of 16 bits" in str(inspect(folder))
    chart = read_picture(folder.with_name("s_dome_alignment.png"))
    assert chart.dtype == np.uint16
    assert (chart % 257 == 0).all()


def test_a_stopped_render_of_16_bits_continues_with_the_same_bytes(dome, drawn, tmp_path):
    (undisturbed,) = dome(bits=16).render(out=tmp_path / "whole")
    drawn.clear()
    dome(bits=16).render(out=tmp_path / "out", frames=range(1, 3))
    (folder,) = dome(bits=16).render(out=tmp_path / "out")
    assert sorted(drawn) == [0, 1, 2, 3]
    assert {name: (folder / name).read_bytes() for name in files(folder)} == {
        name: (undisturbed / name).read_bytes() for name in files(undisturbed)
    }


def test_16_bits_in_a_movie_are_refused(dome):
    with pytest.raises(SceneError, match=r"outputs\.dome\.bits: 16 bits in format mp4.*write format: png"):
        dome(bits=16, format="mp4")


def test_frames_are_drawn_again_with_other_bits(dome, drawn, tmp_path):
    dome(bits=16).render(out=tmp_path / "out")
    drawn.clear()
    dome().render(out=tmp_path / "out")
    assert drawn == [0, 1, 2, 3]
