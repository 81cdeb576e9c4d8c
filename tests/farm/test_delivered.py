"""No delivered file is lost or replaced by less, whatever is rendered, changed, restricted, moved and deleted.

Frames are tiny and drawn without OpenGL, and movies are their frames one after the other. Everything else is real.
"""

from __future__ import annotations

import hashlib
import os
import random
import re
import shutil
from collections.abc import Callable, Generator, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any, Literal

import numpy as np
import pytest

import moviemaker as mm
from moviemaker import prepare
from moviemaker.core.errors import MoviemakerError, UserError
from moviemaker.core.machine.files import whole_file
from moviemaker.core.progress import Progress, Silent
from moviemaker.farm import Crew, Done, Farm, Job
from moviemaker.film import finished_movie
from moviemaker.film.disk_errors import DiskFull
from moviemaker.film.frame_record import read_frame_file
from moviemaker.film.picture import write_picture
from moviemaker.rendering import made_from
from moviemaker.rendering.made_from import frames_fingerprint
from moviemaker.rendering.render import render_outputs

OUTPUTS: dict[str, dict[str, Any]] = {
    "hd": {"lens": "perspective", "size": [16, 16]},
    "vr": {
        "lens": "equirectangular",
        "size": [32, 32],
        "format": "gif",
        "stereo": "top-bottom",
    },
    "eyes": {"lens": "perspective", "size": [16, 16], "stereo": "separate"},
    "seq": {"lens": "perspective", "size": [16, 16], "format": "png"},
    "fine": {"lens": "perspective", "size": [16, 16], "format": "png", "bits": 16},
    "dome": {"lens": "domemaster", "size": [16, 16], "alignment": True},
    "dome3": {"lens": "domemaster", "size": [16, 16], "stereo": "separate"},
}


def tiny_picture(fingerprint: str, index: int, size: tuple[int, int], bits: int) -> np.ndarray:
    seed = int(hashlib.sha256(f"{fingerprint} {index}".encode()).hexdigest()[:8], 16)
    return np.full((size[1], size[0], 3), seed % 256, np.uint16 if bits == 16 else np.uint8)


class Tiny(Farm):
    """Draws tiny pictures.

    Attributes:
        stop_after: number of frames after which it fails.
    """

    kind: Literal["tiny"] = "tiny"
    stop_after: int = 10**9

    def hire(self, progress: Progress) -> Crew:
        return TinyCrew(self.stop_after)


class TinyCrew(Crew):
    def __init__(self, stop_after: int):
        self.stop_after = stop_after

    def run(self, job: Job, frames: Sequence[int]) -> Generator[Done, None, None]:
        for count, index in enumerate(frames):
            if count == self.stop_after:
                raise MoviemakerError("stopped")
            EVENTS.append("draw")
            bits = job.script.scene.outputs[job.output].film.bits
            job.store.put(index, tiny_picture(job.store.fingerprint, index, job.size, bits))
            yield Done(index, "tiny")


class Notes(Silent):
    def note(self, text: str) -> None:
        EVENTS.append(text)


EVENTS: list[str] = []
"""Notes, and `draw` for each frame, in their order."""


def bytes_of(path: Path, read: Callable[[Path], object]) -> bytes:
    """The bytes of a frame, when it is there."""
    read(path)
    return path.read_bytes()


class World:
    """A scene, its outputs, and everything that a user may do with them.

    Args:
        folder: of all.
        seed: of chance.
    """

    def __init__(self, folder: Path, seed: int, monkeypatch: pytest.MonkeyPatch):
        self.folder, self.chance = folder, random.Random(seed)
        self.names = self.chance.sample(list(OUTPUTS), 2)
        self.out = folder / "out"
        self.count, self.thing, self.title = 4, 0.2, "A"
        self.encoder_fails = False
        self.delivered: set[bytes] = set()  # contents that the program has written
        self.done: list[str] = []
        np.savez(folder / "points.npz", position=np.eye(3))
        monkeypatch.setattr(finished_movie, "encode", self._encode)
        # These take most of the time otherwise, and have tests of their own.
        monkeypatch.setattr(prepare, "advice", lambda *_: ())
        monkeypatch.setattr(made_from, "program_fingerprint", lambda package: package)
        self.scenes: dict[tuple[object, ...], mm.Scene] = {}

    def scene(self) -> mm.Scene:
        key = self.title, self.count, self.thing
        if key not in self.scenes:
            self.scenes[key] = self._scene()
        return self.scenes[key]

    def _scene(self) -> mm.Scene:
        written = {
            "title": self.title,
            "duration": self.count / 10,
            "fps": 10,
            "data": {"points": {"kind": "particles", "file": "points.npz"}},
            "layers": [{"kind": "points", "data": "points", "size": self.thing}],
            "camera": {"orbit": {"radius": 6}},
            "outputs": OUTPUTS,
        }
        return mm.Scene.from_dict(written, name="s", folder=self.folder)

    def files(self) -> dict[str, bytes]:
        """Delivered files: all that are not hidden."""
        found = {}
        for folder, folders, names in os.walk(self.out):
            folders[:] = [name for name in folders if not name.startswith(".")]
            for name in names:
                path = Path(folder, name)
                found[str(path.relative_to(self.out))] = path.read_bytes()
        return found

    def _encode(self, frames: Sequence[Path], encoding: Any, size: Any, fps: float, target: Path, **how: Any) -> Path:
        with whole_file(target, how["workspace"]) as partial:
            partial.write_bytes(b"".join(bytes_of(path, how["read"]) for path in frames))
            if self.encoder_fails:
                raise DiskFull("full")
            how["finish"](partial)
        return target

    def render(self, name: str, **options: Any) -> list[Path]:
        """Renders an output and checks what became of every delivered file."""
        scene, before = self.scene(), self.files()
        EVENTS.clear()
        try:
            options = {"farm": Tiny()} | options
            return list(render_outputs(scene.prepared, [name], self.out, progress=Notes(), **options))
        finally:
            after = self.files()
            self.check(scene, name, before, after, options)
            new = {path for path, data in after.items() if before.get(path) != data}
            self.delivered |= {after[path] for path in new if "earlier" not in path}

    def check(
        self, scene: mm.Scene, name: str, before: dict[str, bytes], after: dict[str, bytes], options: dict[str, Any]
    ) -> None:
        notes = [event for event in EVENTS if event != "draw"]
        told = EVENTS[: EVENTS.index("draw")] if "draw" in EVENTS else EVENTS
        replaced: dict[str, int] = {}
        for path, data in before.items():
            assert path in after, f"{path} is lost"
            if after[path] == data:
                continue
            mine, folder = data in self.delivered, os.path.dirname(path)
            if path.endswith(".png") and "alignment" not in path:
                assert mine or not data.strip(b"\0"), f"{path} was not the program's own"
                replaced[folder] = replaced.get(folder, 0) + 1
                assert read_frame_file(self.out / path).state == "whole"
                continue
            saying = [note for note in notes if os.path.basename(path) in note]
            if data in after.values():
                assert path.endswith(".txt") or any("it is kept as" in note for note in saying), f"{path} moved"
                continue
            assert mine, f"{path} was not the program's own, and is gone"
            if path.endswith((".mp4", ".gif")):
                # The notes of the second eye come when the first is done.
                assert any(note in told for note in saying) or name == "eyes", f"{path} was replaced silently"
                shorter = after[path].count(b"IHDR") < data.count(b"IHDR")
                assert not shorter or re.search(r"has \d+ frames where the new", " ".join(saying)), f"{path} is shorter"
        counts = [int(count) for count in re.findall(r"(\d+) frames? (?:is|are) drawn again", " ".join(notes))]
        for folder, count in replaced.items():
            assert any(said >= count for said in counts), f"{count} frames of {folder} were replaced silently"
        if replaced and name not in ("dome3",):  # the second eye's notes come when the first is done
            assert any("drawn again" in note for note in told)
        self.check_whole(scene, name, before, after, options)

    def check_whole(
        self, scene: mm.Scene, name: str, before: dict[str, bytes], after: dict[str, bytes], options: dict[str, Any]
    ) -> None:
        """Checks that what is new is whole."""
        for path, data in after.items():
            if data == before.get(path) or not path.endswith((".mp4", ".gif")) or "earlier" in path:
                continue
            output = scene.prepared.script.scene.outputs[name]
            eye = next((eye for eye in ("L", "R") if path.endswith(f"_{eye}.mp4")), "")
            size = (8, 8) if "_8x8" in path else (16, 16) if "_16x16" in path else output.size
            prints = frames_fingerprint(scene.prepared, name, size, eye)
            part = re.search(r"_frames_(\d+)-(\d+)", path)
            numbers = range(int(part[1]), int(part[2])) if part else range(self.count)
            frame = self.folder / "expected.png"
            expected = b""
            for index in numbers:
                picture = tiny_picture(prints, index, size, 8)
                expected += write_picture(frame, picture, made_from=prints).read_bytes()
            assert data == expected, f"{path} is not the whole movie"
        assert not [path for path in after if "partial" in path]

    def act(self) -> None:
        """Does something, by chance."""
        rare = [self.loses_hidden, self.deletes, self.edits, self.moves]
        action = self.chance.choice([self.renders] * 10 + [self.changes_scene] * 3 + rare)
        self.done.append(action.__name__)
        action()

    def renders(self) -> None:
        name = self.chance.choice(self.names)
        options: dict[str, Any] = {}
        if self.chance.random() < 0.4:
            first = self.chance.randrange(self.count)
            options["frames"] = range(first, self.chance.randint(first + 1, self.count))
        if self.chance.random() < 0.2:
            options["scale"] = 0.5
        if self.chance.random() < 0.1:
            options["restart"] = True
        if self.chance.random() < 0.2:
            options["farm"] = Tiny(stop_after=self.chance.randrange(3))
        self.encoder_fails = self.chance.random() < 0.1
        self.done[-1] += f" {name} {options}"
        with suppress(MoviemakerError):
            self.render(name, **options)

    def changes_scene(self) -> None:
        what = self.chance.choice(("count", "thing", "title"))
        setattr(self, what, self.chance.choice({"count": [1, 3, 4, 6], "thing": [0.1, 0.2], "title": ["A", "B"]}[what]))

    def loses_hidden(self) -> None:
        hidden = sorted(self.out.glob("*/.*"))
        for path in hidden if self.chance.random() < 0.5 else self.chance.sample(hidden, min(1, len(hidden))):
            shutil.rmtree(path)

    def deletes(self) -> None:
        if files := sorted(self.files()):
            (self.out / self.chance.choice(files)).unlink()

    def edits(self) -> None:
        """Puts something else in place of a delivered file, or under the name of a frame."""
        files = sorted(self.files())
        if files and self.chance.random() < 0.6:
            path = self.out / self.chance.choice(files)
            path.write_bytes(path.read_bytes() + b"edited %d" % self.chance.randrange(10**9))
        else:
            name, number = self.chance.choice(self.names), self.chance.randrange(1, 7)
            folder = self.out / "s" / f"s_{name}" / self.chance.choice(("L", "R") if name == "dome3" else ("",))
            folder.mkdir(parents=True, exist_ok=True)
            colour = self.chance.randrange(256)
            write_picture(folder / f"s_{name}_{number:06d}.png", np.full((9, 9, 3), colour, np.uint8))

    def moves(self) -> None:
        if not self.out.exists():
            return
        other = self.folder / f"out{self.chance.randrange(10**9)}"
        if self.chance.random() < 0.5:
            self.out.rename(other)
        else:  # a copy whose times are new
            shutil.copytree(self.out, other, copy_function=shutil.copyfile)
        self.out = other


def live(folder: Path, seed: int, monkeypatch: pytest.MonkeyPatch, steps: int = 20) -> None:
    folder.mkdir()
    world = World(folder, seed, monkeypatch)
    try:
        for _ in range(steps):
            world.act()
    except AssertionError as error:
        raise AssertionError(f"seed {seed}: {error}; {world.done}") from error


def test_no_delivered_file_is_lost_in_40_random_sequences(tmp_path, monkeypatch):
    for seed in range(40):
        live(tmp_path / str(seed), seed, monkeypatch)


@pytest.mark.slow
def test_no_delivered_file_is_lost_in_200_random_sequences(tmp_path, monkeypatch):
    for seed in range(1000, 1200):
        live(tmp_path / str(seed), seed, monkeypatch, steps=40)


@pytest.fixture
def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> World:
    world = World(tmp_path, 0, monkeypatch)
    world.count = 20
    return world


def test_20_frames_stay_when_the_hidden_folder_is_gone(world):
    world.render("seq")
    before = world.files()
    shutil.rmtree(world.out / "s" / ".s_seq.sequence")
    world.render("seq", frames=range(1))
    assert world.files() == before
    assert EVENTS == ["seq: 1 of 1 frames are finished already"]


def test_20_frames_of_another_origin_stay_and_the_run_says_so(world):
    folder = world.out / "s" / "s_seq"
    folder.mkdir(parents=True)
    for number in range(1, 21):
        write_picture(folder / f"s_seq_{number:06d}.png", np.zeros((9, 9, 3), np.uint8))
    before = world.files()
    for frames in (range(1), range(20)):
        with pytest.raises(UserError, match=r"holds \d+ files? under the names .* no record of .*move or delete"):
            world.render("seq", frames=frames)
    assert world.files() == before


def test_one_frame_of_a_changed_scene_leaves_the_other_19(world):
    world.render("seq")
    before = world.files()
    world.thing = 0.1
    world.render("seq", frames=range(1))
    after = world.files()
    assert [path for path in before if after[path] != before[path]] == ["s/s_seq/s_seq_000001.png"]
    assert "1 frame is drawn again" in EVENTS[0]
    assert "19 frames of another scene" in EVENTS[1]


def test_some_frames_of_a_movie_have_a_file_of_their_own(world):
    (whole,) = world.render("vr")
    before = world.files()
    (part,) = world.render("vr", frames=range(5))
    assert (whole.name, part.name) == ("s_vr_360_TB.gif", "s_vr_frames_0-5_360_TB.gif")
    assert before.items() <= world.files().items()
    assert world.render("vr", frames=range(20)) == [whole]
    small, *_ = world.render("vr", frames=range(2, 5), scale=0.5)
    assert small.name == "s_vr_16x16_frames_2-5_360_TB.gif"
    left, right = world.render("eyes", frames=range(5))
    assert (left.name, right.name) == ("s_eyes_frames_0-5_L.mp4", "s_eyes_frames_0-5_R.mp4")


def test_a_movie_stays_until_the_new_one_is_whole(world):
    (movie,) = world.render("hd")
    old = movie.read_bytes()
    world.thing, world.count = 0.1, 5
    for fails in (True, False):
        world.encoder_fails = fails
        with suppress(MoviemakerError):
            world.render("hd", farm=Tiny(stop_after=2))
        assert movie.read_bytes() == old
        assert any("s_hd.mp4 stays until the new movie is whole, and has 20 frames where the new" in e for e in EVENTS)
    world.render("hd")
    assert movie.read_bytes() != old


def test_outputs_are_not_written_over_each_other(world, monkeypatch):
    flat = {"lens": "perspective", "size": [16, 16], "stereo": "top-bottom", "format": "gif"}
    for name, written in (("vr_360", flat), ("hd_12x12", OUTPUTS["hd"]), ("hd_frames_0-2", OUTPUTS["hd"])):
        monkeypatch.setitem(OUTPUTS, name, written)
    for name, options in (("hd", {"scale": 0.75}), ("hd", {"frames": range(2)}), ("vr", {}), ("vr_360", {})):
        with pytest.raises(UserError, match="would both be written to"):
            world.render(name, **options)
    world.render("hd")
    world.render("hd_12x12")


def test_restart_says_what_it_forgets_and_keeps_the_old_until_the_new(world):
    for name in ("seq", "hd"):
        (product,) = world.render(name)
        before = world.files()
        with suppress(MoviemakerError):
            world.render(name, restart=True, farm=Tiny(stop_after=7))
        assert any("--restart: 20 frames are drawn again" in event for event in EVENTS)
        assert world.files() == before
        world.render(name)  # carries on
        assert EVENTS.count("draw") == 13
        assert world.files() == before
        world.render(name)
        assert EVENTS.count("draw") == 0
        assert product.exists()
